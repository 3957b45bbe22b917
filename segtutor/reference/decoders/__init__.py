"""Pixel decoders and Transformer decoders, and the tokens that tell them their task."""
