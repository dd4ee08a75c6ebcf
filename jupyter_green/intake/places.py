"""Where the ledger of a user is."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl

LEDGER_VARIABLE = "JUPYTER_GREEN_LEDGER"
"""``off`` for no ledger, another folder, or the URL of a PostgreSQL server; without it, or with
``on``, the ledger is in Jupyter's folder for data."""
OFF, ON = "off", "on"
NAME = "jupyter_green"
INTAKE = "intake"
SERVER = "server-"
"""How the names of folders begin in which rows wait for a server."""
ASIDE = "aside"
"""The folder of lines that could not be read, in the intake's."""


def ledger_folder(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the ledger's folder, which need not exist; ``None`` where there is to be none.

    There is none where it was switched off, nor where the folder cannot be told, as there is no
    home.
    """
    chosen = environ.get(LEDGER_VARIABLE, "").strip()
    if chosen.lower() == OFF:
        return None
    try:
        if chosen.lower() in ("", ON):
            return _data_folder(environ) / NAME
        if "://" in chosen:
            return _data_folder(environ) / NAME / _name_of_server(chosen)
        return Path(chosen).expanduser().absolute()
    except (OSError, RuntimeError):
        return None


def server_of(ledger: Path, environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the URL of the server that has a ledger's rows; ``None`` where files in it have them.

    It may hold a password, and is for no message.
    """
    chosen = environ.get(LEDGER_VARIABLE, "").strip()
    return chosen if "://" in chosen and ledger_folder(environ) == ledger else None


def setting_of(ledger: Path, environ: Mapping[str, str] = os.environ) -> str:
    """Return with which setting another program finds the same ledger."""
    return server_of(ledger, environ) or str(ledger)


def intake_folder(ledger: Path) -> Path:
    """Return the folder of what waits to be booked."""
    return ledger / INTAKE


def make_private(folder: Path) -> None:
    """Make the ledger's folder, or one in it, for nobody but this user.

    Raises
    ------
    OSError
        Where it cannot be made.
    """
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(exist_ok=True, mode=0o700)


def unwritable(ledger: Path) -> str:
    """Return why nothing can be handed in to a ledger, such as its disk; empty where it can be.

    Nothing is made for that which stays.
    """
    here = intake_folder(ledger)
    try:
        while not here.exists():
            here = here.parent
        with tempfile.TemporaryFile(dir=here):
            return ""
    except OSError as error:
        return error.strerror or str(error)


def _name_of_server(url: str) -> str:
    """Return the name of the folder in which rows wait for a server.

    Each database has one of its own, so nothing that was metered for one ledger comes into
    another. Who asks and how is none of it: rows that wait are booked once that is put right.
    """
    address, _, query = url.partition("://")[2].partition("?")
    host, _, database = address.rpartition("@")[2].partition("/")
    given = dict(parse_qsl(query))
    where = (given.get("host", host), given.get("port", ""), given.get("dbname", database))
    return f"{SERVER}{hashlib.sha256(repr(where).encode()).hexdigest()[:8]}"


def _data_folder(environ: Mapping[str, str]) -> Path:
    """Return Jupyter's folder for data, as `jupyter_core.paths.jupyter_data_dir` chooses it.

    Its rule is done again here, as its import takes longer than all that a kernel does for the
    ledger.

    Raises
    ------
    RuntimeError
        Without a home.
    """
    if chosen := environ.get("JUPYTER_DATA_DIR"):
        return Path(chosen).absolute()
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Jupyter"
    if os.name == "nt":
        roaming = environ.get("APPDATA")
        return Path(roaming) / "jupyter" if roaming else home / ".jupyter" / "data"
    data = environ.get("XDG_DATA_HOME")
    return (Path(data) if data else home / ".local" / "share") / "jupyter"
