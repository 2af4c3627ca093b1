"""Editions and their outputs: ranking, sections, writing files, serving them locally."""
