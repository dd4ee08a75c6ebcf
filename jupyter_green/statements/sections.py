"""What a statement says, section by section: the one content of all its forms."""

from __future__ import annotations

from collections.abc import Sequence

from .._version import __version__
from ..ledger.emitted import Factor, cell
from ..ledger.figures import NONE, estimated, measured
from ..ledger.groups import Group
from ..printable import printable, shortened
from ..report.format import duration, energy_so_far
from . import ai_act, boundary, carbon, neurips
from .document import Block, Document, Points, Section, Table
from .facts import Experiment, Facts
from .quantities import counted, percent, unit_for

_NAME = 40
_MOST_EXPERIMENTS = 12
_MOST_COMMITS = 5
_MOST_PROJECTS = 5
_TWICE = 1.001
"""From which the plain sum is said to hold joules more than once."""


def document(facts: Facts, factor: Factor | None = None) -> Document:
    """Return a statement.

    Parameters
    ----------
    factor
        Where it came from; without it there is no CO2e, and the statement says how to have it.
    """
    sections = (
        Section("Energy", _energy(facts, factor)),
        Section("Runs", _runs(facts)),
        Section("Stages", [_stages(facts.stages)]),
        Section("Experiments", _experiments(facts.experiments)),
        Section("Hardware and sensors", [Points(boundary.sensors(facts) or [_NO_SENSOR])]),
        Section("What the joules cover", _cover(facts)),
        Section("CO2e", [carbon.basis(factor)]),
        Section("For the NeurIPS checklist, on compute", [neurips.paragraph(facts, factor)]),
        Section("For the EU AI Act, Annex XI", ai_act.blocks(facts)),
        Section("How it was made", _how(facts)),
    )
    return Document("Energy statement", _summary(facts), sections)


_ONE_RUN = (
    "Time and joules are those of the last run that ended well. The experiment whose runs used "
    "most in all comes first."
)
_INTERVALS = (
    "± is the larger of two uncertainties: of the readings, independent from run to run, and of "
    "the scale that an instrument or a model has wrong in all its figures alike. The intervals of "
    "95 % take both at their ends."
)
_NO_SENSOR = "No sensor could be read, and nothing was estimated."


def _summary(facts: Facts) -> str:
    return (
        f"{_whose(facts)}: {counted(facts.runs, 'run')}, {period(facts)}. A run is one cell, block "
        "or program that was metered; those that failed, were interrupted or died are in all "
        "figures. Each joule counts once, also where several runs metered it. Intervals are "
        "those of 95 %."
        + (" REPLAYED: some figures were played back, not measured." if facts.replayed else "")
    )


def _whose(facts: Facts) -> str:
    if len(facts.projects) > 1:
        shown = ", ".join(map(_short, facts.projects[:_MOST_PROJECTS]))
        more = len(facts.projects) - _MOST_PROJECTS
        others = f" and {more} more" if more > 0 else ""
        return f"{len(facts.projects)} projects, {shown}{others}"
    return f"The project {_short(facts.projects[0])}" if facts.projects else "What was metered"


def period(facts: Facts) -> str:
    """Return between which days the runs began."""
    first, last = facts.first_at[:10], facts.last_at[:10]
    return f"on {first} (UTC)" if first == last else f"from {first} to {last} (UTC)"


def _energy(facts: Facts, factor: Factor | None) -> Sequence[Block]:
    spent, kept = facts.spent_kept.spent, facts.spent_kept.kept
    kinds = [
        (name, joules, shown)
        for name, joules, shown in (
            ("all runs, measured", spent.measured, measured),
            ("all runs, estimated", spent.estimated, estimated),
            ("last good runs, measured", kept.measured, measured),
            ("last good runs, estimated", kept.estimated, estimated),
        )
        if joules.shares
    ]
    if not kinds:
        return ["No joules are known of any run."]
    unit = unit_for(joules for _, joules, _ in kinds)
    head = ["", "energy", unit.name, f"95 % interval, {unit.name}", *(["CO2e"] if factor else [])]
    rows = []
    for name, joules, shown in kinds:
        grams = [cell(joules, factor)] if factor else []
        rows.append([name, shown(joules), unit.figure(joules), unit.interval(joules), *grams])
    said: list[Block] = [Table(head, rows, frozenset(range(1, len(head))))]
    total = facts.total
    said.append(
        f"{_shares(total)} The last good runs are those that the results rest on: the last run of "
        f"each cell, block or program that ended well, {kept.windows} of {facts.runs}."
    )
    once_j = total.measured.energy_j + total.estimated.energy_j
    if facts.total.sum_j > once_j * _TWICE:
        said.append(
            "Runs that were open at the same time hold the same joules, which count once here; "
            f"the runs' own figures add up to {energy_so_far(facts.total.sum_j, None)}."
        )
    if facts.between.measured.shares:
        said.append(
            "Between the runs of a session its machine used "
            f"{measured(facts.between.measured)} more, as far as counters tell, in "
            f"{duration(facts.between.duration_s)}: this is in no figure here."
        )
    return said


