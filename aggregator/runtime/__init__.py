"""Processes, threads, signals, the lock of a store and atomic writes: nothing here knows about news."""
