"""Quick forms of layers and losses, equal to the plain ones in their results."""
