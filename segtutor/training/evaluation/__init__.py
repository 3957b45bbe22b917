"""How good promptable networks are: by clicks and boxes, by words, by examples."""
