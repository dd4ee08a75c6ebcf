"""What a ledger or a session's reports say of a project, as one value that every form is made of.

The same windows give the same facts, whatever the order in which they come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..ledger.groups import Group, add_window, grouped, own_of
from ..ledger.kept import SpentKept, last_good, outermost, spent_and_kept, thing_of
from ..ledger.metered import Metered
from ..ledger.pauses import BETWEEN
from ..report.fields import DomainReport
from ..report.members import KINDS, Kind, kind_of
from ..report.report import Report
from ..report.stages import UNTAGGED, order_of
from ..report.words import is_replayed
from ..sources.base import Provenance

UNLABELLED = "unlabelled"


@dataclass(frozen=True)
class Scope:
    """What the facts are of."""

    project: str | None = None
    """A project's folder; ``None`` where it is not by project."""
    since: str | None = None
    until: str | None = None
    """The days that were asked for, as they were given."""


@dataclass(frozen=True)
class Experiment:
    """Runs of the same cell, block or program, with what ran within them."""

    name: str
    runs: int
    not_ok: int
    spent: Group
    """What all runs used."""
    last_good: Group | None
    """All joules of the last run that ended well, also those that other runs metered as well;
    ``None`` where none did."""


class _Instrument(NamedTuple):
    """The first fields of a :class:`Sensor`."""

    device: str
    kind: Kind
    source: str
    provenance: Provenance
    factor: float | None
    scale_source: str


@dataclass(frozen=True)
class Sensor:
    """An instrument or a model, and the devices whose joules it told."""

    device: str
    kind: Kind
    source: str
    provenance: Provenance
    factor: float | None
    """Of its scale: the true joules are within the figure / `factor` and x `factor`, at 95 %."""
    scale_source: str
    resolution_s: float
    """The longest period at which it was refreshed."""
    count: int
    """How many such devices were metered in one run."""
    runs: int


@dataclass(frozen=True)
class Absence:
    """What could not be read, and in how many runs."""

    id: str
    reason: str
    runs: int


@dataclass(frozen=True)
class Facts:
    """All that a statement says, in joules, seconds and numbers of runs."""

    scope: Scope
    first_at: str
    """When the first run began, RFC 3339, UTC."""
    last_at: str
    statuses: Mapping[str, int]
    """Runs by ``ok``, ``error``, ``interrupted`` and ``died``."""
    within: int
    """Runs that lie within another one, as a block within a cell does."""
    replayed: int
    """Runs whose joules were played back from a recording."""
    total: Group
    machine_s: float
    """Seconds in which a run was open, of each machine once."""
    spent_kept: SpentKept
    stages: tuple[Group, ...]
    experiments: tuple[Experiment, ...]
    """The dearest first."""
    sensors: tuple[Sensor, ...]
    absences: tuple[Absence, ...]
    flags: Mapping[str, int]
    """In how many runs a flag was set, of a window or of a domain that counts."""
    own_share: float | None
    """The metered programs' own share of the joules, an estimate, 0 to 1; ``None`` where it is
    known of no run."""
    own_share_runs: int
    """In how many runs it is known."""
    projects: tuple[str, ...]
    commits: tuple[str, ...]
    """In the order of their first runs."""
    meters: Mapping[str, int]
    """Runs by the version that metered them, or by what they were imported from."""
    between: Group
    """What sessions used between their runs, which is in none of the others."""

    @property
    def runs(self) -> int:
        """All runs."""
        return self.total.windows


class NothingMetered(ValueError):  # noqa: N818  (it says what is the case)
    """There is no run to make a statement of."""


def facts_of(
    windows: Iterable[tuple[Metered, Report]],
    scope: Scope | None = None,
    between: Group | None = None,
) -> Facts:
    """Return what windows say.

    Parameters
    ----------
    windows
        Each window as the ledger knows it, and its report; every window once.
    scope
        What they were chosen by.
    between
        What sessions used between them, where that is known.

    Raises
    ------
    NothingMetered
        Where there is none.
    """
    metered: list[Metered] = []
    seen = _Seen()
    for window, report in windows:
        metered.append(window)
        seen.add(report)
    if not metered:
        raise NothingMetered("nothing was metered")
    metered.sort(key=lambda each: (each.started_s, each.run_id))
    stages, total = grouped(metered, "stage")
    return Facts(
        scope=scope or Scope(),
        first_at=metered[0].started_at,
        last_at=metered[-1].started_at,
        statuses=dict(sorted(Counter(each.status for each in metered).items())),
        within=sum(outer != run_id for run_id, outer in outermost(metered).items()),
        replayed=seen.replayed,
        total=total,
        machine_s=_machine_s(metered),
        spent_kept=spent_and_kept(metered),
        stages=tuple(sorted(stages, key=_stage_order)),
        experiments=_experiments(metered),
        sensors=seen.sensors(),
        absences=tuple(Absence(*key, runs) for key, runs in sorted(seen.absences.items())),
        flags=dict(sorted(seen.flags.items())),
        own_share=seen.own_share,
        own_share_runs=seen.own_share_runs,
        projects=_in_order(each.project for each in metered),
        commits=_in_order(each.commit for each in metered),
        meters=dict(sorted(seen.meters.items())),
        between=between or Group(BETWEEN),
    )


