"""What the commands of `segtutor` do; `cli.py` holds their names and options and imports each when it is called."""
