"""Runs a PostgreSQL server of the tests' own, in a temporary folder, and gives tests empty databases on it.

The fixture `postgresql_url` is the URL of a new, empty database, which is deleted after the test:

    def test_the_store(postgresql_url: str) -> None:
        with psycopg.connect(postgresql_url) as connection:
            ...

The fixture `postgresql_server` (both are in conftest) starts one server for all tests of a process, when the first test
needs it. A test that stops or kills the server takes one of its own, because other tests would notice:

    with running_postgresql(durable=True) as server:
        url = server.create_database(tcp=True)
        server.kill()                              # as if the machine had lost power; also server.stop()
        server.start()

`running_postgresql(listen="*")` accepts connections from network namespaces as well, which use the URL
`server.url(name, host="10.1.0.1")`.

Databases belong to a role without any privileges elsewhere, whose password contains characters that a URL must escape.
They sort text by the rules of Unicode, as most installations do: SQLite sorts it by bytes.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from needed_programs import not_installed
from temporary_files import folder_in_memory

__all__ = ["PostgresqlServer", "postgresql_server", "postgresql_url", "running_postgresql"]

ROLE = "aggregate"
PASSWORD = "c0rrect/horse:b@ttery%20#st&ple?"
ADMINISTRATOR = "postgres"
"""The superuser, whom only the socket admits, without a password."""
PROGRAMS = Path("/usr/lib/postgresql")
"""Where Debian installs the programs of each version."""
PATIENCE = 60
"""Seconds in which a server starts or ends on a busy machine."""
ACCESS = f"""
local all {ADMINISTRATOR} trust
local all all scram-sha-256
host all {ADMINISTRATOR} all reject
host all all all scram-sha-256
"""
SETTINGS = """
listen_addresses = '{listen}'
port = {port}
unix_socket_directories = '{folder}'
max_connections = 100
shared_buffers = 32MB
autovacuum = on
fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
"""
CLEANER = """
read -r _
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ] && grep -q "$1/data" "/proc/$pid/cmdline" 2>/dev/null; then
    kill -QUIT "$pid"
    while kill -0 "$pid" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$pid/status"; do sleep 0.02; done
