"""Servers that are wrong on purpose, and whether the checks catch them."""
