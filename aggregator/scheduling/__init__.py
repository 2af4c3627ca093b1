"""When a source is due, learned from its history: pure functions of state and time."""
