"""Near-duplicates: which articles are copies of another, and hiding them under their original."""
