"""Messages between this process and a worker process: on a stream socket, each with its length before it."""

from __future__ import annotations

from socket import socket
from struct import Struct

_LENGTH = Struct("!Q")
READ_SIZE = 1 << 17
"""Bytes that are read at once."""


def send(pipe: socket, message: bytes) -> None:
    """Send a message. Raises OSError if the other process has ended."""
    pipe.sendall(_LENGTH.pack(len(message)))
    pipe.sendall(message)


class Receiver:
    """Splits what a socket receives into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def receive(self, pipe: socket) -> list[bytes] | None:
        """Read once, and return the messages that are complete; None at the end, and if the other process has died.

        Does not block if the socket is readable, whatever the length of the message that has begun.
        """
        try:
            received = pipe.recv(READ_SIZE)
        except OSError:
            return None
        if not received:
            return None
        self._buffer += received
        messages: list[bytes] = []
        start = 0
        with memoryview(self._buffer) as view:
            while len(view) >= (begin := start + _LENGTH.size):
                end = begin + _LENGTH.unpack_from(view, start)[0]
                if len(view) < end:
                    break
                messages.append(bytes(view[begin:end]))
                start = end
        del self._buffer[:start]
        return messages
