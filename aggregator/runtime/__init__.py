"""Threads, worker processes, signals, locks, atomic writes, digests, and lazily imported names."""
