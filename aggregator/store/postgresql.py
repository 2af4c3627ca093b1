"""A store in a PostgreSQL database: creates the tables if there are none, migrates older ones, and locks.

One store is one session of the database. If it is lost, the store stays unusable: a new session would write without the
locks of the old one.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from aggregator.config.store_address import DatabaseAddress, missing_driver
from aggregator.errors import LockedError, StoreError
from aggregator.store.connection import Connection, Dialect, Rows, value_of
from aggregator.store.schema import APPLICATION_ID, TABLES, VERSION, creation
from aggregator.store.search import TSVECTOR
from aggregator.store.transactions import RolledBackError, transaction
from aggregator.text.plain import printable
from aggregator.text.secrets import redact

if TYPE_CHECKING:
    import psycopg

MIGRATIONS: dict[int, tuple[str, ...]] = {
    6: (
        "DROP INDEX articles_unplaced",
        "DROP INDEX articles_date",
        "CREATE INDEX articles_source_date ON articles (source, date)",
        "CREATE INDEX articles_date ON articles (date) WHERE story IS NOT NULL",
    ),
}
"""The statements that migrate a store of version n to n + 1."""

RUN_LOCK, SCHEMA_LOCK = 0, 1
"""Second keys of advisory locks; the first one is `APPLICATION_ID`."""
WORKER_SESSION = "aggregate work "
"""Beginning of the `application_name` of a worker's session; its host and process id follow."""
DEFAULTS = {
    "application_name": "aggregate",
    "connect_timeout": "10",
    "client_encoding": "utf8",
    **{"keepalives_idle": "5", "keepalives_interval": "2", "keepalives_count": "3", "tcp_user_timeout": "15000"},
}
"""Parameters of libpq, unless the address has others: a session whose server has vanished fails within 15 seconds."""
SESSION_SETTINGS = (
    "SET tcp_keepalives_idle = 5",
    "SET tcp_keepalives_interval = 2",
    "SET tcp_keepalives_count = 3",
    "SET tcp_user_timeout = 15000",
    "SET idle_in_transaction_session_timeout = '60s'",
)
"""With these, the server ends a session, and so frees its locks, 15 seconds after its machine has vanished, and after a
minute in a transaction without a statement, as of a stopped process."""

DEADLOCK, SERIALIZATION_FAILURE, LOCK_TIMEOUT = "40P01", "40001", "55P03"
LOCK_STEP = 1.0
_ADVICE = {
    "42501": "{cause}: the role needs more privileges; docs/scale.md lists them",
    "42P01": "{cause}: the tables are not those of a store; restore them from a backup, or use another database",
    "42703": "{cause}: the tables are not those of a store; restore them from a backup, or use another database",
    "53100": "{cause}; make room, stored data is not lost",
    "53300": "{cause}; start fewer workers, or allow more connections (max_connections)",
    "55P03": "is in use by another process; try again",
}
"""What to do about an error, by its SQLSTATE (PostgreSQL, appendix A)."""


class PostgresqlConnection:
    """A session: see `aggregator.store.connection.Connection`. After it was lost, it cannot be used again."""

    dialect: Dialect = "postgresql"

    def __init__(self, session: psycopg.Connection[Any]) -> None:
        self.session = session
        self.close = session.close

    @property
    def Error(self) -> type[Exception]:  # noqa: N802 - as in `Connection`
        """The base class of the errors of psycopg."""
        return self.session.Error

    def execute(self, statement: str, parameters: Sequence[Any] = (), /) -> Rows:
        """Execute a statement."""
        return self.session.execute(statement.encode(), parameters)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> Rows:
        """Execute a statement for each row of parameters."""
        cursor = self.session.cursor()
        cursor.executemany(statement.encode(), rows)
        return cursor


