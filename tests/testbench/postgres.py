"""A real PostgreSQL on loopback, for as long as the tests run; each test has a database of it."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

USER, PASSWORD = "green", "s3cret/p@ss"
TLS_USER = "green_tls"
"""Who is let in by TLS alone."""
_NOBODY = 65534
_START_S = 20.0
_ACCESS = f"""\
local all postgres trust
hostssl all {TLS_USER} 127.0.0.1/32 scram-sha-256
host all {USER} 127.0.0.1/32 scram-sha-256
"""
_SETTINGS = "fsync=off\nfull_page_writes=off\nmax_connections=40\nshared_buffers=16MB\n"
_numbers = itertools.count()


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, ``None`` where there is none."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name))
    return next((f for f in [*folders, *reversed(debian)] if (f / "pg_ctl").exists()), None)


class PostgreSQL:
    """A server of its own in a folder, not run by root."""

    def __init__(self, folder: Path, bin_folder: Path) -> None:
        self.folder, self._bin = folder, bin_folder
        self._data = folder / "data"
        self._started: subprocess.Popen[bytes] | None = None
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self._make()

    def _make(self) -> None:
        if os.getuid() == 0:
            os.chown(self.folder, _NOBODY, _NOBODY)
        words = ["-D", str(self._data), "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8"]
        self._run(str(self._bin / "initdb"), *words, "--no-locale")
        settings = f"{_SETTINGS}port={self.port}\nlisten_addresses='127.0.0.1'\n"
        settings += f"unix_socket_directories='{self.folder}'\n"
        if self._make_certificate():
            settings += "ssl=on\n"
        with (self._data / "postgresql.conf").open("a") as stream:
            stream.write(settings)
        (self._data / "pg_hba.conf").write_text(_ACCESS)
        self.start()
        with self.owner() as connection:
            for user in (USER, TLS_USER):
                connection.execute(f"create role {user} login password '{PASSWORD}'")

    def _make_certificate(self) -> bool:
        if not shutil.which("openssl"):
            return False
        key, certificate = self._data / "server.key", self._data / "server.crt"
        words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
        places = ["-days", "2", "-keyout", str(key), "-out", str(certificate)]
        self._run("openssl", *words, *places)
        key.chmod(0o600)
        return True

    def _run(self, *command: str) -> None:
        who = _not_root()
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder, timeout=60, **who)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._started = subprocess.Popen(
            [str(self._bin / "postgres"), "-D", str(self._data)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "log").open("ab"),
            cwd=self.folder,
            preexec_fn=_end_with_parent,  # noqa: PLW1509  (it starts no thread and takes no lock)
            **_not_root(),
        )
        until_s = time.monotonic() + _START_S
        while True:
            try:
                with self.owner():
                    return
            except psycopg.OperationalError:
                if time.monotonic() > until_s or self._started.poll() is not None:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        """End it at once, with all its clients' links."""
        if self._started is not None:
            self._started.send_signal(signal.SIGINT)
            self._started.wait(30)
            self._started = None

    def owner(self, database: str = "postgres") -> psycopg.Connection:
        """Return a link of who may do everything."""
        where = {"host": str(self.folder), "port": self.port, "dbname": database}
        return psycopg.connect(user="postgres", autocommit=True, connect_timeout=5, **where)

    def database(self) -> str:
        """Make an empty database; return its name."""
        name = f"ledger{next(_numbers)}"
        with self.owner() as connection:
            connection.execute(f"create database {name} owner {USER} strategy = file_copy")
            connection.execute(f"grant {USER} to {TLS_USER}")
        return name

    def url(self, database: str, user: str = USER, password: str = PASSWORD) -> str:
        """Return what a ledger is set to."""
        quoted = password.replace("@", "%40").replace("/", "%2F")
        where = f"127.0.0.1:{self.port}/{database}"
        return f"postgresql+psycopg://{user}:{quoted}@{where}"


def _end_with_parent() -> None:
    """Have the tests' end end the server, however they end (prctl(2), PR_SET_PDEATHSIG)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGINT)


def _not_root() -> dict[str, object]:
    if os.getuid():
        return {}
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}


@contextmanager
def running(bin_folder: Path) -> Iterator[PostgreSQL]:
    """Start a server, and end it."""
    with tempfile.TemporaryDirectory(prefix="jg-postgres-", ignore_cleanup_errors=True) as folder:
        server = PostgreSQL(Path(folder), bin_folder)
        try:
            yield server
        finally:
            server.stop()
