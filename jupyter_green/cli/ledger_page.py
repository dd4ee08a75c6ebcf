"""``jupyter green report --html FILE``: the ledger as a page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..ledger.overview import overview
from ..ledger.page.page import Emitted, page
from ..printable import printable
from .errors import InputError
from .ledger import Asked, between_cells, folder, read_metered
from .place import Chosen

ALL = "all notebooks and programs"


def write_page(path: Path, asked: Asked, place: Chosen | None) -> int:
    """Write a page of the windows that are asked for, and print where it is.

    Raises
    ------
    InputError
        For what is no date, where there is no ledger, and for a file that cannot be written.
    """
    metered = read_metered(asked)
    factor, who = place.at(metered, folder()) if place else (None, "")
    found = replace(overview(metered), between=between_cells(asked))
    text = page(found, asked.project or ALL, Emitted(factor, who))
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write to {path}: {error.strerror}; give another file") from None
    print(printable(f"Page: {path}"))
    return 0
