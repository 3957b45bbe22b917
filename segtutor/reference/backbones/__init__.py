"""Backbones: a picture becomes feature maps, fine to coarse."""
