"""Threads, the worker process, signals, locks, atomic writes, digests, and lazily imported names."""
