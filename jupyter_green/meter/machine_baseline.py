"""The idle power of this machine, where somebody has had it measured and kept in a file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from .baseline import Baseline, BaselineError
from .baseline_file import baseline_file


def read_baseline(path: Path) -> Baseline:
    """Return the baseline in a file.

    Raises
    ------
    BaselineError
        Where there is none; the message names the file.
    """
    try:
        return Baseline.from_dict(json.loads(path.read_text()))
    except OSError as error:
        raise BaselineError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, BaselineError) as error:
        raise BaselineError(f"{path} holds no baseline: {error}") from None


def machine_baseline(environ: Mapping[str, str] = os.environ) -> Baseline | None:
    """Return this machine's idle power, ``None`` where it is not known."""
    path = baseline_file(environ)
    if path is not None:
        with suppress(BaselineError):
            return read_baseline(path)
    return None
