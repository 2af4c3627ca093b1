"""The shipped sources."""
