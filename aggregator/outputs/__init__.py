"""Helpers for output plugins: the texts and media of articles as they are shown."""
