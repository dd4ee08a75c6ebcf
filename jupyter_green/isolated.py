"""Commands that run a module of this package in a Python of its own, apart from the user's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

_START = "import sys; sys.path += {folders!r}; from {module} import main; main()"
_INSTALLED = ("site-packages", "dist-packages")


def command(module: str, *arguments: str) -> list[str]:
    """Return what starts a module's ``main``.

    Python's own modules come before all others, whatever is installed beside this package
    (``-I``, ``-S``); no `PYTHONPATH`, `PYTHONHOME` or `sitecustomize` counts.

    Raises
    ------
    OSError
        Where Python does not know its own program.
    """
    if not sys.executable:
        raise OSError("Python does not know its own program: start it by its full path")
    return [sys.executable, *_options(), "-c", _code(module), *arguments]


def apart() -> dict[str, Any]:
    """Return how `subprocess.Popen` starts a process that no Ctrl-C of the user's reaches."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def package_folder() -> Path:
    """Return the folder that holds this package."""
    return Path(__file__).resolve().parents[1]


def _options() -> list[str]:
    """Return Python's options: alone with its own modules, and as careful with files as here."""
    return ["-I", "-S", *(["-B"] if sys.dont_write_bytecode else [])]


def _code(module: str) -> str:
    """Return what it runs: this package, found after Python's own modules as all others are.

    What is installed comes before the folders of the user's program.
    """
    others = [folder for folder in sys.path if Path(folder).is_absolute()]
    others.sort(key=lambda folder: Path(folder).name not in _INSTALLED)
    folders = list(dict.fromkeys([str(package_folder()), *others]))
    return _START.format(folders=folders, module=module)
