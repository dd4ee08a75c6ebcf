"""The package's bytecode, as pip leaves it with what it installs: without it a start is slower."""

from __future__ import annotations

import compileall
import os

from .program import CHECKOUT


def compile_package() -> None:
    """Have it at hand, for the programs that are started as well."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_dir(CHECKOUT / "jupyter_green", quiet=2)
