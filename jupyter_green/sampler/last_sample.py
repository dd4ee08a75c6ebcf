"""What a host's service read as a program was killed, for whoever makes the report of its windows.

The program has written down what it takes to ask for that: a claim.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from . import messages, wire
from .greeting import ANSWER_S, Words, greeted

CLAIM = "claim"
"""What a claim is called in the messages that are kept of a program."""
NOTICED_S = 0.5
"""How long the service may take to notice that a program has ended, and to read."""
AGAIN_S = 0.1


@dataclass(frozen=True)
class Claim:
    """To the sample that a service keeps of a program, and how to put it in the program's terms."""

    place: str
    """The service's socket."""
    key: str
    offset_ns: int
    """By how much the service's clock is ahead."""
    offsets_j: dict[str, float]
    """By how much the program's cumulative joules are ahead, by domain."""

    def to_record(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Claim:
        """Read :meth:`to_record` back; a later release may say more.

        Raises
        ------
        LookupError
            Where something is absent.
        """
        return cls(**{each.name: record[each.name] for each in fields(cls)})


def last_sample(claim: Claim, ids: Sequence[str]) -> list[Any] | None:
    """Return the sample as the program would have heard it; ``None`` where the service has none.

    Parameters
    ----------
    claim
        The program's.
    ids
        Its domains, in the order in which the service reads them.
    """
    try:
        found = greeted(claim.place, ANSWER_S)
        with found.connection:
            if found.about.ids != list(ids):
                return None
            return _moved(_asked(Words(found.connection), claim.key), claim, ids)
    except OSError:
        return None


def with_last_sample(kept: Sequence[list[Any]]) -> list[list[Any]]:
    """Return the messages that were kept of a killed program, up to its end.

    Where its service does not know that, they stay as they are.
    """
    claims = [message for message in kept if message[0] == CLAIM]
    heard = _heard(kept)
    hellos = [message for message in heard if message[0] == messages.HELLO]
    windows = _open(heard)
    if not (claims and hellos and windows):
        return heard
    ids = [domain["id"] for domain in hellos[-1][1]["domains"]]
    last = last_sample(Claim.from_record(claims[-1][1]), ids)
    if last is None:
        return heard
    return [*heard, *_ends(last, windows)]


def cut_short(kept: Sequence[list[Any]]) -> list[list[Any]]:
    """Return the same with no end but what the program has heard last."""
    heard = _heard(kept)
    samples = [message for message in heard if message[0] == messages.SAMPLE]
    return [*heard, *(_ends(samples[-1], _open(heard)) if samples else ())]


def _heard(kept: Sequence[list[Any]]) -> list[list[Any]]:
    return [message for message in kept if message[0] != CLAIM]


def _ends(sample: list[Any], windows: Iterable[str]) -> list[list[Any]]:
    return [[*sample[:2], [messages.END, window], *sample[3:]] for window in windows]


def _open(heard: Sequence[list[Any]]) -> list[str]:
    """Return the windows that have begun and not ended."""
    found: dict[str, None] = {}
    for message in heard:
        if message[0] == messages.SAMPLE and message[2]:
            kind, window = message[2]
            if kind == messages.BEGIN:
                found[window] = None
            elif kind == messages.END:
                found.pop(window, None)
    return list(found)


def _asked(words: Words, key: str) -> list[Any] | None:
    """Return the sample that the service has kept; it may be about to read it."""
    until_s = time.monotonic() + NOTICED_S
    while (answer := words.ask([wire.LAST, key], ANSWER_S))[0] != wire.SAMPLE:
        if answer[0] != wire.UNKNOWN or time.monotonic() > until_s:
            return None
        time.sleep(AGAIN_S)
    return answer


def _moved(sample: list[Any] | None, claim: Claim, ids: Sequence[str]) -> list[Any] | None:
    """Return a service's sample by the program's clock and with its joules."""
    if sample is None or len(sample[3]) != len(ids):
        return None
    moved: list[Any] = []
    for id_, entry in zip(ids, sample[3], strict=True):
        if isinstance(entry, list) and id_ in claim.offsets_j:
            t_ns, energy_j, power_w = entry[:3]
            energy_j += claim.offsets_j[id_]
            moved.append([t_ns - claim.offset_ns, energy_j, power_w, None])
        else:
            moved.append(entry if isinstance(entry, str) else None)
    return [messages.SAMPLE, sample[1] - claim.offset_ns, None, moved, sample[4]]
