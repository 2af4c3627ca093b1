"""The shipped filters."""
