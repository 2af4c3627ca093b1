"""Deliveries: what outputs send, each once to each recipient, and the command that runs after publishing."""
