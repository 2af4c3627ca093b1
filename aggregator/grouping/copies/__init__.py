"""Copies: the same article under another URL or at another outlet."""