class PostgresqlDatabase:
    """A session of a database that holds a store. `location`: the address, which errors name."""

    begin, snapshot = "BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

    def __init__(self, address: DatabaseAddress) -> None:
        """Connect, and create or migrate the tables. Raises StoreError."""
        self.location = address
        self.picture_folder = address.picture_folder
        self.connection = connect(address)
        with self.errors():
            try:
                _prepare(self.connection, address)
            except BaseException:
                self.connection.close()
                raise

    def close(self) -> None:
        """Release the locks, and end the session.

        The server would release them, too, but some time later: the next command might not get the lock of a run.
        """
        with suppress(self.connection.Error):
            self.connection.execute("SELECT pg_advisory_unlock_all()")
        self.connection.close()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise StoreError, with advice, for an error of the database: RolledBackError if a repetition may succeed."""
        try:
            yield
        except self.connection.Error as error:
            raise store_error(self.location, error) from error

    @contextmanager
    def writing_much(self) -> Iterator[None]:
        """Do nothing: the server knows how much memory it has."""
        yield

    @contextmanager
    def durable(self) -> Iterator[None]:
        """Have each transaction outlast a power failure, also where the server does not by default."""
        with self.errors():
            self.connection.execute("SET synchronous_commit = on")
        try:
            yield
        finally:
            with self.errors():
                self.connection.execute("RESET synchronous_commit")

    def lock(self, patience: float) -> None:
        """Take the lock of a run until the session ends. Raises LockedError if another session holds it for longer than
        so many seconds."""
        with self.errors():
            if not self.try_lock(RUN_LOCK) and not self._wait_for_lock(patience):
                raise LockedError(f"{self.location}: locked by {self._holder()}; nothing was changed")

    def refuse_workers(self) -> None:
        """Raise LockedError while a worker is connected, which needs no lock of a run."""
        query = (
            "SELECT substr(application_name, %s) FROM pg_stat_activity "
            "WHERE datname = current_database() AND starts_with(application_name, %s) ORDER BY 1"
        )
        with self.errors():
            parameters = (len(WORKER_SESSION) + 1, WORKER_SESSION)
            worker = value_of(self.connection.execute(query, parameters))
        if worker is not None:
            raise LockedError(f"{self.location}: is used by the worker {worker}; stop all workers first")

    def try_lock(self, key: int) -> bool:
        """Take an advisory lock until the session ends; return whether it was free."""
        query = "SELECT pg_try_advisory_lock(%s, %s)"
        return bool(value_of(self.connection.execute(query, (APPLICATION_ID, key))))

    def _wait_for_lock(self, patience: float) -> bool:
        """Wait for the lock of a run, in the order of arrival; return whether it was taken."""
        deadline = time.monotonic() + patience
        while (left := deadline - time.monotonic()) > 0:  # in steps, so that Ctrl-C ends it
            self.connection.execute(f"SET lock_timeout = {max(1, int(min(left, LOCK_STEP) * 1000))}")
            try:
                self.connection.execute("SELECT pg_advisory_lock(%s, %s)", (APPLICATION_ID, RUN_LOCK))
            except self.connection.Error as error:
                if getattr(error, "sqlstate", None) != LOCK_TIMEOUT:
                    raise
            else:
                return True
            finally:
                if not self.connection.session.closed:
                    self.connection.execute("RESET lock_timeout")
        return False

    def _holder(self) -> str:
        query = (
            "SELECT a.pid, host(a.client_addr) FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
            "WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %s AND l.objid = %s "
            "AND a.datname = current_database()"
        )
        row = self.connection.execute(query, (APPLICATION_ID, RUN_LOCK)).fetchone()
        if row is None:
            return "another run"
        return f"another run (session {row[0]}{f' from {row[1]}' if row[1] else ''})"


def store_error(address: DatabaseAddress, error: Exception) -> StoreError:
    """Return the error of a store for an error of psycopg: one line that says what to do."""
    state, cause = getattr(error, "sqlstate", None) or "", error_line(error)
    if state in (DEADLOCK, SERIALIZATION_FAILURE):
        return RolledBackError(f"{address}: {cause}; try again")
    if state in _ADVICE:
        return StoreError(f"{address}: {_ADVICE[state].format(cause=cause)}")
    if not state or _has_ended_session(error):
        return StoreError(f"{address}: the connection was lost ({cause}); stored data is not lost")
    return StoreError(f"{address}: {cause}")


def _has_ended_session(error: Any) -> bool:
    return error.diag.severity_nonlocalized in ("FATAL", "PANIC")


def _opening_error(address: DatabaseAddress, error: psycopg.Error) -> StoreError:
    """Return the error of a store for one while connecting, for most of which libpq has no SQLSTATE."""
    state, cause = error.sqlstate or "", error_line(error)
    if state in _ADVICE:
        return StoreError(f"{address}: {_ADVICE[state].format(cause=cause)}")
    if "authentication" in cause or "no password" in cause:
        return StoreError(f"{address}: cannot be opened ({cause}): see PGPASSFILE, or `store` in the configuration")
    if "database" in cause and "does not exist" in cause:
        return StoreError(f"{address}: cannot be opened ({cause}): create it first, see docs/scale.md")
    return StoreError(f"{address}: cannot be reached ({cause}); stored data is not lost")


def error_line(error: BaseException) -> str:
    """Return the first line of an error of the driver, without secrets and control characters."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return printable(redact(lines[0] if lines else type(error).__name__)).removeprefix("ERROR: ").strip()


