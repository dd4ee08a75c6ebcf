"""The shares of layers as a matplotlib figure, in the order in which they run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ...printable import printable, shortened
from ...report.colours import shade
from ...report.figure import ReportFigure, figure_of
from ...report.members import Kind
from .figures import Figures
from .text import label, shown_calls, type_words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from .fields import LayersFields

MOST_BARS = 30
_GREY = "#7c7f84"
_LONGEST_NAME = 32
_ROW_IN = 0.24
_BESIDE_ROWS_IN = 1.1
_MOST_KINDS = 11
_HUES: tuple[Kind, ...] = ("cpu", "dram", "gpu", "other")


def figure(result: LayersFields, ax: Axes | None = None, *, width_in: float = 7.0) -> Figure:
    """Return a figure with a bar for each call and one for what is left.

    A bar is the share of the whole model's joules, of its seconds where there are no joules;
    the line on it is the 95 % interval. Of very many calls the dearest are drawn.

    Parameters
    ----------
    result
        What to draw.
    ax
        Axes to draw in, instead of a figure of its own.
    width_in
        Width of a figure of its own, in inches.
    """
    if ax is not None:
        _draw(result, ax, is_own=False)
        return figure_of(ax)
    bars = min(len(result.calls), MOST_BARS) + 1
    kinds = min(len(result.by_type), _MOST_KINDS + 1)
    height_in = _ROW_IN * (bars + (kinds + 2) // 3) + _BESIDE_ROWS_IN
    made = ReportFigure(figsize=(width_in, height_in))
    made.set_layout_engine("constrained")
    _draw(result, made.add_subplot(), is_own=True)
    return made


def _draw(result: LayersFields, ax: Axes, *, is_own: bool) -> None:
    shown, others = shown_calls(result, MOST_BARS)
    has_joules = result.whole.share is not None
    colours = _colours(list(result.by_type))
    bars = [
        (shortened(label(call), _LONGEST_NAME), call.figures, colours[call.kind]) for call in shown
    ]
    if result.residual is not None:
        bars.append(("between the layers", result.residual, _GREY))
    else:
        bars.append(("whole model", result.whole, _GREY))
    for place, (_, part, colour) in enumerate(bars):
        is_residual = part is result.residual
        value, half = _percent(part, result)
        ax.barh(
            place,
            value,
            color="none" if is_residual else colour,
            edgecolor=colour,
            hatch="///" if is_residual else None,
            height=0.7,
        )
        if half:
            ax.errorbar(value, place, xerr=half, color=_GREY, capsize=2, linewidth=1)
    ax.set_yticks(range(len(bars)), [name for name, _, _ in bars], fontsize=8)
    ax.invert_yaxis()
    ax.axvline(0, color=_GREY, linewidth=0.8)
    ax.tick_params(axis="x", labelsize=8)
    unit = "joules" if has_joules else "seconds"
    beyond = f"; {len(others)} cheaper calls are not drawn" if others else ""
    ax.set_xlabel(f"Share of the whole model's {unit} (%){beyond}", fontsize=8)
    ax.set_title(_title(result), loc="left", fontsize=9)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    _explain(result, ax, colours, is_own=is_own)


def _title(result: LayersFields) -> str:
    run = "forward and backward" if result.mode == "train" else "forward"
    rounds = f"{result.rounds} round{'' if result.rounds == 1 else 's'}"
    return f"{printable(result.model)}, {run}, {rounds}"


def _percent(part: Figures, result: LayersFields) -> tuple[float, float]:
    """Return a share and its half-width, in percent."""
    if part.share is not None:
        return 100 * part.share, 100 * (part.share_interval or 0.0)
    whole_s = result.whole.duration_s
    return (100 * part.duration_s / whole_s if whole_s > 0 else 0.0), 0.0


def _colours(kinds: Sequence[str]) -> dict[str, str]:
    """Return a colour for each kind of layer; neighbours differ in hue."""
    return {kind: shade(_HUES[n % len(_HUES)], n // len(_HUES)) for n, kind in enumerate(kinds)}


def _explain(result: LayersFields, ax: Axes, colours: dict[str, str], *, is_own: bool) -> None:
    """Name the kinds below the axes, with the total of each."""
    shown = list(result.by_type.values())[:_MOST_KINDS]
    handles: list[Artist] = [
        Patch(color=colours[total.kind], label=type_words(total)) for total in shown
    ]
    rest = len(result.by_type) - len(shown)
    if rest:
        handles.append(Patch(color="none", label=f"and {rest} more types"))
    if not handles:
        return
    if is_own:
        ax.figure.legend(
            handles=handles, loc="outside lower left", ncols=3, fontsize=8, frameon=False
        )
    else:
        ax.legend(handles=handles, loc="best", fontsize=7, framealpha=0.8)
