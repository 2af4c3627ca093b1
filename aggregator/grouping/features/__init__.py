"""Features of a single article: its words, names and numbers, and how frequent words are."""
