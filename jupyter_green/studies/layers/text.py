"""The joules of layers as text: a table, the totals by type, what is left, and remarks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ...printable import printable, shortened
from ...report.format import bound, duration, energy, is_estimate, scale_words
from ...report.words import how
from .fields import KindTotal, LayerCall, LayersFields
from .figures import Figures

MOST_ROWS = 40
"""Calls that a table shows; beyond these the cheapest are one row."""
_LONGEST_NAME = 48


def text(result: LayersFields) -> str:
    """Return the result as lines of text."""
    lines = [f"{heading(result)}: {whole(result)}."]
    if result.calls:
        rows = [("layer", "type", "time", "energy", "share"), *rows_of(result)]
        totals = [("type", "calls", "time", "energy", "share"), *type_rows_of(result)]
        lines += ["", *_aligned(rows), "", *_aligned(totals), "", left_over(result)]
    return "\n".join([*lines, *remarks(result)])


def heading(result: LayersFields) -> str:
    """Say what was run: ``Net, one forward run in evaluation mode``."""
    run = "forward and backward" if result.mode == "train" else "forward"
    state = "training" if result.is_training else "evaluation"
    return f"{printable(result.model)}, {run}, in {state} mode"


def whole(result: LayersFields) -> str:
    """Say what the whole model uses in one run."""
    said = f" ({how(result.provenance)})" if is_estimate(result.provenance) else ""
    rounds = f"{result.rounds} round{'' if result.rounds == 1 else 's'}"
    used = joules(result.whole, result.provenance)
    return f"{used}{said} in {duration(result.whole.duration_s)}, {rounds}"


def remarks(result: LayersFields) -> Iterator[str]:
    """Say what all the joules have in common, and what else there is to know."""
    if result.scale_range.reach and result.whole.energy_j is not None:
        by = scale_words(result.scale_range).strip(" ,")
        yield f"All joules here may be off together by {by}; the shares are free of that."
    if is_estimate(result.provenance):
        yield "The CPU model counts busy time: what each instruction draws is in no share."
    yield from result.remarks


def rows_of(result: LayersFields) -> list[tuple[str, ...]]:
    """Return the cells of a row for each call, in order; the cheapest of very many are one row."""
    shown, others = shown_calls(result, MOST_ROWS)
    rows = [(label(call), printable(call.kind), *_cells(call.figures, result)) for call in shown]
    if others:
        duration_s = sum(call.figures.duration_s for call in others)
        rows.append((f"{len(others)} cheaper calls", "", time(duration_s), "", ""))
    return rows


def shown_calls(result: LayersFields, most: int) -> tuple[list[LayerCall], list[LayerCall]]:
    """Return the dearest calls, in the order in which they ran, and the others."""
    ranked = sorted(result.calls, key=_cost, reverse=True)
    dearest = {id(call) for call in (ranked if len(ranked) <= most else ranked[: most - 1])}
    shown = [call for call in result.calls if id(call) in dearest]
    return shown, [call for call in result.calls if id(call) not in dearest]


def _cost(call: LayerCall) -> float:
    energy_j = call.figures.energy_j
    return call.figures.duration_s if energy_j is None else energy_j


def type_rows_of(result: LayersFields) -> list[tuple[str, ...]]:
    """Return the cells of a row for each kind of layer."""
    return [
        (printable(total.kind), str(total.calls), *_cells(total.figures, result))
        for total in result.by_type.values()
    ]


def label(call: LayerCall) -> str:
    """Return a call's name, and which call of the module it is beyond the first."""
    name = shortened(printable(call.name), _LONGEST_NAME)
    return name if call.number == 1 else f"{name}, call {call.number}"


def type_words(total: KindTotal) -> str:
    """Return a kind of layer with its share: ``Conv2d × 2: 55 ± 4 %``."""
    calls = f" × {total.calls}" if total.calls > 1 else ""
    has_share = total.figures.share is not None
    return f"{printable(total.kind)}{calls}{f': {share(total.figures)}' if has_share else ''}"


def left_over(result: LayersFields) -> str:
    """Say what the layers add up to, and what is left."""
    residual = result.residual
    if residual is None or residual.share is None or residual.share_interval is None:
        return "Without joules there are no shares."
    half = 100 * residual.share_interval
    total = f"{_fixed(100 * (1 - residual.share), half)} ± {_fixed(half, half)} %"
    left = f"{share(residual, signed=True)} of the whole"
    said = f"The layers add up to {total} of the whole; what is left is {left}"
    if abs(residual.share) <= residual.share_interval:
        return f"{said}, which may be nothing."
    if residual.share > 0:
        return f"{said}: operations that belong to no layer, and what runs slower among others."
    return f"{said}: alone the layers use more than within the model."


def joules(figures: Figures, provenance: str | None) -> str:
    """Return the joules of one run, a bound where they are too small for the sensors.

    Without the scale, which all have in common.
    """
    if figures.energy_j is None:
        return "not measured"
    interval_j = figures.interval_j or 0.0
    if figures.energy_j <= 0:  # a difference, such as that of a layer that works in place
        return f"< {bound(interval_j)}"
    return energy(figures.energy_j, interval_j, provenance)


def share(figures: Figures, *, signed: bool = False) -> str:
    """Return a share of the whole in percent, a bound where its interval reaches 0."""
    if figures.share is None or figures.share_interval is None:
        return "–"
    value, half = 100 * figures.share, 100 * figures.share_interval
    if not signed and half >= value:
        return f"< {_fixed(max(value + half, half), max(value + half, half))} %"
    sign = ("+" if value >= 0 else "-") if signed else ""
    return f"{sign}{_fixed(abs(value), half)} ± {_fixed(half, half)} %"


def time(duration_s: float) -> str:
    """Return the time of one call; one that is no longer than a copy of its inputs is short."""
    return duration(max(0.0, duration_s))


def _cells(figures: Figures, result: LayersFields) -> tuple[str, ...]:
    return time(figures.duration_s), joules(figures, result.provenance), share(figures)


def _fixed(value: float, half: float) -> str:
    """Return a number of percent with the digits that its half-width supports."""
    if half <= 0:
        return f"{value:.3g}"
    decimals = max(0, -math.floor(math.log10(half)) + (1 if half < 2 else 0) - (half < 1))
    return f"{value:.{min(decimals, 3)}f}"


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows with their texts to the left and their figures to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
