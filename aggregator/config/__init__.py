"""Reads, checks and edits the configuration file."""
