"""Extracts the article on a web page: body, metadata, by-line, pictures and related headlines."""
