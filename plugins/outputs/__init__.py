"""Shipped outputs."""
