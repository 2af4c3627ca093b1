"""Shipped sources."""
