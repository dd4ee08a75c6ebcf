"""A diagnosis as a person reads it: tables, remarks, and what is missing with each way out."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..flags import HOST_BUSY, NOT_SYNCHRONISED, READ_FAILED, REPLAYED, SHARED
from ..printable import printable
from ..report import words
from ..report.format import duration, power
from ..report.table import aligned
from ..sources.base import Provenance
from .examination import EVERY_USER, MEASURED, NOTHING, Absence, Diagnosis, Place, Sensor

WIDTH = 80
HEADS = (
    "domain", "device", "source", "provenance", "refresh", "nominal", "power", "check", "total",
    "access",
)  # fmt: skip
_NUMBERS = ("refresh", "nominal", "power", "check")
READ = ("domain", "device", "source", "provenance", "total", "access")
SEEN = ("domain", *_NUMBERS)
"""What does not fit side by side goes into a second table."""
_DEVICE_WIDTH = 16
"""At least; a longer name goes on in the next line."""
_GAP = "  "

_SAID = (SHARED, READ_FAILED, REPLAYED)
"""The flags of a sensor that its row and its note do not show."""
_OPEN_COUNTERS = (
    "every user of this machine can read these counters and so spy on other users' programs "
    "through their power (CVE-2020-8694); let one group read them instead: "
    '"Read RAPL without root" in the documentation says how'
)


def text(diagnosis: Diagnosis) -> str:
    """Return a diagnosis as text of at most 80 columns; commands keep their one line."""
    blocks = [
        [line for each in place_lines(diagnosis) for line in _wrapped(each)],
        [*_wrapped(verdict(diagnosis)), *_table(diagnosis.sensors, READ)],
        _table(diagnosis.sensors, SEEN),
        [line for each in remarks(diagnosis) for line in _wrapped(each, "  ")],
        [line for each in diagnosis.missing for line in _missing(each)],
    ]
    if diagnosis.missing:
        blocks[-1].insert(0, "Not read here:")
    return "\n\n".join("\n".join(block) for block in blocks if block)


def place_lines(diagnosis: Diagnosis) -> list[str]:
    """Return sentences about the place: versions, processors, neighbours, baseline."""
    place = diagnosis.place
    lines = [
        f"jupyter-green {place.version}, {place.python}, {place.platform}",
        f"CPUs: {_processors(place)}.",
        *_reader(place),
        "Host load: "
        + (
            "readable, so the kernel's share is reported."
            if place.has_host_load
            else "not readable, so no share is reported."
        ),
        f"Other programs metering now: {_others(place.other_meters)}",
        "GPU frameworks imported here, which cells synchronise with: "
        + (", ".join(place.gpu_frameworks) or "none")
        + ".",
        _baseline(place),
    ]
    return lines + [
        words.remark(flag) for flag in diagnosis.flags if flag in (HOST_BUSY, NOT_SYNCHRONISED)
    ]


def _reader(place: Place) -> list[str]:
    """Say that the host's service reads; where it does not, this program's own sampler does."""
    return [f"Sensors are read by the host's service at {place.service}."] if place.service else []


def verdict(diagnosis: Diagnosis) -> str:
    """Return what can be had here, in one sentence."""
    read = f"Read for {duration(diagnosis.duration_s)}:"
    if diagnosis.exit_code == MEASURED:
        return f"{read} energy is measured here."
    if diagnosis.exit_code == NOTHING:
        return f"{read} no sensor can be read here."
    is_replayed = REPLAYED in diagnosis.flags
    how = REPLAYED if is_replayed else words.how(Provenance.ESTIMATE.value)
    return f"{read} energy is only {how} here, not measured."


def cells(sensor: Sensor) -> tuple[str, ...]:
    """Return one sensor's row, under `HEADS`."""
    estimated = sensor.provenance == Provenance.ESTIMATE.value
    mark = "≈ " if estimated and sensor.mean_power_w is not None else ""
    return (
        sensor.id,
        sensor.device,
        sensor.source,
        sensor.provenance,
        "–" if sensor.observed_period_s is None else _period(sensor.observed_period_s),
        _period(sensor.nominal_period_s),
        mark + power(sensor.mean_power_w),
        _check(sensor),
        "yes" if sensor.counted else "no",
        sensor.permission,
    )


