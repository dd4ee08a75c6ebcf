"""Finds an interpreter of each Python that is supported."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from .steps import StepError, run

SUPPORTED = ("3.10", "3.11", "3.12", "3.13", "3.14")
HERE = "{}.{}".format(*sys.version_info)
_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def interpreter(version: str, uv: Path) -> str | None:
    """Return a Python of this version: on the PATH, of pyenv, or one that uv can fetch."""
    candidates = _candidates(version, uv)
    return next((each for each in candidates if _version_of(each) == version), None)


def _version_of(candidate: str) -> str:
    try:
        return run([candidate, "-I", "-c", _VERSION]).strip()
    except StepError:  # such as pyenv's stand-in for a version that is not chosen
        return ""


def _candidates(version: str, uv: Path) -> Iterator[str]:
    yield sys.executable
    if program := shutil.which(f"python{version}"):
        yield program
    if pyenv := shutil.which("pyenv"):
        yield from (f"{folder}/bin/python" for folder in _last_line(pyenv, "prefix", version))
    _last_line(str(uv), "python", "install", version)
    yield from _last_line(str(uv), "python", "find", version)


def _last_line(*command: str) -> list[str]:
    """Return the last line that a program prints, in a list; an empty one where it fails."""
    try:
        return run(command).splitlines()[-1:]
    except StepError:
        return []
