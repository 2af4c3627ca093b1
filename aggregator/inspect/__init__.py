"""What the reading verbs show: status, stories, explanations, corrections."""
