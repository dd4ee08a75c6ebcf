"""``%%energy_variant NAME``: cells that are not run but kept, for ``%green compare`` to run.

A variant runs as the cell would: in the user's namespace, where the names that it binds stay.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from IPython.core.error import UsageError

from .statement import check

MAGIC = "%%energy_variant"
_USAGE = f"usage: {MAGIC} NAME, and the code below"


class Variants(Mapping[str, Callable[[], object]]):
    """The variants of a session, as functions by name, in the order of their definition.

    Parameters
    ----------
    shell
        The IPython shell in whose namespace they run.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._defined: dict[str, Callable[[], object]] = {}

    def __getitem__(self, name: str) -> Callable[[], object]:
        return self._defined[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._defined)

    def __len__(self) -> int:
        return len(self._defined)

    def define(self, line: str, cell: str) -> str:
        """Keep a cell as a variant, in place of an earlier one of its name; return what to say.

        Raises
        ------
        SyntaxError
            If the code is not valid.
        UsageError
            Without a name or with two, without code, and for code that awaits at its top level.
        """
        try:
            (name,) = shlex.split(line)
        except ValueError:
            raise UsageError(
                f"{MAGIC} {line}: give one name; put one of several words in quotes\n{_USAGE}"
            ) from None
        if not name.strip() or not cell.strip():
            raise UsageError(f"{MAGIC}: {'no code' if name.strip() else 'no name'}\n{_USAGE}")
        is_new = name not in self._defined
        self._defined[name] = self._compiled(f"{MAGIC} {line}", cell)
        what = "is kept as a variant" if is_new else "replaces the variant of that name"
        if len(self) < 2:
            return f"{name} {what}; it has not run. Give it another one to compare it with."
        return (
            f"{name} {what}; it has not run. `%green compare` runs {', '.join(self)} in turns "
            "and compares their joules."
        )

    def chosen(self, names: list[str]) -> dict[str, Callable[[], object]]:
        """Return the variants of these names, all of them for none.

        Raises
        ------
        UsageError
            For a name that no variant has, and fewer than two variants.
        """
        if unknown := [name for name in names if name not in self]:
            known = ", ".join(self) or "none yet"
            raise UsageError(
                f"%green compare: no variant is called {unknown[0]}; {MAGIC} cells define them "
                f"({known})"
            )
        found = {name: self[name] for name in (names or self)}
        if len(found) < 2:
            raise UsageError(
                f"%green compare needs two variants or more, and there is {', '.join(found)} only: "
                f"put {MAGIC} NAME on a cell for each"
                if found
                else f"%green compare needs two variants: put {MAGIC} NAME on a cell for each"
            )
        return found

    def _compiled(self, heading: str, cell: str) -> Callable[[], object]:
        """Return a function that runs the cell's code; tracebacks number its lines as the cell."""
        shell = self._shell
        source = f"# {heading}\n" + shell.transform_cell(cell)
        name = shell.compile.cache(source, shell.displayhook.prompt_count, raw_code=cell)
        tree = shell.transform_ast(shell.compile.ast_parse(source, filename=name))
        check(tree, name, shell.compile.flags)
        code = shell.compile(tree, name, "exec")

        def run() -> None:
            exec(code, shell.user_ns)  # noqa: S102  (running what the user typed is the point)

        return run
