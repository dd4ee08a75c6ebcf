"""jupyter-green: a live energy meter for notebook cells.

``%load_ext jupyter_green`` in a notebook, then ``%%energy`` on a cell; or
``with jupyter_green.measure("fit") as m: …`` in any Python program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import pages
from ._version import __version__

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from . import carbon, ledger
    from .cluster.measure import measure
    from .meter.marking import mark, marked
    from .meter.measured import measured
    from .meter.meter import Meter
    from .meter.shared import discover
    from .meter.window import Window
    from .notebook.block import live
    from .report.report import Report
    from .sources.base import Discovery
    from .statements.model_card import model_card
    from .statements.sci import Embodied, sci
    from .studies import hpo
    from .studies.compare.compare import compare
    from .studies.compare.study import Study
    from .studies.layers.study import layers
    from .studies.lifetime import breakeven, greeness
    from .studies.loops.epochs import epochs
    from .studies.pareto.front import pareto

__all__ = [
    "Discovery",
    "Embodied",
    "Meter",
    "Report",
    "Study",
    "Window",
    "__version__",
    "breakeven",
    "carbon",
    "compare",
    "discover",
    "epochs",
    "greeness",
    "hpo",
    "layers",
    "ledger",
    "live",
    "load_ipython_extension",
    "mark",
    "marked",
    "measure",
    "measured",
    "model_card",
    "pareto",
    "sci",
    "unload_ipython_extension",
]

# The sampler's process imports this package as well, and must start at once:
# what is public is imported when it is first used.
_HOMES = {
    "Discovery": "sources.base",
    "Embodied": "statements.sci",
    "Meter": "meter.meter",
    "Report": "report.report",
    "Study": "studies.compare.study",
    "Window": "meter.window",
    "breakeven": "studies.lifetime",
    "compare": "studies.compare.compare",
    "discover": "meter.shared",
    "epochs": "studies.loops.epochs",
    "greeness": "studies.lifetime",
    "layers": "studies.layers.study",
    "live": "notebook.block",
    "mark": "meter.marking",
    "marked": "meter.marking",
    "measure": "cluster.measure",
    "measured": "meter.measured",
    "model_card": "statements.model_card",
    "pareto": "studies.pareto.front",
    "sci": "statements.sci",
}


# Rooms that are used by their name, such as `jg.hpo.objective`.
_ROOMS = {"carbon": "carbon", "hpo": "studies.hpo", "ledger": "ledger"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES and name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    if name in _ROOMS:
        return import_module(f".{_ROOMS[name]}", __name__)
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


# Who writes the pages of values, by the same rule.
_WRITERS = {
    "Comparison": "notebook.output.comparison",
    "Front": "notebook.output.front",
    "Layers": "notebook.output.layers",
    "Repeats": "notebook.output.repeats",
    "Report": "notebook.output.bundle",
    "SearchEnergy": "notebook.output.search",
    "Study": "notebook.output.study",
}


def _writer_of(kind: str) -> pages.Writer:
    from importlib import import_module

    writer: pages.Writer = import_module(f".{_WRITERS[kind]}", __name__).html
    return writer


def _latex(text: str) -> str | None:
    from .notebook.output.latex import columns

    return columns(text)


pages.writer_of = _writer_of
pages.latex = _latex


def __dir__() -> list[str]:
    return __all__


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Make ``%%energy`` and ``%green`` known to IPython: ``%load_ext jupyter_green``."""
    from .notebook.extension import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take everything back that :func:`load_ipython_extension` did."""
    from .notebook.extension import unload

    unload(shell)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Tell JupyterLab where the built sidebar is."""
    return [{"src": "labextension", "dest": "jupyter-green"}]
