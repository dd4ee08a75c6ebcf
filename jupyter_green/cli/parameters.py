"""Parameters of a notebook, by the convention of papermill: a cell that sets them is put in.

It stands behind the cell with the tag ``parameters``, which holds what they are without that, or
else at the top. https://papermill.readthedocs.io/en/latest/usage-parameterize.html
"""

from __future__ import annotations

import ast
import contextlib
import keyword
import math
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..printable import printable, shortened
from .errors import InputError

if TYPE_CHECKING:
    from nbformat import NotebookNode

OPTIONS = ("-p", "--parameters")
TAG = "parameters"
INJECTED = "injected-parameters"
Value = str | int | float | bool | None
_WORDS: Mapping[str, Value] = {"True": True, "False": False, "None": None}


def split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the words of a command without its parameters, and those of the parameters.

    An option without a name and a value behind it stays among the first.
    """
    left: list[str] = []
    taken: list[str] = []
    at = 0
    while at < len(words):
        if words[at] in OPTIONS and at + 2 < len(words):
            taken += words[at + 1 : at + 3]
            at += 3
        else:
            left.append(words[at])
            at += 1
    return left, taken


def parameters(taken: Sequence[str]) -> dict[str, Value]:
    """Return the values of names: of words in pairs, of which the last one of a name counts.

    Raises
    ------
    InputError
        For a name that is none in Python.
    """
    return {_name(n): value(text) for n, text in zip(taken[::2], taken[1::2], strict=True)}


def value(text: str) -> Value:
    """Return what a text says: ``None``, a truth value, an int, a float, or itself."""
    if text in _WORDS:
        return _WORDS[text]
    with contextlib.suppress(ValueError):
        return int(text)
    with contextlib.suppress(ValueError):
        return float(text)
    return text


def inject(notebook: NotebookNode, parameters: Mapping[str, Value]) -> list[str]:
    """Put a cell that sets parameters into a notebook, in place of one that an earlier run put in.

    Parameters
    ----------
    notebook
        It is changed.
    parameters
        Their values by name.

    Returns
    -------
    list[str]
        The names that the notebook's own cell of parameters does not set: misspelt, perhaps.

    Raises
    ------
    InputError
        For a notebook in another language than Python.
    """
    language = _language(notebook)
    if language != "python":
        named = shortened(printable(language), 40)
        raise InputError(f"-p is for notebooks in Python, this one is in {named}: leave -p out")
    v4: Any = import_module("nbformat.v4")
    cell = v4.new_code_cell(_source(parameters), metadata={"tags": [INJECTED]})
    if notebook.nbformat_minor < 5:
        cell.pop("id", None)
    cells: list[NotebookNode] = notebook.cells
    own = next((n for n, each in enumerate(cells) if TAG in _tags(each)), None)
    earlier = next((n for n, each in enumerate(cells) if INJECTED in _tags(each)), None)
    if earlier is not None:
        cells[earlier] = cell
    else:
        cells.insert(0 if own is None else own + 1, cell)
    known = _assigned(cells[own].source) if own is not None else None
    return [] if known is None else [name for name in parameters if name not in known]


def _name(name: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise InputError(
            f"-p {shortened(printable(name), 40)!r} is no name in Python: "
            "give a name and a value, as in -p epochs 3"
        )
    return name


def _language(notebook: NotebookNode) -> str:
    metadata = notebook.metadata
    for where, name in (("kernelspec", "language"), ("language_info", "name")):
        named = metadata.get(where, {}).get(name)
        if isinstance(named, str) and named:
            return named.lower()
    return "python"


def _tags(cell: NotebookNode) -> Iterable[str]:
    tags = cell.metadata.get("tags", ())
    return tags if isinstance(tags, list) else ()


def _source(parameters: Mapping[str, Value]) -> str:
    lines = (f"{name} = {_literal(value)}" for name, value in parameters.items())
    return "\n".join(["# Parameters", *lines])


def _literal(given: Value) -> str:
    if isinstance(given, float) and not math.isfinite(given):
        return f'float("{given}")'
    return repr(given)


def _assigned(source: str) -> set[str] | None:
    """Return the names that a cell assigns to, ``None`` where it is not plain Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
