"""Scheduling: when each source is due, and which failures to report. Pure functions of state and time."""
