"""The output of a cell whose front end keeps each output as it came first.

``update_display_data`` is optional in the protocol. jupyter-console, qtconsole (and with it
Spyder), ``jupyter run`` and MyST ignore it: what holds a place there holds it for ever.
"""

from __future__ import annotations

from typing import Any

from .cell_display import CellDisplay


def display_in(shell: Any) -> CellDisplay:
    """Return where the running cell's result is shown, by what its front end is known to do."""
    return (CellDisplay if takes_updates(shell) else EndDisplay)(shell)


def takes_updates(shell: Any) -> bool:
    """Whether the front end of the running request is known to replace outputs.

    Those with widgets do, and send the cell's id (JupyterLab, Notebook 7, VS Code). So do
    nbclient and its kin (nbconvert, papermill, voila, Quarto), where nobody could answer
    ``input()``. Others, as the consoles and nbclassic, send neither; some of them do not.
    """
    get_parent = getattr(shell, "get_parent", None)
    request = get_parent() if get_parent is not None else {}
    if request.get("metadata", {}).get("cellId"):
        return True
    return not request.get("content", {}).get("allow_stdin", False)


class EndDisplay(CellDisplay):
    """Shows the last bundle alone, once, below all that the cell has put out."""

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._shell = shell

    def show(self, bundle: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
        """Show nothing: it could not be taken away."""

    def replace(self, bundle: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
        """Show the last bundle."""
        # qtconsole ends no line behind a value.
        newline = "\n" if self._has_value() else ""
        text = f"{newline}{bundle['text/plain']}"
        # And it would make a picture of LaTeX, if it finds the programs for that.
        forms = {name: form for name, form in bundle.items() if name != "text/latex"}
        super().replace(forms | {"text/plain": text}, metadata)

    def _has_value(self) -> bool:
        """Whether the cell has shown its value."""
        return self._shell.displayhook.prompt_count in self._shell.user_ns.get("_oh", ())
