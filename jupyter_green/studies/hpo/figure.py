"""A search as a matplotlib figure: the best value so far against the joules so far."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...report.colours import ENERGY_COLOUR, SHADES
from ...report.figure import ReportFigure
from ...report.format import is_estimate, metric, percent, prefix
from . import text
from .parts import SearchParts, TrialEnergy

_GREY = "#7c7f84"
_VALUE = SHADES["cpu"][0]
_POINTS = 9.0
_SIZE_IN = (7.0, 3.2)


def figure(search: SearchParts) -> Figure:
    """Return a figure of the best value, each trial, the target, and what is past the knee.

    Where joules are not known trial by trial, the axis counts trials.
    """
    made = ReportFigure(figsize=_SIZE_IN)
    made.set_layout_engine("constrained")
    ax = made.add_subplot()
    ax.tick_params(labelsize=_POINTS)
    ax.grid(visible=True, axis="y", color=_GREY, alpha=0.25, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_title(text.heading(search).replace("$", r"\$"), loc="left", fontsize=_POINTS, wrap=True)
    ends, label = _ends(search)
    ax.set_xlabel(label, fontsize=_POINTS)
    ax.set_ylabel("Value", fontsize=_POINTS)
    _draw_best(search, ax, ends)
    _draw_trials(search, ax, ends)
    if search.target is not None:
        ax.axhline(search.target, color=_GREY, linewidth=0.9, linestyle=(0, (5, 2.5)),
                   label=f"target {metric(search.target)}")  # fmt: skip
    _draw_knee(search, ax, ends)
    ax.set_xlim(0, max(ends, default=1.0) * 1.01 or 1.0)
    ax.xaxis.set_major_locator(MaxNLocator(7))
    ax.yaxis.set_major_locator(MaxNLocator(5))
    made.legend(
        loc="outside lower center", ncols=6, fontsize=_POINTS, frameon=False, columnspacing=1.2
    )
    return made


def _ends(search: SearchParts) -> tuple[list[float], str]:
    """Return where each trial ends on the axis, and what the axis says."""
    whole = search.total
    if whole is None or not whole.energy_j or not search.is_divided:
        return [float(n + 1) for n in range(len(search.trials))], "Trials"
    size, letter = prefix(whole.energy_j)
    joules = [(t.report.energy_j or 0.0) / size for t in search.trials if t.report is not None]
    estimated = ", estimated" if is_estimate(whole.provenance) else ""
    return list(accumulate(joules)), f"Energy of the trials so far ({letter}J{estimated})"


def _draw_best(search: SearchParts, ax: Axes, ends: Sequence[float]) -> None:
    found = [math.nan if best is None else best for best in search.best_so_far]
    if any(not math.isnan(best) for best in found):
        ax.plot(ends, found, drawstyle="steps-post", color=_VALUE, linewidth=1.6, label="best")


def _draw_trials(search: SearchParts, ax: Axes, ends: Sequence[float]) -> None:
    """Draw complete trials where they are; those without a value at the foot."""
    pairs = list(zip(search.trials, ends, strict=True))
    done = [(t, end) for t, end in pairs if t.state == "complete" and t.value is not None]
    ax.plot([end for _, end in done], [t.value or 0.0 for t, _ in done], "o", color=_VALUE,
            markersize=4, alpha=0.6, linestyle="none", label="trial")  # fmt: skip
    _draw_marks(ax, pairs, "x", "pruned", lambda t: t.state == "pruned")
    _draw_marks(ax, pairs, "|", "failed", lambda t: t.state == "failed")


def _draw_marks(
    ax: Axes,
    pairs: Sequence[tuple[TrialEnergy, float]],
    marker: str,
    label: str,
    is_meant: Callable[[TrialEnergy], bool],
) -> None:
    at = [end for trial, end in pairs if is_meant(trial)]
    if at:
        ax.plot(at, [0.03] * len(at), marker, color=_GREY, markersize=6, linestyle="none",
                transform=ax.get_xaxis_transform(), label=label)  # fmt: skip


def _draw_knee(search: SearchParts, ax: Axes, ends: Sequence[float]) -> None:
    knee = search.knee_trial
    if knee is None or search.past_knee is None or not search.is_divided:
        return
    at = next(e for t, e in zip(search.trials, ends, strict=True) if t.number == knee.number)
    share = search.share(search.past_knee)
    label = "past the knee" if share is None else f"past the knee: {percent(share)}"
    ax.axvspan(at, max(ends), color=ENERGY_COLOUR, alpha=0.12, linewidth=0, label=label)
