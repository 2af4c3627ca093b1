"""Extracts the articles that a web page lists: front pages, archives, search results, live reports."""
