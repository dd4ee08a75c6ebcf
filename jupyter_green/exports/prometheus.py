"""Prometheus's text format (0.0.4): a counter of joules by domain, for the textfile collector.

The file whose place it takes says what the counters showed last, so that none falls when windows
are forgotten. No other memory is kept.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, TypeAlias

from .devices import by_device
from .rising import Counted, advanced
from .selection import Selection, Written
from .texts import encodable

NAME = "jupyter_green_metered_joules_total"
DROPPED = "jupyter_green_metered_dropped_joules_total"
AT_LEAST = "jupyter_green_metered_at_least_windows"

_Key: TypeAlias = "tuple[str, str]"
"""Domain and provenance, escaped as they stand in the file."""
_LINE = re.compile(
    rf'^({NAME}|{DROPPED})\{{domain="((?:[^"\\\n]|\\["\\n])*)",provenance="(measured|estimated)"\}}'
    r" (\d+(?:\.\d+)?(?:e[+-]\d+)?)$",
    re.ASCII | re.MULTILINE,
)
_MOST_BYTES = 1_000_000
_DIGITS = 9
"""Behind the point of joules: more is the noise of their sum."""
_HELP = {
    NAME: "Joules of all metered windows, each joule once.",
    DROPPED: "Of these, joules that the ledger no longer holds.",
    AT_LEAST: "Windows that were not metered to their end: they used at least what is counted.",
}


def write(selection: Selection, out: BinaryIO) -> Written:
    """Write the counters, which go on from those of the file that is replaced."""
    metered = selection.metered()
    sums_j: dict[_Key, float] = defaultdict(float)
    for device, energy_j in by_device(metered).items():
        sums_j[_escaped(device.domain), device.how] += energy_j
    shown_j = {key: round(sum_j, _DIGITS) for key, sum_j in sums_j.items()}
    counted = advanced(_last(selection.replaces), shown_j)
    lines = [*_metric(NAME, {key: each.shown_j for key, each in counted.items()})]
    dropped = {key: each.dropped_j for key, each in counted.items() if each.dropped_j}
    if dropped:
        lines += _metric(DROPPED, dropped)
    if count := sum(each.is_at_least for each in metered):
        lines += [*_described(AT_LEAST, "gauge"), f"{AT_LEAST} {count}"]
    out.write("".join(f"{line}\n" for line in lines).encode())
    return Written(len(metered))


def _metric(name: str, values: Mapping[_Key, float]) -> list[str]:
    samples = [
        f'{name}{{domain="{domain}",provenance="{how}"}} {value!r}'
        for (domain, how), value in sorted(values.items())
    ]
    return [*_described(name, "counter"), *samples]


def _described(name: str, kind: str) -> list[str]:
    return [f"# HELP {name} {_HELP[name]}", f"# TYPE {name} {kind}"]


def _last(path: Path | None) -> dict[_Key, Counted]:
    """Return what the counters of an earlier export show; nothing where there is none."""
    found: dict[str, dict[_Key, float]] = {NAME: {}, DROPPED: {}}
    if path is not None and path.is_file():
        with path.open("rb") as stream:
            for match in _LINE.finditer(stream.read(_MOST_BYTES).decode("utf-8", "replace")):
                name, domain, how, value = match.groups()
                if math.isfinite(float(value)):
                    found[name][domain, how] = float(value)
    dropped = found[DROPPED]
    return {key: Counted(shown, dropped.get(key, 0.0)) for key, shown in found[NAME].items()}


def _escaped(text: str) -> str:
    found = str(encodable(text)).replace("\\", r"\\").replace("\n", r"\n")
    return found.replace('"', r"\"")
