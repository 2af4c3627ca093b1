"""Copies of the pictures that an edition shows: fetched politely, resized, and kept beside the store."""
