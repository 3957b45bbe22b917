"""Whole networks, assembled from the other rooms."""
