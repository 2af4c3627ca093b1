"""Functions for worker processes to call: they end or stop whichever process calls them, except the one named."""

from __future__ import annotations

import os
import signal


def exit_unless_in(process: int) -> int:
    """End the process, as a fault in a parser does."""
    if os.getpid() != process:
        os._exit(1)
    return os.getpid()


def stop_unless_in(process: int) -> int:
    """Stop the process with a signal."""
    if os.getpid() != process:
        os.kill(os.getpid(), signal.SIGSTOP)
    return os.getpid()
