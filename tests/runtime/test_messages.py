"""Messages on a socket, of any length, in pieces of any length."""

from __future__ import annotations

import socket
from threading import Thread

import pytest

from aggregator.runtime.messages import READ_SIZE, Receiver, send

MESSAGES = [b"", b"a", b"x" * (3 * READ_SIZE + 1), b"", bytes(range(256)) * 100]


def received(pipe: socket.socket) -> list[bytes]:
    """Return all messages until the other end is closed."""
    receiver, messages = Receiver(), []
    while (complete := receiver.receive(pipe)) is not None:
        messages += complete
    return messages


def test_messages_arrive_whole_and_in_order() -> None:
    ours, theirs = socket.socketpair()

    def send_all() -> None:
        with theirs:
            for message in MESSAGES:
                send(theirs, message)

    thread = Thread(target=send_all)
    with ours:
        thread.start()
        assert received(ours) == MESSAGES
    thread.join()


@pytest.mark.parametrize("size", [1, 7, 8, 9])
def test_messages_arrive_in_pieces(size: int) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            send(ours, b"first")
            send(ours, b"")
            send(ours, b"last")
            ours.shutdown(socket.SHUT_WR)
            stream = b"".join(iter(lambda: theirs.recv(100), b""))
        receiver, messages = Receiver(), []
        for start in range(0, len(stream), size):
            sending, receiving = socket.socketpair()
            with sending, receiving:
                sending.sendall(stream[start : start + size])
                messages += receiver.receive(receiving) or []
        assert messages == [b"first", b"", b"last"]


def test_a_message_that_was_cut_off_is_not_received() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send(theirs, b"whole")
        theirs.sendall(b"\0\0\0\0\0\0\0\5cut")
        theirs.close()
        assert received(ours) == [b"whole"]
