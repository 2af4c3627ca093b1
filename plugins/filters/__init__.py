"""Shipped filters."""
