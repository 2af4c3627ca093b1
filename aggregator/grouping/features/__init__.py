"""Features of single articles: clean headlines, tokens, word frequencies, and records of fixed size."""
