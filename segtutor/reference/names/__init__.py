"""Tables of names: transformers' parameter names -> ours. One file a family; see ../weights.py."""
