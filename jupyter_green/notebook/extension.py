"""``%load_ext jupyter_green`` and ``%unload_ext jupyter_green``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..meter.measure import on_block_end
from ..meter.shared import close_shared_meter
from ..report.report import Report
from ..sampler import lineage
from ..statements.sessions import sessions
from .cells import magic_line
from .cells.cell_meter import CellMeter
from .completion import Completion
from .live.debugger import no_longer_pass_by
from .magics import EnergyMagics
from .output.cell_display import unwatch_all
from .session.reports import SessionReports

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_MAGICS = {"cell": ["energy", "energy_variant"], "line": ["energy", "green"]}
_HOST_TARGET = "jupyter-green.host"
"""What a panel opens a comm to that shows what the machine draws."""


class _Extension:
    """What was registered with one shell, so that it can be taken back."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._cells = CellMeter(shell, magic_line.options)
        self._session = SessionReports()
        self._magics = EnergyMagics(shell, self._cells, self._session)
        self._completion = Completion(shell, self._magics.commands())

    def register(self) -> None:
        shell = self._shell
        shell.register_magics(self._magics)
        self._completion.register()
        shell.input_transformers_cleanup.append(self._cells.transform)
        shell.input_transformers_post.append(self._cells.number)
        shell.events.register("pre_run_cell", self._cells.pre_run_cell)
        shell.events.register("post_run_cell", self._cells.post_run_cell)
        self._cells.on_end = self._session.remember
        on_block_end.append(self._session.remember)
        sessions.append(self._reports)
        if (comms := self._comms) is not None:
            comms.register_target(_HOST_TARGET, _host_opened)

    def unregister(self) -> None:
        shell = self._shell
        self._cells.end_all()
        self._completion.unregister()
        no_longer_pass_by()
        on_block_end.remove(self._session.remember)
        sessions.remove(self._reports)
        if (comms := self._comms) is not None:
            comms.unregister_target(_HOST_TARGET, _host_opened)
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

    def _reports(self) -> Sequence[Report]:
        return [each.report for each in self._session.all()]

    @property
    def _comms(self) -> Any:
        """What front ends open comms with; ``None`` where there is no kernel."""
        return getattr(getattr(self._shell, "kernel", None), "comm_manager", None)


def _host_opened(comm: Any, message: Any) -> None:
    from .live.host_feed import HostFeed

    HostFeed(comm).renew(message)


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
    host = sys.modules.get(f"{__package__}.live.host_feed")
    if host is not None:
        host.close_all()
    unwatch_all()
    close_shared_meter()
    lineage.unmark()
