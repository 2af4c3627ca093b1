"""The shipped plugins: on the same hooks as anybody's, found through entry points."""
