"""Matching predictions with targets, and the losses that follow."""
