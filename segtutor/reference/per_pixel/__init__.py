"""Heads and small networks that classify pixels."""
