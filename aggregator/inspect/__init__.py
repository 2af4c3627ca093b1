"""Data of the commands that inspect the store: source status, stories, explanations, corrections."""
