"""Where a name in a table of the site may break: behind its `_`, `/`, `.`, never within a word.

Columns are narrow on a telephone, and names are long: `JUPYTER_GREEN_POWERCAP`.
"""

from __future__ import annotations

import re
from typing import Any

_CELL = re.compile(r"<td[^>]*>.*?</td>", re.DOTALL)
_CODE = re.compile(r"(<code[^>]*>)(.*?)(</code>)", re.DOTALL)
_BREAK = re.compile(r"(?<=\w{2})([_/.=,]+)(?=\w{3})")
"""Not before what is short: a unit such as that of `energy_j` stays at its name."""


def on_page_content(html: str, **_: Any) -> str:
    """Return a page whose tables' names may break at their joints."""
    return _CELL.sub(lambda cell: _CODE.sub(_jointed, cell[0]), html)


def _jointed(code: re.Match[str]) -> str:
    return code[1] + _BREAK.sub(r"\1<wbr>", code[2]) + code[3]
