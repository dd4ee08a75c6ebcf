"""A front as a table: its rows as texts, as lines and as a data frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...printable import printable
from ...report.format import metric
from ...report.frames import imported_pandas
from ...report.table import aligned
from .points import Point
from .ranking import Ranking

if TYPE_CHECKING:
    from pandas import DataFrame

_MOST_NAMED = 2


def rows(front: Ranking) -> list[list[str]]:
    """Return the head and a row for each point, by its joules."""
    name = printable(front.metric)
    head = ["run", name, "energy", "for a point more", "standing"]
    if front.floor is not None:
        head.insert(4, f"{name} per J")
    return [head, *(_row(front, point) for point in front.points)]


def figures(front: Ranking) -> frozenset[int]:
    """Return the numbers of the columns that stand to the right."""
    return frozenset(range(1, 4 if front.floor is None else 5))


def text(front: Ranking) -> str:
    """Return the table for terminals, its remarks below."""
    lines = aligned(rows(front), figures(front))
    rule = "─" * max(map(len, lines))
    return "\n".join([lines[0], rule, *lines[1:], *front.remarks])


def frame(front: Ranking) -> DataFrame:
    """Return a pandas DataFrame with a row for each point."""
    pandas = imported_pandas()
    per_point_j = {step.end.label: step.energy_j for step in front.steps}
    found = [
        {
            front.metric: point.metric,
            "energy_j": point.energy_j,
            "uncertainty_j": point.uncertainty_j,
            "scale_low": point.scale_range.low,
            "scale_high": point.scale_range.high,
            "unit": point.unit,
            "standing": front.standing(point),
            "is_knee": point == front.knee,
            "energy_per_point_j": per_point_j.get(point.label),
            "metric_per_joule": front.metric_per_joule(point),
        }
        for point in front.points
    ]
    index = pandas.Index([point.label for point in front.points], name="run", dtype=object)
    made: DataFrame = pandas.DataFrame(found, index=index)
    return made.astype({"energy_per_point_j": float, "metric_per_joule": float})


def _row(front: Ranking, point: Point) -> list[str]:
    step = next((step for step in front.steps if step.end == point), None)
    row = [
        point.label,
        metric(point.metric),
        point.joules,
        step.joules if step else "",
        _standing(front, point),
    ]
    if front.floor is not None:
        per_joule = front.metric_per_joule(point)
        row.insert(4, "–" if per_joule is None else metric(per_joule))
    return row


def _standing(front: Ranking, point: Point) -> str:
    standing = front.standing(point)
    if standing == "front":
        return "front, knee" if point == front.knee else "front"
    rivals = front.rivals(point)
    named = ", ".join(rivals[:_MOST_NAMED])
    more = f" and {len(rivals) - _MOST_NAMED} more" if len(rivals) > _MOST_NAMED else ""
    return f"{standing} {'by' if standing == 'dominated' else 'with'} {named}{more}"
