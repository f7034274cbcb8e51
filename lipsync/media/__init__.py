"""Tensors, files and uploadable media, and the way between them."""
