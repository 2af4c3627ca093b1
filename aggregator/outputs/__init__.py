"""Public helpers for output plugins: texts, dates and labels of an edition, in the reader's language."""
