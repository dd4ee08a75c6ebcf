"""The page as a whole: head, periods, groups, spent against kept, the dearest cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ..._version import __version__
from ...report.format import duration, percent
from .. import emitted, figures
from ..emitted import Factor
from ..groups import Group, Joules
from ..overview import Overview, Period, Work
from ..tables import remarks
from .columns import Column, columns
from .markup import element, table, text
from .reach import reach_j
from .trend import trend

_STYLE = Path(__file__).with_name("page.css")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""No browser lets the page ask for anything, whatever a name in it says."""
_HATCH = (
    '<svg width="0" height="0" aria-hidden="true"><pattern id="hatch" width="5" height="5" '
    'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" '
    'width="5" height="5"/><rect class="hatch-line" width="2.4" height="5"/></pattern></svg>'
)
_FILLS = {"measured": "var(--joules)", "estimated": "url(#hatch)"}
_LABELS = {
    "day": "{day.day} {day:%b}",
    "week": "{day.day} {day:%b %Y}",
    "month": "{day:%b %Y}",
    "year": "{day.year}",
}
_MOST_ROWS = 10
_MOST_FOLDED = 500
_TITLES = {
    "notebook": "Notebooks",
    "stage": "Stages",
    "project": "Projects",
    "commit": "Commits",
}


class Emitted(NamedTuple):
    """By what joules become grams of CO2e, if a place is known, and who says it."""

    factor: Factor | None = None
    who: str = ""


def page(found: Overview, about: str, by: Emitted = Emitted()) -> str:  # noqa: B008  (immutable)
    """Return the page as HTML.

    Parameters
    ----------
    found
        What it tells.
    about
        What the windows are of, such as ``"~/thesis"``.
    by
        Where the electricity was from.
    """
    body = "".join(_body(found, by)) if found.total.windows else "<p>Nothing was metered then.</p>"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>Energy of {text(about)}</title><style>{_STYLE.read_text('utf-8')}</style></head>"
        f"<body>{_HATCH}<main><h1>Energy of {text(about)}</h1>{body}</main></body></html>\n"
    )


def _body(found: Overview, by: Emitted) -> Iterator[str]:
    kinds = _kinds(found.total)
    yield _period_of(found)
    yield _tiles(found, kinds, by.factor)
    yield _over_time(found, kinds)
    yield _section("Spent and kept", _spent_and_kept(found, kinds))
    yield '<div class="pair">' if len(kinds) == 1 else '<div class="stack">'
    for way, title in _TITLES.items():
        groups = found.groups[way]
        if len(groups) > 1 or way == "notebook":
            yield _section(title, _groups(title, groups, kinds))
    yield "</div>"
    if found.dearest:
        yield _section("The dearest cells", _dearest(found.dearest, kinds))
    yield _foot(found.total, by)


def _kinds(group: Group) -> list[str]:
    """Return the kinds of joules that there are: they are never one number."""
    return [kind for kind in _FILLS if _joules(group, kind).shares]


def _joules(group: Group | Work, kind: str) -> Joules:
    return group.measured if kind == "measured" else group.estimated


def _figure(joules: Joules, kind: str) -> str:
    return text(figures.measured(joules) if kind == "measured" else figures.estimated(joules))


def _section(title: str, content: str) -> str:
    return element("section", f"<h2>{title}</h2>{content}")


def _period_of(found: Overview) -> str:
    first, last = found.periods[0], found.periods[-1]
    words = first.name if first is last else f"{first.name} to {last.name}"
    return element("p", words, class_="quiet")


def _tiles(found: Overview, kinds: Sequence[str], factor: Factor | None) -> str:
    total = found.total
    tiles = [(_figure(_joules(total, kind), kind), f"{kind} joules") for kind in kinds]
    if not kinds:
        tiles = [("not measured", "no sensor could be read")]
    if factor is not None:
        tiles += [
            (text(emitted.cell(_joules(total, kind), factor)), f"CO2e of the {kind} joules")
            for kind in kinds
        ]
    if (pauses := found.between).measured.shares:
        tiles.append((_figure(pauses.measured, "measured"), "between cells, in no other figure"))
    tiles.append((duration(total.duration_s), "metered time"))
    failed = f"{total.failed:,} did not end well" if total.failed else "all ended well"
    tiles.append((f"{total.windows:,}", f"windows; {failed}"))
    return element(
        "dl", "".join(f"<div><dt>{words}</dt><dd>{figure}</dd></div>" for figure, words in tiles)
    )


def _over_time(found: Overview, kinds: Sequence[str]) -> str:
    title = f"Joules per {found.unit}"
    charts = []
    for kind in kinds:
        shown = [_column(period, kind, found.unit) for period in found.periods]
        charts.append(
            element("figure", f"<figcaption>{kind}</figcaption>{columns(shown, _FILLS[kind])}")
        )
    rows = [
        [period.name, *_cells(period.group, kinds)]
        for period in found.periods
        if period.group.windows
    ]
    head = [found.unit, *kinds, "time", "windows", "not ok"]
    as_table = table(title, head, rows)
    return _section(title, "".join(charts) + _folded("As a table", as_table))


