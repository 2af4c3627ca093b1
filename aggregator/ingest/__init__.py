"""Collect from sources: select them, send requests, convert items, identify articles, and apply filters."""
