"""Network namespaces of Linux: each is a machine of its own, with a cable to this one that can be pulled.

Needs root and the command `ip` (Debian's iproute2).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from needed_programs import not_installed, program


class Machine:
    """A network namespace. `prefix`: of the command lines of its processes."""

    def __init__(self, name: str, network: str) -> None:
        self.name = name
        self.prefix = ("ip", "netns", "exec", name)
        self._outer, self._inner = f"{name}o", f"{name}i"
        self._network = network

    def create(self, hosts: Mapping[str, str]) -> None:
        """Create it, with a cable to this machine, and a file /etc/hosts. `hosts`: addresses by name."""
        folder = Path("/etc/netns") / self.name
        folder.mkdir(parents=True)
        lines = [f"{address} {name}\n" for name, address in {"localhost": "127.0.0.1", **hosts}.items()]
        (folder / "hosts").write_text("".join(lines))
        _ip("netns", "add", self.name)
        _ip("link", "add", self._outer, "type", "veth", "peer", "name", self._inner, "netns", self.name)
        _ip("addr", "add", f"{self._network}.1/24", "dev", self._outer)
        _ip("link", "set", self._outer, "up")
        for arguments in (
            ("link", "set", "lo", "up"),
            ("addr", "add", f"{self._network}.2/24", "dev", self._inner),
            ("link", "set", self._inner, "up"),
            ("route", "add", "default", "via", f"{self._network}.1"),
        ):
            _ip("-n", self.name, *arguments)

    def pull_cable(self) -> None:
        """Let no packet pass any more; neither side is told."""
        _ip("link", "set", self._outer, "down")

    def plug_in(self) -> None:
        """Let packets pass again."""
        _ip("link", "set", self._outer, "up")

    def delete(self) -> None:
        """Delete what `create` created."""
        for arguments in (("link", "del", self._outer), ("netns", "del", self.name)):
            subprocess.run(["ip", *arguments], check=False, capture_output=True)
        shutil.rmtree(Path("/etc/netns") / self.name, ignore_errors=True)


@contextmanager
def machines(
    count: int, addresses: Sequence[str], names: Mapping[str, int]
) -> Iterator[tuple[list[Machine], list[str]]]:
    """Create machines that reach this one by some addresses: yields them, and the addresses.

    `addresses`: their last numbers; `names`: the index of the address of each host name. Skips the test if that is not
    possible here.
    """
    program("ip")
    if os.getuid():
        not_installed("a network namespace", "only root may create one")
    number = os.getpid() % 200 + 20
    own = [f"10.{number}.0.{last}" for last in addresses]
    made = [Machine(f"ag{os.getpid()}x{n}", f"10.{number}.{n + 1}") for n in range(count)]
    device = f"ag{os.getpid()}d"
    with ExitStack() as stack:
        try:
            # Carries the addresses, which a cable that is pulled must not take away; not every kernel has "dummy".
            _ip("link", "add", device, "type", "veth", "peer", "name", f"{device}p")
            stack.callback(subprocess.run, ["ip", "link", "del", device], check=False, capture_output=True)
            for address in own:
                _ip("addr", "add", f"{address}/32", "dev", device)
            _ip("link", "set", device, "up")
            for machine in made:
                stack.callback(machine.delete)
                machine.create({name: own[index] for name, index in names.items()})
        except subprocess.CalledProcessError as error:
            not_installed("a network namespace", f"the kernel refuses it: {error.stderr.decode().strip()}")
        yield made, own


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
