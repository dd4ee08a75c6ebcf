"""``%load_ext jupyter_green`` and ``%unload_ext jupyter_green``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from . import magic_line
from .cells import CellMeter
from .magics import EnergyMagics

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_MAGICS = {"cell": ["energy"], "line": ["energy", "green"]}


class _Extension:
    """What was registered with one shell, so that it can be taken back."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._cells = CellMeter(shell, lambda flags: magic_line.options(flags, self._magics.parser))
        self._magics = EnergyMagics(shell, self._cells)

    def register(self) -> None:
        shell = self._shell
        shell.register_magics(self._magics)
        shell.input_transformers_cleanup.append(self._cells.transform)
        shell.events.register("pre_run_cell", self._cells.pre_run_cell)
        shell.events.register("post_run_cell", self._cells.post_run_cell)

    def unregister(self) -> None:
        shell = self._shell
        self._cells.end_all()
        shell.events.unregister("pre_run_cell", self._cells.pre_run_cell)
        shell.events.unregister("post_run_cell", self._cells.post_run_cell)
        shell.input_transformers_cleanup.remove(self._cells.transform)
        for kind, names in _MAGICS.items():
            for name in names:
                shell.magics_manager.magics[kind].pop(name, None)
        shell.magics_manager.registry.pop(type(self._magics).__name__, None)


_loaded: dict[int, _Extension] = {}


def load(shell: InteractiveShell) -> None:
    """Register magics, transformer and hooks, once per shell."""
    if id(shell) not in _loaded:
        extension = _Extension(shell)
        extension.register()
        _loaded[id(shell)] = extension


def unload(shell: InteractiveShell) -> None:
    """Take everything back, and end the sampler."""
    from ..meter.meter import close_shared_meter

    extension = _loaded.pop(id(shell), None)
    if extension is None:
        return
    extension.unregister()
    live = sys.modules.get(f"{__package__}.live")
    if live is not None:
        live.close_all()
    close_shared_meter()
