"""``%load_ext jupyter_green`` and ``%unload_ext jupyter_green``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from ..meter.measure import on_block_end
from ..meter.shared import close_shared_meter
from ..sampler import lineage
from .cells import magic_line
from .cells.cell_meter import CellMeter
from .live.debugger import no_longer_pass_by
from .magics import EnergyMagics
from .output.cell_display import unwatch_all
from .session.reports import SessionReports

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_MAGICS = {"cell": ["energy"], "line": ["energy", "green"]}


class _Extension:
    """What was registered with one shell, so that it can be taken back."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._cells = CellMeter(shell, magic_line.options)
        self._session = SessionReports()
        self._magics = EnergyMagics(shell, self._cells, self._session)

    def register(self) -> None:
        shell = self._shell
        shell.register_magics(self._magics)
        shell.input_transformers_cleanup.append(self._cells.transform)
        shell.input_transformers_post.append(self._cells.number)
        shell.events.register("pre_run_cell", self._cells.pre_run_cell)
        shell.events.register("post_run_cell", self._cells.post_run_cell)
        self._cells.on_end = self._session.remember
        on_block_end.append(self._session.remember)

    def unregister(self) -> None:
        shell = self._shell
        self._cells.end_all()
        no_longer_pass_by()
        on_block_end.remove(self._session.remember)
        shell.events.unregister("pre_run_cell", self._cells.pre_run_cell)
        shell.events.unregister("post_run_cell", self._cells.post_run_cell)
        shell.input_transformers_cleanup.remove(self._cells.transform)
        shell.input_transformers_post.remove(self._cells.number)
        for kind, names in _MAGICS.items():
            for name in names:
                shell.magics_manager.magics[kind].pop(name, None)
        shell.magics_manager.registry.pop(type(self._magics).__name__, None)
        configurables: list[Any] = shell.configurables  # where IPython's `Magics` put itself
        configurables[:] = [one for one in configurables if one is not self._magics]


_loaded: dict[int, _Extension] = {}


def load(shell: InteractiveShell) -> None:
    """Register magics, transformer and hooks, once per shell."""
    if id(shell) not in _loaded:
        extension = _Extension(shell)
        extension.register()
        _loaded[id(shell)] = extension
        lineage.mark()  # what is started before the first metered cell is this kernel's as well


def unload(shell: InteractiveShell) -> None:
    """Take everything back, and end the sampler."""
    extension = _loaded.pop(id(shell), None)
    if extension is None:
        return
    extension.unregister()
    live = sys.modules.get(f"{__package__}.live.live_view")
    if live is not None:
        live.close_all()
    unwatch_all()
    close_shared_meter()
    lineage.unmark()
