"""One place in a cell's output that can be replaced, also where the cell cleared its output."""

from __future__ import annotations

from typing import Any

from IPython.display import DisplayHandle, display


class CellDisplay:
    """Shows a MIME bundle at the top of the running cell's output and replaces it later.

    ``clear_output()`` in the cell takes the output away, after which an update
    changes nothing. So calls to it are noticed, and the last bundle is then
    shown as a new output.
    """

    def __init__(self, shell: Any) -> None:
        self._publisher = shell.display_pub
        self._handle: DisplayHandle | None = None
        self._cleared = False
        self._own: Any = None
        self._original: Any = None

    def show(self, bundle: dict[str, Any]) -> None:
        """Show a bundle where the cell's output now ends."""
        self._handle = display(bundle, raw=True, display_id=True)
        self._own = vars(self._publisher).get("clear_output")  # an enclosing cell's, or nobody's
        self._original = self._publisher.clear_output
        self._publisher.clear_output = self._clear_output

    def replace(self, bundle: dict[str, Any]) -> None:
        """Put the last bundle in its place."""
        if self._publisher.clear_output == self._clear_output:
            del self._publisher.clear_output
            if self._own is not None:
                self._publisher.clear_output = self._own
        if self._handle is None or self._cleared:
            self._handle = display(bundle, raw=True, display_id=True)
            self._cleared = False
        else:
            # Not by the shell's publisher: the next cell may be capturing its output.
            transient = {"display_id": self._handle.display_id}
            self._publisher.publish(bundle, {}, transient=transient, update=True)

    def _clear_output(self, *args: Any, **kwargs: Any) -> Any:
        self._cleared = True
        return self._original(*args, **kwargs)
