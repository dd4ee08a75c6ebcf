"""What a window is about that measures a cell: which one, of which notebook."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from ...meter.notebook import notebook
from ...meter.summary import Subject
from ..output.front_end import EXECUTED_CELL, metadata_of
from .magic_line import Options


def subject_of(shell: Any, info: Any, options: Options, body: Sequence[str]) -> Subject:
    """Return what the window of a cell is about.

    Parameters
    ----------
    info
        What IPython tells its hooks about the cell.
    body
        The cell's lines that are measured.
    """
    # IPython counts up before the hooks since 9.16 and after the cell before
    # that; its display hook knows the number that the cell has.
    count = shell.displayhook.prompt_count if info.store_history else None
    return Subject(
        label=options.label,
        stage=options.stage,
        cell_id=cell_id_of(shell, info),
        cell_hash=hashlib.sha256("".join(body).strip().encode()).hexdigest()[:16],
        execution_count=count,
        notebook=notebook(),
    )


def cell_id_of(shell: Any, info: Any = None) -> str | None:
    """Return the notebook's id of the running cell, if the front end sends it.

    `info` is what IPython tells its hooks about the cell.
    What is not an id as notebooks have them (nbformat, cell ids) may be an
    address with a person's folders in it, as VS Code sends: of that, a hash.
    """
    metadata = metadata_of(shell)
    found = getattr(info, "cell_id", None) or metadata.get("cellId") or metadata.get(EXECUTED_CELL)
    if not found:
        return None
    plain = re.fullmatch(r"[\w-]{1,64}", str(found), flags=re.ASCII)
    return str(found) if plain else hashlib.sha256(str(found).encode()).hexdigest()[:32]
