"""Values that show themselves: as text in a terminal, as a page in a notebook, in its PDF."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

from . import pages
from .terminal import spelled


class Shown:
    """A value that a terminal shows as its text, and a notebook as its page."""

    page: ClassVar[str | None] = None
    """Whose page it is, where that is not its own class's."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # IPython takes a class's own `__repr__` before what it inherits, and dataclasses have one.
        cls._repr_pretty_ = Shown._repr_pretty_  # type: ignore[method-assign]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002, FBT001  (IPython's)
        printer.text(spelled(str(self), sys.stdout))

    def _repr_html_(self) -> str:
        return pages.html(self.page or type(self).__name__, self)

    def _repr_latex_(self) -> str | None:
        return pages.latex(str(self))