def _shares(total: Group) -> str:
    if not total.estimated.shares:
        return "All joules were measured, and none estimated."
    if not total.measured.shares:
        return "All joules were estimated by a model, and none measured."
    return (
        f"Of all joules {percent(total.measured, total.estimated)} were measured and "
        f"{percent(total.estimated, total.measured)} estimated by a model; the two are never added "
        "up."
    )


def _runs(facts: Facts) -> Sequence[Block]:
    head = ("", "ended well", "failed", "interrupted", "died with the program", "not measured")
    statuses = [facts.statuses.get(name, 0) for name in ("ok", "error", "interrupted", "died")]
    row = ("runs", *map(str, [*statuses, facts.total.unmeasured]))
    repeated = [each.runs for each in facts.experiments if each.runs > 1]
    within = f" ({facts.within} within others)" if facts.within else ""
    repeats = "each ran once"
    if repeated:
        repeats = f"{len(repeated)} of them ran more than once, {max(repeated)} times at most"
    said = (
        f"{counted(facts.runs, 'run')}{within} of {counted(len(facts.experiments), 'experiment')}; "
        f"{repeats}. The runs took {duration(facts.machine_s)} of machine time."
    )
    return [Table(head, [row], frozenset(range(1, len(head)))), said]


def _stages(stages: Sequence[Group]) -> Table:
    head = ("stage", "runs", "not ok", "time", "measured", "estimated")
    return Table(head, [_row(each) for each in stages], frozenset(range(1, 6)))


def _experiments(experiments: Sequence[Experiment]) -> Sequence[Block]:
    head = ("experiment", "runs", "not ok", "one run: time", "measured", "estimated")
    shown, others = experiments[:_MOST_EXPERIMENTS], experiments[_MOST_EXPERIMENTS:]
    rows = [_one_run(each) for each in shown]
    said: list[Block] = [
        Table(head, rows, frozenset(range(1, 6))),
        _ONE_RUN,
    ]
    if others:
        said.append(
            f"{counted(len(others), 'other experiment')} with {sum(each.runs for each in others)} "
            "runs used no more than any of these; all are in the totals."
        )
    return said


def _row(stage: Group) -> tuple[str, ...]:
    return (
        _short(stage.name),
        str(stage.windows),
        str(stage.failed or ""),
        duration(stage.duration_s),
        measured(stage.measured),
        estimated(stage.estimated),
    )


def _one_run(experiment: Experiment) -> tuple[str, ...]:
    last = experiment.last_good
    begin = (_short(experiment.name), str(experiment.runs), str(experiment.not_ok or ""))
    if last is None:
        return (*begin, NONE, NONE, NONE)
    return (*begin, duration(last.duration_s), measured(last.measured), estimated(last.estimated))


def _cover(facts: Facts) -> Sequence[Block]:
    points = [*boundary.covered(facts), *boundary.not_covered(facts), *boundary.remarks(facts)]
    if facts.own_share is not None:
        points.append(
            f"The metered programs' own share is ≈ {100 * facts.own_share:.0f} %, by CPU time and "
            f"the GPU driver's accounting, in the {facts.own_share_runs} of {facts.runs} runs in "
            "which it is known; the joules are those of all programs."
        )
    return [Points(points)]


def _how(facts: Facts) -> Sequence[Block]:
    meters = (f"{_meter(name)} ({counted(runs, 'run')})" for name, runs in facts.meters.items())
    points = [f"Metered by {', '.join(meters)}; stated by jupyter-green {__version__}.", _INTERVALS]
    if any(_is_imported(name) for name in facts.meters):
        points.append("Of imported runs it is not known whether they failed: they count as good.")
    if facts.commits:
        shown = [commit[:12] for commit in facts.commits[:_MOST_COMMITS]]
        more = len(facts.commits) - len(shown)
        points.append(
            f"The runs were of {counted(len(facts.commits), 'commit')}: {', '.join(shown)}"
            f"{f' and {more} more' if more else ''}."
        )
    return [Points(points)]


def _meter(version: str) -> str:
    """Return who metered: a version of ours is its number, that of another tool has its name."""
    return version if _is_imported(version) else f"jupyter-green {version}"


def _is_imported(version: str) -> bool:
    return " " in version


def _short(text: str) -> str:
    return shortened(printable(text), _NAME)
