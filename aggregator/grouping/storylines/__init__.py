"""Storylines: which stories belong to one saga, over weeks."""