class _Seen:
    """What reports say besides their joules, gathered one by one."""

    def __init__(self) -> None:
        self._sensors: dict[_Instrument, Sensor] = {}
        self.absences: Counter[tuple[str, str]] = Counter()
        self.flags: Counter[str] = Counter()
        self.meters: Counter[str] = Counter()
        self.replayed = 0
        self.own_share_runs = 0
        self._own_j = 0.0
        self._whole_j = 0.0

    def add(self, report: Report) -> None:
        counted = [domain for domain in report.domains.values() if domain.counted]
        self.meters[report.meter_version] += 1
        self.replayed += is_replayed(report)
        self.absences.update({(missing.id, missing.reason): 1 for missing in report.missing})
        self.flags.update({*report.flags, *(flag for domain in counted for flag in domain.flags)})
        if report.energy_j and report.share:
            self.own_share_runs += 1
            self._own_j += report.share.energy_j
            self._whole_j += report.energy_j
        self._see_sensors(counted)

    @property
    def own_share(self) -> float | None:
        return self._own_j / self._whole_j if self._whole_j else None

    def sensors(self) -> tuple[Sensor, ...]:
        return tuple(
            sorted(self._sensors.values(), key=lambda each: (KINDS.index(each.kind), str(each)))
        )

    def _see_sensors(self, counted: list[DomainReport]) -> None:
        of_one: dict[_Instrument, list[DomainReport]] = {}
        for domain in counted:
            of_one.setdefault(_instrument(domain), []).append(domain)
        for key, domains in of_one.items():
            known = self._sensors.get(key)
            resolution_s = max(domain.resolution_s for domain in domains)
            self._sensors[key] = Sensor(
                *key,
                resolution_s=max(resolution_s, known.resolution_s if known else 0.0),
                count=max(len(domains), known.count if known else 0),
                runs=1 + (known.runs if known else 0),
            )


def _instrument(domain: DomainReport) -> _Instrument:
    """Return what makes domains one row of the sensors."""
    factor, source = (domain.scale.factor, domain.scale.source) if domain.scale else (None, "")
    return _Instrument(
        domain.device, kind_of(domain.id), domain.source, domain.provenance, factor, source
    )


def _experiments(metered: Sequence[Metered]) -> tuple[Experiment, ...]:
    """Return what ran, the dearest first."""
    of_run = {each.run_id: each for each in metered}
    outer = outermost(metered)
    spent: dict[tuple[str, ...], Group] = {}
    runs: dict[tuple[str, ...], list[Metered]] = {}
    for each, own_j in zip(metered, own_of(metered), strict=True):
        thing = thing_of(of_run[outer[each.run_id]])
        add_window(spent.setdefault(thing, Group("")), each, own_j)
        if outer[each.run_id] == each.run_id:
            runs.setdefault(thing, []).append(each)
    good = {thing_of(each): each for each in last_good(metered)}
    found = [
        Experiment(
            name=_name(runs[thing][-1]),
            runs=len(runs[thing]),
            not_ok=sum(each.status != "ok" for each in runs[thing]),
            spent=spent[thing],
            last_good=_alone(good[thing]) if thing in good else None,
        )
        for thing in spent
    ]
    return tuple(sorted(found, key=lambda each: (-_joules(each.spent), each.name)))


def _name(each: Metered) -> str:
    if each.label:
        return each.label
    name = f"In [{each.execution_count}]" if each.execution_count else UNLABELLED
    return f"{each.notebook} {name}" if each.notebook else name


def _alone(each: Metered) -> Group:
    """Return what one window used, as if there were no other."""
    found = Group(each.name)
    add_window(found, each, [part.energy_j for part in each.parts])
    return found


def _joules(group: Group) -> float:
    return group.measured.energy_j + group.estimated.energy_j


def _stage_order(stage: Group) -> tuple[object, ...]:
    return order_of(None if stage.name == UNTAGGED else stage.name)


def _in_order(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _machine_s(metered: list[Metered]) -> float:
    """Return the seconds in which a window was open: where several were, once for each boot."""
    of_host: dict[str, list[tuple[int, int]]] = {}
    for each in metered:
        host, begin_ns, end_ns = each.span or (each.run_id, 0, round(each.duration_s * 1e9))
        of_host.setdefault(host, []).append((begin_ns, end_ns))
    whole_ns = 0
    for spans in of_host.values():
        covered_ns = min(begin_ns for begin_ns, _ in spans)
        for begin_ns, end_ns in sorted(spans):
            whole_ns += max(0, end_ns - max(begin_ns, covered_ns))
            covered_ns = max(covered_ns, end_ns)
    return whole_ns / 1e9
