"""A comparison's rows: one for each variant and one for each pair, as text, LaTeX and a frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from ...latex import escaped
from ...printable import printable
from ...report.format import duration, with_prefix
from ...report.frames import imported_pandas
from ...report.table import aligned
from . import text
from .fields import StudyFields
from .pair import Pair
from .verdict import signed

if TYPE_CHECKING:
    from pandas import DataFrame


def table(study: StudyFields) -> str:
    """Return the verdicts, a row for each variant and one for each pair, and the remarks."""
    parts = [*text.verdicts(study)]
    if study.pairs:
        for rows in (variant_rows(study), pair_rows(study)):
            parts += ["", *(f"  {line}" for line in aligned(rows, range(1, len(rows[0]))))]
        parts.append("")
    return "\n".join([*parts, *text.remarks(study)])


def latex(study: StudyFields) -> str:
    """Return the same rows as two LaTeX tables, one below the other."""
    if not study.pairs:
        return "\n".join(map(_escaped, text.verdicts(study)))
    return "\n\n".join(_tabular(rows) for rows in (variant_rows(study), pair_rows(study)))


def frame(study: StudyFields) -> DataFrame:
    """Return a row for each run, in the order in which they ran.

    Raises
    ------
    ImportError
        Without pandas.
    """
    pandas = imported_pandas()
    rows = [
        {
            "round": run.round,
            "variant": printable(run.variant),
            "joules_per_unit": run.joules_per_unit,
            "energy_j": run.energy_j,
            "uncertainty_j": run.report.uncertainty_j,
            "duration_s": run.report.duration_s,
            "mean_power_w": run.report.mean_power_w,
            "loops": run.loops,
            "units": run.units,
            "rest_s": run.rest_s,
            "provenance": run.report.provenance,
            "started_at": run.report.started_at,
            "is_disturbed": run.round in study.disturbed,
        }
        for run in study.runs
    ]
    made: DataFrame = pandas.DataFrame(rows)
    made.attrs = {
        "unit": printable(study.unit),
        "seed": study.seed,
        "margin": study.margin,
        "until": study.until,
        "status": study.status,
        "verdicts": list(text.verdicts(study)),
    }
    return made


def variant_rows(study: StudyFields) -> list[tuple[str, ...]]:
    """Return the head and a row for each variant; only of a study that can be compared."""
    unit = printable(study.unit)
    head = ("variant", f"energy/{unit}", "s.d.", f"time/{unit}", "power", "rounds")
    largest_j = max(fmean(study.values(name)) for name in study.variants)
    return [head, *(_variant_row(study, name, largest_j) for name in study.variants)]


def _variant_row(study: StudyFields, name: str, largest_j: float) -> tuple[str, ...]:
    values = study.values(name)
    runs = [run for run in study.runs if run.variant == name]
    mean_j = fmean(values)
    powers_w = [w for run in runs if (w := run.report.mean_power_w) is not None]
    mark = "≈ " if study.is_estimate else ""
    digits = 2 if study.is_estimate else _digits_of_mean(values)
    return (
        name,
        f"{mark}{with_prefix(mean_j, 'J', digits, largest_j)}",
        f"{100 * stdev(values) / mean_j:.1f} %" if len(values) > 1 else "",
        duration(fmean(run.report.duration_s / run.units for run in runs)),
        f"{mark}{with_prefix(fmean(powers_w), 'W', min(3, digits))}" if powers_w else "",
        str(len(runs)),
    )


def _digits_of_mean(values: Sequence[float]) -> int:
    """Return how many digits of a mean its runs support, 2 to 4."""
    if len(values) < 2:
        return 2
    reach = 2 * stdev(values) / math.sqrt(len(values))
    if reach <= 0:
        return 4
    first, uncertain = (math.floor(math.log10(each)) for each in (fmean(values), reach))
    return min(4, max(2, 1 + first - uncertain))


def pair_rows(study: StudyFields) -> list[tuple[str, ...]]:
    """Return the head and a row for each pair."""
    several = len(study.pairs) > 1
    head = ("pair", "difference", "95 % CI", "p", *(["p (Holm)"] if several else []))
    head += ("Welch", "Mann–Whitney", "Hedges' g", "Cliff's delta")
    return [head, *(_pair_row(pair, several=several) for pair in study.pairs)]


def _pair_row(pair: Pair, *, several: bool) -> tuple[str, ...]:
    return (
        f"{pair.other} / {pair.reference}",
        f"{100 * (pair.ratio - 1):+.1f} %",
        signed(pair.interval),
        _p(pair.p),
        *([_p(pair.p_adjusted)] if several else []),
        _p(pair.tests.welch_p),
        _p(pair.tests.mann_whitney_p),
        f"{pair.tests.hedges_g:+.2f}",
        f"{pair.tests.cliffs_delta:+.2f}",
    )


def _p(value: float) -> str:
    return "–" if value != value else "<0.001" if value < 0.001 else f"{value:.3f}"  # noqa: PLR0124


def _tabular(rows: Sequence[Sequence[str]]) -> str:
    head, *others = [" & ".join(map(_escaped, row)) + r" \\" for row in rows]
    columns = "l" + "r" * (len(rows[0]) - 1)
    lines = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", head, r"\midrule", *others]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


def _escaped(words: str) -> str:
    return escaped(printable(words))