def connect(address: DatabaseAddress, **parameters: str) -> PostgresqlConnection:
    """Open a session. `parameters`: of libpq, besides those of the address. Raises StoreError."""
    try:
        import psycopg
    except ImportError:
        raise StoreError(missing_driver(address)) from None
    try:
        session = psycopg.connect(**(session_parameters(address.url) | parameters), autocommit=True)
        session.adapters.register_dumper(str, _without_nul())
        for statement in SESSION_SETTINGS:
            session.execute(statement.encode())
    except psycopg.Error as error:
        raise _opening_error(address, error) from error
    return PostgresqlConnection(session)


def session_parameters(url: str) -> dict[str, Any]:
    """Return the parameters for libpq of an address. Raises psycopg.Error if it is invalid."""
    from psycopg.conninfo import conninfo_to_dict

    return DEFAULTS | conninfo_to_dict(url)


def has_tables(address: DatabaseAddress) -> bool:
    """Whether the database contains a store. Raises StoreError, also if none can be created in it."""
    with closing(connect(address)) as connection:
        try:
            _check_database(connection, address)
            return _version(connection, address) is not None
        except connection.Error as error:
            raise store_error(address, error) from error


def _without_nul() -> Any:
    """Return an adapter that removes the character NUL, which no text in PostgreSQL can contain."""
    from psycopg.types.string import StrDumperUnknown

    class TextDumper(StrDumperUnknown):
        def dump(self, obj: str) -> bytes | bytearray | memoryview | None:
            return super().dump(obj.replace("\0", "") if "\0" in obj else obj)

    return TextDumper


def _prepare(connection: Connection, address: DatabaseAddress) -> None:
    """Create the tables, or migrate them, one process at a time."""
    if _version(connection, address) == VERSION:
        return
    _check_database(connection, address)
    with transaction(connection):
        connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", (APPLICATION_ID, SCHEMA_LOCK))
        _create_or_migrate(connection, address)


def _create_or_migrate(connection: Connection, address: DatabaseAddress) -> None:
    version = _version(connection, address)
    if version is None:
        _check_database(connection, address)
        _create(connection)
        return
    if version > VERSION:
        raise StoreError(
            f"{address}: was written by a newer aggregate "
            f"(store version {version}; this one supports {VERSION}): upgrade"
        )
    for step in range(version, VERSION):
        for statement in MIGRATIONS[step]:
            connection.execute(statement)
    connection.execute("UPDATE store_version SET version = %s", (VERSION,))


def _version(connection: Connection, address: DatabaseAddress) -> int | None:
    """Return the version of the store in the database; None without a store."""
    if value_of(connection.execute("SELECT to_regclass('store_version')")) is None:
        return None
    version: int | None = value_of(connection.execute("SELECT version FROM store_version"))
    if version is None:
        raise StoreError(f"{address}: the table store_version is empty; restore the store from a backup")
    return version


_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"


def _check_database(connection: Connection, address: DatabaseAddress) -> None:
    """Raise StoreError if a database is unsuitable: another program's, or of another encoding."""
    encoding = value_of(connection.execute("SHOW server_encoding"))
    if encoding != "UTF8":
        raise StoreError(f"{address}: its encoding is {encoding}; create the database with ENCODING 'UTF8'")
    tables = {name for (name,) in connection.execute(_TABLES)}
    foreign = sorted({*(table.name for table in TABLES), "words"}.intersection(tables))
    if foreign and "store_version" not in tables:
        raise StoreError(f'{address}: has a table "{foreign[0]}" of another program; configure another database')


def _create(connection: Connection) -> None:
    for statement in (
        *creation("postgresql"),
        "CREATE UNIQUE INDEX sources_address ON sources (md5(address))",
        *TSVECTOR,
    ):
        connection.execute(statement)
    connection.execute("CREATE TABLE store_version (version BIGINT NOT NULL)")
    connection.execute("INSERT INTO store_version VALUES (%s)", (VERSION,))
