"""The shipped plugins; they use the same hooks as third-party plugins and are loaded by entry points."""
