"""The command line: the verbs, progress, timers and scaffolding."""
