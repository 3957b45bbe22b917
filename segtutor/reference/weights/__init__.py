"""Trained weights: from transformers' names to ours, and back."""