def _column(period: Period, kind: str, unit: str) -> Column:
    joules = _joules(period.group, kind)
    label = _LABELS[unit].format(day=period.first)
    figure = figures.measured(joules) if kind == "measured" else figures.estimated(joules)
    words = f"{period.name}: {figure}, {_windows(period.group.windows)}"
    return Column(label, words, joules.energy_j, reach_j(joules))


def _windows(count: int) -> str:
    return "1 window" if count == 1 else f"{count:,} windows"


def _cells(group: Group, kinds: Sequence[str]) -> list[str]:
    return [
        *(_figure(_joules(group, kind), kind) for kind in kinds),
        duration(group.duration_s),
        f"{group.windows:,}",
        f"{group.failed:,}" if group.failed else "",
    ]


def _folded(title: str, content: str) -> str:
    inside = f'<div class="wide" tabindex="0" role="region" aria-label="{title}">{content}</div>'
    return f"<details><summary>{title}</summary>{inside}</details>"


def _spent_and_kept(found: Overview, kinds: Sequence[str]) -> str:
    spent, kept = found.spent_kept.spent, found.spent_kept.kept
    rows = []
    for kind in kinds:
        all_of_it = spent.measured if kind == "measured" else spent.estimated
        last = kept.measured if kind == "measured" else kept.estimated
        share = min(1.0, last.energy_j / all_of_it.energy_j) if all_of_it.energy_j else 0.0
        bar = (
            '<svg class="bar tall" aria-hidden="true">'
            '<rect class="room" width="100%" height="100%"/>'
            f'<rect width="{100 * share:.2f}%" height="100%" fill="{_FILLS[kind]}"/></svg>'
        )
        rows.append([kind, bar, _figure(all_of_it, kind), _figure(last, kind), percent(share)])
    head = ["joules", '<span class="unseen">share</span>', "spent", "kept", "share kept"]
    said = (
        "<p>Kept is what the last good run of each cell used; the rest went into earlier runs, and "
        f"into those that failed or were interrupted. {kept.windows:,} of "
        f"{_windows(spent.windows)} are such a last good run.</p>"
    )
    return said + _wide("Spent and kept", table("Spent and kept", head, rows, "bars"))


def _groups(title: str, groups: Sequence[Group], kinds: Sequence[str]) -> str:
    most_j = {kind: max(_joules(group, kind).energy_j for group in groups) for kind in kinds}
    rows = [
        [
            text(group.name),
            *(_with_bar(group, kind, most_j[kind]) for kind in kinds),
            duration(group.duration_s),
            f"{group.windows:,}",
            f"{group.failed:,}" if group.failed else "",
        ]
        for group in groups[:_MOST_FOLDED]
    ]
    head = [title[:-1].lower(), *kinds, "time", "windows", "not ok"]
    content = _wide(title, table(title, head, rows[:_MOST_ROWS], "bars"))
    if more := rows[_MOST_ROWS:]:
        content += _folded(f"{len(more)} more", table(f"More {title.lower()}", head, more, "bars"))
    if left_out := len(groups) - len(rows):
        content += f'<p class="quiet">{left_out:,} others used less than each of these.</p>'
    return content


def _with_bar(group: Group, kind: str, most_j: float) -> str:
    joules = _joules(group, kind)
    width = 100 * joules.energy_j / most_j if most_j else 0.0
    bar = (
        f'<svg class="bar" aria-hidden="true"><rect width="{width:.2f}%" height="100%" '
        f'fill="{_FILLS[kind]}"/></svg>'
        if joules.shares
        else ""
    )
    return f"{_figure(joules, kind)}{bar}"


def _wide(title: str, content: str) -> str:
    """Return what may be wider than the page, and is then moved by hand or by the keyboard."""
    return element("div", content, class_="wide", tabindex=0, role="region", aria_label=title)


def _dearest(works: Sequence[Work], kinds: Sequence[str]) -> str:
    rows = []
    for work in works:
        good = [run for run in work.runs if run.status == "ok"]
        failed = len(work.runs) - len(good)
        runs = f"{len(work.runs):,}" + (f", {failed:,} not ok" if failed else "")
        where = f'<br><span class="quiet">{text(work.notebook)}</span>' if work.notebook else ""
        rows.append(
            [
                text(work.name) + where,
                "<br>".join(
                    f for kind in kinds if (f := _figure(_joules(work, kind), kind)) != figures.NONE
                ),
                runs,
                text(figures.of_window(good[-1])) if good else figures.NONE,
                trend(work.runs),
            ]
        )
    head = ["cell or label", "all runs", "runs", "last good run", "trend"]
    said = (
        "<p>The trend has a dot for each of the last 50 runs, from 0 at its foot; a ring is a run "
        "that did not end well.</p>"
    )
    return said + _wide("The dearest cells", table("The dearest cells", head, rows))


def _foot(total: Group, by: Emitted) -> str:
    said = (
        "Joules that several windows or programs metered at the same time count once.",
        "± and the thin lines are 95 % intervals.",
        "≈ and hatching mark estimates, which are never added to what was measured.",
        *remarks(total),
        *emitted.remarks(by.factor),
        by.who,
    )
    lines = "".join(f"<p>{text(line, 400)}</p>" for line in said if line)
    return element("footer", f"{lines}<p>jupyter-green {__version__}</p>")
