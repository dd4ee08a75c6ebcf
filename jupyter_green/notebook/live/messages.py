"""The live messages of one run (``docs/messages.md``), made from its window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...meter.attribution import foreign
from ...meter.baseline import Baseline
from ...meter.elsewhere import HostsSoFar
from ...meter.summary import Subject
from ...meter.trace import Point
from ...meter.window import Window
from ...report.addition import total_provenance
from ...sources.base import Conditions, Domain, Provenance
from . import elsewhere
from .all_hosts import AllHosts
from .history import thinned
from .rounding import joules, rounded, seconds
from .scale_field import scale_field

SCHEMA = "jupyter-green.live.v1"
LIVE_MIME_TYPE = "application/vnd.jupyter-green.live.v1+json"
"""Says whose place an output holds; in an output's metadata, the newest message of the run."""
RECENT_S = 1.0
"""Watts older than this are not current."""
RECENT_POINTS = 20
ELSEWHERE_S = 0.5
"""How often other hosts are told of, at most: each tells by the second, not all at once."""
MOST_POINTS = 1200
"""In one message. More have gathered only where nothing could run for two minutes."""


class Messages:
    """Makes the messages of a run; they are numbered in the order in which they are made."""

    def __init__(self, window: Window, subject: Subject) -> None:
        self._window = window
        self._subject = subject
        self._seq = 0
        self._sent_gaps = 0
        self._marked_ns = 0
        """When the last mark was made that was sent."""
        self._peak_w: float | None = None
        self._sent_conditions: dict[str, Conditions] = {}
        """What the reader knows of each device; it changes about once a second."""
        self._known_w: dict[str, tuple[int, float]] = {}
        """The last known watts of each domain, and of when they are."""
        self._elsewhere_due_ns = 0
        """When other hosts may be told of again."""
        self._sent_elsewhere: HostsSoFar | None = None
        self._all_hosts = AllHosts()
        self._domains: tuple[Sequence[Domain], Baseline | None, list[dict[str, Any]]] | None = None

    def place(self) -> dict[str, Any]:
        """Return what an output says that holds the place of the report while no messages tell.

        It is all that a report needs whose kernel ends before the cell does.
        """
        about = {"schema": SCHEMA, **self._about(), "interval_s": self._window.interval_s}
        return {LIVE_MIME_TYPE: about}

    def begin(self) -> dict[str, Any]:
        """Return the first message."""
        return self._head("begin") | {
            "missing": [vars(missing) for missing in self._window.missing],
            "interval_s": self._window.interval_s,
        }

    def samples(self, points: Sequence[Point], *, waits: bool = False) -> dict[str, Any]:
        """Return a message with new points of the curve, at least one.

        `waits` says that the cell waits for what somebody types.
        """
        domains = self._window.domains
        ids = [domain.id for domain in domains]
        counted = [domain.id for domain in domains if domain.counted]
        news = self._elsewhere(points[-1].t_ns)
        known = self._all_hosts.take(points, self._sent_elsewhere, self._t_s)
        others = self._all_hosts.names
        columns, members = [*ids, *others], [*counted, *others]
        totals_w = [total for point in known if (total := _total_w(point, members)) is not None]
        if totals_w:
            self._peak_w = max([*totals_w, self._peak_w or 0.0])
        for point in points[-RECENT_POINTS:]:
            read = {id_: (point.t_ns, w) for id_, w in point.power_w.items() if w is not None}
            self._known_w.update(read)
        last = points[-1]
        now_w = {id_: self._recent_w(id_, last.t_ns) for id_ in ids}
        total_w = [watts for id_ in counted if (watts := now_w[id_]) is not None]
        new = {
            "t_s": [self._t_s(point.t_ns) for point in known],
            "power_w": {id_: [rounded(p.power_w.get(id_)) for p in known] for id_ in columns},
            "energy_j": [joules(point.total_j) for point in known],
            "gaps": self._new_gaps(),
        }
        now = {
            "t_s": self._t_s(last.t_ns),
            "power_w": rounded(sum(total_w)) if total_w else None,
            "energy_j": joules(last.total_j),
            "peak_power_w": rounded(self._peak_w),
            "domains": self._domains_now(last, now_w),
            **self._of_all(last, sum(total_w) if total_w else None),
            **({"waits": True} if waits else {}),
            **news,
        }
        samples = self._head("samples") | thinned(new, MOST_POINTS) | {"now": now}
        marks = self._new_marks()
        return samples | {"marks": marks} if marks else samples

    def end(self, report: dict[str, Any], text: str) -> dict[str, Any]:
        """Return the last message: a report's record and its line. A later one refines them."""
        return self._head("end") | {"report": report, "text": text}

    def failure(self, error: str) -> dict[str, Any]:
        """Return the last message of a run that has no report, with the reason."""
        return self._head("end") | {"report": None, "error": error}

    def _head(self, kind: str) -> dict[str, Any]:
        seq = self._seq
        self._seq += 1
        return {
            "schema": SCHEMA,
            "kind": kind,
            "seq": seq,
            **self._about(),
            "provenance": total_provenance(each.value for each in self._provenances()),
            "domains": self._head_domains(),
        }

    def _provenances(self) -> Iterator[Provenance]:
        """Go through those of the joules here and on other hosts."""
        yield from (domain.provenance for domain in self._window.domains if domain.counted)
        for host in self._sent_elsewhere.others if self._sent_elsewhere else ():
            yield from (part.provenance for part in host.parts)

    def _about(self) -> dict[str, Any]:
        """Return which run it is, of which cell."""
        subject, window = self._subject, self._window
        return {
            "run_id": window.run_id,
            "cell_id": subject.cell_id,
            "execution_count": subject.execution_count,
            "label": subject.label,
            "stage": subject.stage,
            "started_at": window.started_at,
        }

    def _head_domains(self) -> list[dict[str, Any]]:
        """Return the domains as each message has them, the same list while they do not change."""
        domains, baseline = self._window.domains, self._window.baseline
        made = self._domains
        if made is None or made[0] is not domains or made[1] is not baseline:
            idle_w = baseline.power_w if baseline else {}
            made = (domains, baseline, [_domain(d, idle_w.get(d.id)) for d in domains])
            self._domains = made
        return made[2]

    def _domains_now(self, last: Point, now_w: dict[str, float | None]) -> dict[str, Any]:
        conditions = self._window.recording.conditions
        return {
            id_: {
                "power_w": rounded(watts),
                "energy_j": joules(last.energy_j.get(id_)),
                "t_s": None
                if (read := self._window.recording.last_read_ns(id_)) is None
                else self._t_s(read),
                **self._news_of(id_, conditions.get(id_)),
            }
            for id_, watts in now_w.items()
        }

    def _recent_w(self, id_: str, t_ns: int) -> float | None:
        """Return a domain's watts; one read that failed does not make the figures flicker."""
        read_ns, watts = self._known_w.get(id_, (0, None))
        return watts if t_ns - read_ns < RECENT_S * 1e9 else None

    def _news_of(self, id_: str, seen: Conditions | None) -> dict[str, Any]:
        """Return what is new of a device: it is asked more rarely than messages are sent."""
        if seen is None or self._sent_conditions.get(id_) is seen:
            return {}
        self._sent_conditions[id_] = seen
        return self._device(seen)

    def _device(self, seen: Conditions) -> dict[str, Any]:
        """Return what a device does and who else uses it, as far as either is known."""
        known = {
            "utilization_percent": rounded(seen.utilization_percent),
            "temperature_c": rounded(seen.temperature_c),
            "power_limit_w": rounded(seen.power_limit_w),
        }
        found: dict[str, Any] = {"conditions": {k: v for k, v in known.items() if v is not None}}
        others = self._count_others(seen)
        if others is not None:
            found["others"] = others
        return found

    def _count_others(self, seen: Conditions) -> int | None:
        own = self._window.recording.process_ids
        if seen.process_ids is None or not own:
            return None
        return len(foreign(seen.process_ids, own)) if seen.process_ids else 0

    def _elsewhere(self, t_ns: int) -> dict[str, Any]:
        """Return what is new of what other hosts have used, where they are metered."""
        if t_ns < self._elsewhere_due_ns:
            return {}
        found = self._window.others_so_far()
        if found is None or found is self._sent_elsewhere:
            return {}
        self._sent_elsewhere = found
        self._elsewhere_due_ns = t_ns + int(ELSEWHERE_S * 1e9)
        return {"elsewhere": elsewhere.record(found)}

    def _of_all(self, last: Point, power_w: float | None) -> dict[str, Any]:
        """Return the figures of all hosts in place of those of this one, where there are others."""
        found = self._sent_elsewhere
        if found is None:
            return {}
        return elsewhere.of_all(self._t_s(last.t_ns), last.total_j, power_w, found)

    def _new_gaps(self) -> list[list[float]]:
        gaps = self._window.recording.gaps[self._sent_gaps :]
        self._sent_gaps += len(gaps)
        return [[self._t_s(begin_ns), self._t_s(end_ns)] for begin_ns, end_ns in gaps]

    def _new_marks(self) -> list[dict[str, Any]]:
        marks = self._window.recording.marks.all()
        new = [mark for mark in marks if mark.t_ns > self._marked_ns]
        if new:
            self._marked_ns = new[-1].t_ns
        return [{"t_s": self._t_s(t_ns), "text": text} for t_ns, text in new]

    def _t_s(self, t_ns: int) -> float:
        begin_ns = self._window.begin_ns or t_ns
        return seconds((t_ns - begin_ns) * 1e-9)


def _domain(domain: Domain, baseline_w: float | None) -> dict[str, Any]:
    record: dict[str, Any] = {
        "id": domain.id,
        "device": domain.device,
        "provenance": domain.provenance.value,
        "counted": domain.counted,
        "flags": list(domain.flags),
        "resolution_s": domain.resolution_s,
    }
    if baseline_w is not None:
        record["baseline_w"] = rounded(baseline_w)
    return record | scale_field(domain.scale)


def _total_w(point: Point, counted: Sequence[str]) -> float | None:
    """Return the watts of the counted domains together, as far as they are known."""
    known = [watts for id_ in counted if (watts := point.power_w.get(id_)) is not None]
    return sum(known) if known else None
