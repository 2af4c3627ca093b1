"""The articles that a web page lists."""
