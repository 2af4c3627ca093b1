"""The command line: verbs, progress bar, timers and scaffolding."""
