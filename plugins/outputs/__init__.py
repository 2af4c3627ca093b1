"""The shipped outputs."""
