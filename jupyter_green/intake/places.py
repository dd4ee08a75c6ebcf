"""Where the ledger of a user is."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

LEDGER_VARIABLE = "JUPYTER_GREEN_LEDGER"
"""Another folder for the ledger, or ``off``."""
OFF = "off"
NAME = "jupyter_green"
INTAKE = "intake"
ASIDE = "aside"
"""The folder of lines that could not be read, in the intake's."""


def ledger_folder(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the ledger's folder, which need not exist; ``None`` where there is to be none.

    A figure that nobody asked to keep is not kept anywhere else: where the folder cannot be
    told, as there is no home, there is no ledger.
    """
    chosen = environ.get(LEDGER_VARIABLE, "").strip()
    if chosen.lower() == OFF:
        return None
    if (
        "://" in chosen
    ):  # a server, which this version does not know: the rows wait for one that does
        chosen = ""
    try:
        return Path(chosen).expanduser().absolute() if chosen else _data_folder(environ) / NAME
    except (OSError, RuntimeError):
        return None


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
