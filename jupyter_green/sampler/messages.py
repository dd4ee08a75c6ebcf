"""The messages between the meter's process and the sampler: one JSON array per line.

To the sampler::

    ["resume", {domain id: [t_ns, energy_j, counter, power_w]}]
    ["prepare"]
    ["begin", window id, interval_s, whether its curve is watched, begun_ns, {...} for the ledger]
    ["end", window id, heard_ns, [begun_ns, ended_ns]]
    ["follow", ["end", ...], ["begin", ...]]
    ["watch host", for how many seconds]
    ["book"]

From the sampler::

    ["hello", {"domains": [...], "missing": [...]}]
    ["sample", t_ns, mark, [[t_ns, energy_j, power_w, counter, took_s], ...], {index: flag}]
    ["batch", [messages]]
    ["polls", [[index, t_ns, energy_j, counter, power_w, took_s], ...]]
    ["conditions", {index: {...}}, when they were asked for, t_ns]
    ["load", mark, {...}, [process ids]]
    ["quick read"]
    ["fitted", window id, [domains of a report], [what is missing], whether it is final, {whose}]
    ["settled", window id, number of others that metered meanwhile]
    ["failed", text]

The order of a sample's entries is that of the domains in ``hello``. In place of a domain's
figures stands the error's text where its reading failed, and ``null`` where it was not read for
this sample, as its driver is slow. `mark` is
``["begin" or "end", window id]`` or ``["prepare", ""]`` where such a request
asked for this sample, else ``null``. ``quick read`` says that for a ``prepare`` only
sources that can hang are still to be read. A `batch` has what is not watched. `polls`
are readings of single domains beside the samples: of counters around a refresh, in the quarter
of a second after an edge, and of a slow driver when they come; `settled` says that no more will
come for a window. `follow` has one window end where another begins: one reading serves both, and
comes as two samples, one with each mark. `book` says that something waits in the ledger's intake. A
second ``hello`` comes where the machine's sensors have changed. A sampler that hung, or that takes
the place of another one, hears late of edges: so these tell their times. ``fitted`` only comes from
a host's service (:mod:`.wire`), which keeps to itself what it has read about the edges.
Both ends run the same version of this file, so there is no version number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ..sources.base import Conditions, Domain, Missing, Provenance, Scale
from .accumulator import DomainSample
from .load import Load

PREPARE = "prepare"
BEGIN = "begin"
END = "end"
FOLLOW = "follow"
RESUME = "resume"
WATCH_HOST = "watch host"
BOOK = "book"
HELLO = "hello"
SAMPLE = "sample"
BATCH = "batch"
POLLS = "polls"
CONDITIONS = "conditions"
LOAD = "load"
QUICK_READ = "quick read"
FITTED = "fitted"
SETTLED = "settled"
FAILED = "failed"


_encode = json.JSONEncoder(separators=(",", ":")).encode
_decode = json.JSONDecoder().raw_decode


@dataclass(frozen=True)
class Poll:
    """One domain, read beside the samples: which, when, what, and how long that took."""

    index: int
    t_ns: int
    energy_j: float
    counter: int | None
    power_w: float | None = None
    took_s: float = 0.0


@dataclass(frozen=True)
class Sample:
    """One time and, for each domain that could be read, its figures."""

    t_ns: int
    mark: tuple[str, str] | None
    domains: Mapping[str, DomainSample]
    errors: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    after_restart: bool = False
    """Whether the sampler had died before it: what lies between was not sampled."""


def encode(message: Sequence[Any]) -> bytes:
    """Return a message as one line."""
    return _encode(message).encode() + b"\n"


def parsed(line: bytes) -> object:
    """Return what a line of JSON says.

    It takes half the time of `json.loads` in a process that has slept: a mark is read three times.

    Raises
    ------
    ValueError, RecursionError
        Where it is no JSON.
    """
    text = line.decode()
    found, end = _decode(text)
    if text[end:].strip():
        raise ValueError("a line is no JSON")
    return found


def decode(line: bytes) -> list[Any]:
    """Return the message in a line.

    Raises
    ------
    ValueError
        For anything else.
    """
    message = parsed(line)
    if not isinstance(message, list) or not message or not isinstance(message[0], str):
        raise ValueError("a line is no message")
    return message


def resume(latest: Mapping[str, DomainSample]) -> list[Any]:
    """Return the request that makes a new sampler continue where another one stopped."""
    places = {id_: [a.t_ns, a.energy_j, a.power_w, a.counter] for id_, a in latest.items()}
    return [RESUME, places]


def latest(message: Sequence[Any]) -> dict[str, DomainSample]:
    """Read :func:`resume` back."""
    return {id_: DomainSample(*place) for id_, place in message[1].items()}


def hello(domains: Sequence[Domain], missing: Sequence[Missing]) -> list[Any]:
    """Say what can be read and what not."""
    return [
        HELLO,
        {"domains": [asdict(d) for d in domains], "missing": [asdict(m) for m in missing]},
    ]


def discovered(message: Sequence[Any]) -> tuple[tuple[Domain, ...], tuple[Missing, ...]]:
    """Read :func:`hello` back."""
    body = message[1]
    domains = tuple(
        Domain(
            **{
                **entry,
                "provenance": Provenance(entry["provenance"]),
                "flags": tuple(entry["flags"]),
                "parts": tuple(entry["parts"]),
                "scale": Scale(**entry["scale"]) if entry["scale"] else None,
            }
        )
        for entry in body["domains"]
    )
    return domains, tuple(Missing(**entry) for entry in body["missing"])


def sample(
    t_ns: int,
    mark: tuple[str, str] | None,
    entries: Sequence[DomainSample | str | None],
    flags: Mapping[int, str],
) -> list[Any]:
    """Pack a sample; a text is the error of a failed read, ``None`` stands for none."""
    packed = [_figures(e) if isinstance(e, DomainSample) else e for e in entries]
    return [SAMPLE, t_ns, mark, packed, flags]


def _figures(entry: DomainSample) -> list[Any]:
    figures = [entry.t_ns, entry.energy_j, entry.power_w, entry.counter]
    return [*figures, entry.took_s] if entry.took_s else figures


def sampled(message: Sequence[Any], domains: Sequence[Domain]) -> Sample:
    """Read :func:`sample` back."""
    _, t_ns, mark, entries, flags = message
    good: dict[str, DomainSample] = {}
    errors: dict[str, str] = {}
    for domain, entry in zip(domains, entries, strict=True):
        if isinstance(entry, str):
            errors[domain.id] = entry
        elif entry is not None:
            good[domain.id] = DomainSample(*entry)
    named = {domains[int(index)].id: flag for index, flag in flags.items()}
    return Sample(t_ns, tuple(mark) if mark else None, good, errors, named)


def polls(first: int, found: Sequence[Poll]) -> list[Any]:
    """Pack polls of one source, whose first domain is the one at `first`."""
    return [POLLS, [_poll(first, poll) for poll in found]]


def _poll(first: int, poll: Poll) -> list[Any]:
    figures = [first + poll.index, poll.t_ns, poll.energy_j, poll.counter]
    is_plain_counter = poll.power_w is None and not poll.took_s
    return figures if is_plain_counter else [*figures, poll.power_w, poll.took_s]


def polled(message: Sequence[Any], domains: Sequence[Domain]) -> dict[str, list[DomainSample]]:
    """Read :func:`polls` back."""
    found: dict[str, list[DomainSample]] = {}
    for index, t_ns, energy_j, counter, *rest in message[1]:
        power_w, took_s = rest or (None, 0.0)
        entry = DomainSample(t_ns, energy_j, power_w, counter, took_s)
        found.setdefault(domains[index].id, []).append(entry)
    return found


def conditions(found: Mapping[int, Conditions], t_ns: int) -> list[Any]:
    """Pack what devices are doing, and when they were asked."""
    return [CONDITIONS, {index: vars(c) for index, c in found.items()}, t_ns]


def conditions_of(message: Sequence[Any], domains: Sequence[Domain]) -> dict[str, Conditions]:
    """Read :func:`conditions` back."""
    return {
        domains[int(index)].id: Conditions(
            **{
                **entry,
                "process_ids": None
                if entry["process_ids"] is None
                else tuple(entry["process_ids"]),
                "process_percent": tuple((p, share) for p, share in entry["process_percent"]),
            }
        )
        for index, entry in message[1].items()
    }


def load(mark: tuple[str, str] | None, found: Load, pids: Iterable[int]) -> list[Any]:
    """Pack how busy the host was so far, and the processes of the kernel's tree."""
    return [LOAD, mark, asdict(found), sorted(pids)]


def loaded(message: Sequence[Any]) -> tuple[tuple[str, str] | None, Load, frozenset[int]]:
    """Read :func:`load` back."""
    mark = (message[1][0], message[1][1]) if message[1] else None
    return mark, Load(**message[2]), frozenset(message[3])


def fitted(
    message: Sequence[Any],
) -> tuple[str, list[Mapping[str, Any]], tuple[Missing, ...], bool, Mapping[str, Any]]:
    """Read back what a service has found of a window.

    That is which, domains, what is missing, whether it is final, and whose the joules are.
    """
    _, window, domains, missing, is_final, whose = message
    return window, domains, tuple(Missing(**each) for each in missing), is_final, whose


def is_plain(message: Sequence[Any]) -> bool:
    """Whether a message is about no edge and no event."""
    if message[0] == CONDITIONS:
        return True
    if message[0] == LOAD:
        return message[1] is None
    return message[0] == SAMPLE and message[2] is None and not message[4]