fi
rm -rf "$1"
"""
"""Stops the server and deletes its folder when the input ends, also if the process with the tests was killed."""


class PostgresqlServer:
    """A server with its files in one folder. `port` is that of its socket in `folder`, and of TCP."""

    def __init__(self, folder: Path, programs: Path, *, listen: str = "127.0.0.1", durable: bool = False) -> None:
        self.folder = folder
        self.port = 0
        self.pid = 0
        self._data = folder / "data"
        self._log = folder / "log"
        self._programs = programs
        self._settings = {"listen": listen, "durable": "on" if durable else "off"}
        self._user = "postgres" if os.getuid() == 0 else None  # PostgreSQL refuses to run as root
        self._process: subprocess.Popen[bytes] | None = None
        self._names = (f"test_{number}" for number in count(1))
        if self._user:
            shutil.chown(folder, self._user)
        self._initialise()

    def url(self, database: str, *, tcp: bool = False, host: str = "127.0.0.1", **parameters: str) -> str:
        """Return the address of a database: through the socket, or through TCP, there on a host of your choice."""
        login = f"{ROLE}:{quote(PASSWORD, safe='')}"
        if tcp or host != "127.0.0.1":
            query = f"?{urlencode(parameters)}" if parameters else ""
            return f"postgresql://{login}@{host}:{self.port}/{database}{query}"
        query = urlencode({"host": str(self.folder), "port": str(self.port)} | parameters, safe="/")
        return f"postgresql://{login}@/{database}?{query}"

    def create_database(self, *, template: str = "template0", **options: Any) -> str:
        """Create a database that belongs to the role, empty or as a copy of another; the options are those of `url`."""
        name = next(self._names)
        quick = " STRATEGY file_copy" if self._version >= 15 else ""
        self.execute(f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {template}{quick}")
        return self.url(name, **options)

    def drop_database(self, url: str) -> None:
        """Delete a database that `create_database` returned, whoever is still connected to it."""
        self.execute(f"DROP DATABASE IF EXISTS {self.name_of(url)} WITH (FORCE)")

    @staticmethod
    def name_of(url: str) -> str:
        """Return the name of the database in an address."""
        return url.partition("?")[0].rpartition("/")[2]

    def execute(self, statement: str, *, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Execute a statement as the superuser, and return the rows."""
        import psycopg

        login: dict[str, Any] = {"user": ADMINISTRATOR, "dbname": database, "port": self.port}
        with psycopg.connect(host=str(self.folder), autocommit=True, **login) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        """Start the server, on the same port as before, and wait until it accepts connections."""
        deadline = time.monotonic() + PATIENCE
        while not self._started():
            report = self._log.read_text(errors="replace")[-2000:]
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL does not start: {report}")
            time.sleep(0.05)  # a killed server's processes still end, or another process took the port

    def stop(self, *, immediate: bool = False) -> None:
        """Stop the server: it ends every connection and completes its files, or with `immediate` leaves them behind."""
        self._end(signal.SIGQUIT if immediate else signal.SIGINT)

    def kill(self) -> None:
        """Kill the server with SIGKILL, which it cannot notice; the next start recovers what was committed."""
        self._end(signal.SIGKILL)

    def restart(self, *, immediate: bool = False) -> None:
        """Stop the server and start it again."""
        self.stop(immediate=immediate)
        self.start()

    def wait(self) -> None:
        """Wait until the server has ended."""
        if self._process:
            self._process.wait(PATIENCE)

    def log(self) -> str:
        """Return what the server has logged since its first start."""
        return self._log.read_text(errors="replace")

    def _initialise(self) -> None:
        version = subprocess.run([self._programs / "postgres", "--version"], capture_output=True, text=True, check=True)
        options: list[str | Path] = ["--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", f"--username={ADMINISTRATOR}"]
        self._version = int(version.stdout.split()[2].partition(".")[0])
        if self._version >= 15:
            options += ["--locale-provider=icu", "--icu-locale=und"]
        options += ["--pgdata", self._data]
        subprocess.run(
            [self._programs / "initdb", *options],
            user=self._user,
            group=self._group,
            cwd="/",
            check=True,
            capture_output=True,
        )
        (self._data / "pg_hba.conf").write_text(ACCESS)

    @property
    def _group(self) -> int | None:
        return pwd.getpwnam(self._user).pw_gid if self._user else None

    def _started(self) -> bool:
        port = self.port or _free_port()
        settings = SETTINGS.format(folder=self.folder, port=port, **self._settings)
        (self._data / "postgresql.auto.conf").write_text(settings)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data],
                user=self._user,
                group=self._group,
                extra_groups=[] if self._user else None,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # an interrupt of the tests is not one of the server
            )
        while self._process.poll() is None:
            lines = _lines(self._data / "postmaster.pid")
            if lines[:1] == [str(self._process.pid)] and lines[7:8] == ["ready"]:
                self.pid = self._process.pid
                if not self.port:
                    self.port = port
                    self._create_role()
                return True
            time.sleep(0.01)
        return False

    def _create_role(self) -> None:
        self.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'")

    def _end(self, number: signal.Signals) -> None:
        assert self._process, "the server was never started"
        self._process.send_signal(number)
        self.wait()


def _lines(path: Path) -> list[str]:
    try:
        return [line.strip() for line in path.read_text().splitlines()]
    except FileNotFoundError:
        return []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def programs_of_postgresql() -> Path:
    """Return the folder with the programs of the newest PostgreSQL that is installed, or skip the test."""
    remedy = "install the Debian package postgresql"
    folders = [path for path in PROGRAMS.glob("*/bin") if (path / "initdb").is_file()]
    if folders:
        found = max(folders, key=lambda path: int(path.parent.name))
    elif initdb := shutil.which("initdb"):
        found = Path(initdb).resolve().parent
    else:
        not_installed("PostgreSQL", remedy)
    if os.getuid() == 0 and not any(user.pw_name == "postgres" for user in pwd.getpwall()):
        not_installed("PostgreSQL", f"there is no user postgres, and it refuses to run as root: {remedy}")
    return found


@contextmanager
def running_postgresql(*, listen: str = "127.0.0.1", durable: bool = False) -> Iterator[PostgresqlServer]:
    """Run a server of your own. With `durable`, it writes to the disk what it commits, which tests rarely need."""
    programs = programs_of_postgresql()
    # Wherever TMPDIR points: the names of sockets are short, and the server's user can reach it.
    parent = None if durable else folder_in_memory()
    folder = Path(tempfile.mkdtemp(prefix="aggregate-postgresql-", dir=parent or "/tmp"))
    command = ["sh", "-c", CLEANER, "sh", str(folder)]
    cleaner = subprocess.Popen(command, stdin=subprocess.PIPE, cwd="/", start_new_session=True)
    server = None
    try:
        server = PostgresqlServer(folder, programs, listen=listen, durable=durable)
        server.start()
        yield server
    finally:
        cleaner.communicate()
        if server:
            server.wait()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """Start one server for all tests of a process."""
    with running_postgresql() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql_server: PostgresqlServer) -> Iterator[str]:
    """Create an empty database for the test."""
    url = postgresql_server.create_database()
    yield url
    postgresql_server.drop_database(url)