def remarks(diagnosis: Diagnosis) -> Iterator[str]:
    """Return what the table has no room for, one sentence for each sensor that needs one."""
    for sensor in diagnosis.sensors:
        notes = [] if sensor.counted else ["not in the total"]
        notes += [sensor.note] if sensor.note else []
        if sensor.mean_power_w is None:
            notes.append("no usable reading")
        if sensor.agrees is False:
            notes.append(
                f"its counter gives {power(sensor.mean_power_w)}, its reported power "
                f"{power(sensor.reported_power_w)}; which is right is unknown, and the joules are "
                "the counter's. If the load was changing, run the doctor for longer"
            )
        notes += words.flag_sentences(flag for flag in sensor.flags if flag in _SAID)
        if notes:
            yield f"{sensor.id}: {'; '.join(notes)}."
    spied = [sensor.id for sensor in diagnosis.sensors if sensor.permission == EVERY_USER]
    if spied:
        yield f"{', '.join(spied)}: {_OPEN_COUNTERS}."


def _check(sensor: Sensor) -> str:
    """Return how far the reported power is from the counter's."""
    if sensor.agrees is None or sensor.reported_power_w is None or not sensor.mean_power_w:
        return "–"
    off_percent = 100 * (sensor.reported_power_w / sensor.mean_power_w - 1)
    return f"{off_percent:+.1f} %" if sensor.agrees else f"off {off_percent:+.0f} %"


def _period(period_s: float) -> str:
    return f"{period_s * 1000:.3g} ms"


def _processors(place: Place) -> str:
    if place.cpus is None:
        return "unknown"
    if place.usable_cpus is None or place.usable_cpus == place.cpus:
        return f"{place.cpus}"
    return f"{place.cpus}; this process may use {place.usable_cpus:g}"


def _others(others: int | None) -> str:
    if others is None:
        return "unknown (no shared folder)."
    return f"{others}; their reports hold the same joules." if others else "none seen."


def _baseline(place: Place) -> str:
    if place.baseline_age_s is None:
        return "Idle baseline: none; `%green baseline` measures one, for net energy."
    return place.baseline_note or f"Idle baseline: {duration(place.baseline_age_s)} old."


def _table(sensors: Sequence[Sensor], heads: Sequence[str]) -> list[str]:
    """Return some columns of the table, under their heads."""
    if not sensors:
        return []
    rows = [dict(zip(HEADS, cells(sensor), strict=True)) for sensor in sensors]
    widths = {head: max(len(head), *(len(row[head]) for row in rows)) for head in heads}
    for head, least in (("device", _DEVICE_WIDTH), ("domain", len("domain"))):
        too_wide = sum(widths.values()) + len(_GAP) * (len(heads) - 1) - WIDTH
        if too_wide > 0 and head in widths:
            widths[head] = max(min(widths[head], least), widths[head] - too_wide)
    lines: list[list[str]] = [list(heads)]
    alone: dict[int, str] = {}
    for row in rows:
        if len(row["domain"]) > widths.get("domain", 0):  # a long name has a line of its own
            alone[len(lines)] = row["domain"]
            row["domain"] = ""
        lines += [list(line.values()) for line in _lines_of(row, widths)]
    numbers = [column for column, head in enumerate(heads) if head in _NUMBERS]
    texts: list[str] = []
    for number, text in enumerate(aligned(lines, numbers)):
        texts += [printable(alone[number]), text] if number in alone else [text]
    return texts


def _lines_of(row: Mapping[str, str], widths: Mapping[str, int]) -> Iterator[dict[str, str]]:
    """Yield a row's lines: a long device goes on in the next one."""
    whole = {head: [row[head]] for head in widths}
    if "device" in whole:
        whole["device"] = textwrap.wrap(printable(row["device"]), widths["device"])
    for parts in itertools.zip_longest(*whole.values(), fillvalue=""):
        yield dict(zip(widths, parts, strict=True))


def _missing(absence: Absence) -> Iterator[str]:
    yield from _wrapped(f"{absence.id}: {absence.reason.rstrip('.')}.", "  ")
    for remedy in absence.remedies:
        exposes = f" ({remedy.exposes})" if remedy.exposes else ""
        end = ":" if remedy.command else "."
        yield from _wrapped(f"- {remedy.text}{exposes}{end}", "  ", first="  ")
        if remedy.command:
            yield f"      {remedy.command}"


def _wrapped(line: str, indent: str = "", first: str = "") -> Iterable[str]:
    return textwrap.wrap(
        printable(line),
        WIDTH,
        initial_indent=first,
        subsequent_indent=first + indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
