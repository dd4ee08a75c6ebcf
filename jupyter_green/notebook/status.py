"""``%green status``: what is measured right now, by whom, and what can be measured here."""

from __future__ import annotations

from collections.abc import Iterator

from .. import clock
from ..intake.places import LEDGER_VARIABLE, server_of
from ..intake.start import refused
from ..meter.meter import Meter
from ..meter.window import Window
from ..printable import printable
from ..report.addition import total_provenance
from ..report.format import duration, energy_so_far, power
from ..sampler.neighbours import Neighbour, at_work

_BY_SERVICE = (
    "other programs metering this machine: the service counts them, and a report of the same time "
    "says so"
)


def status(meter: Meter, mode: str) -> str:
    """Return the status as text.

    Parameters
    ----------
    meter
        The kernel's meter.
    mode
        Which cells are metered.
    """
    discovery = meter.discover()
    now_ns = clock.now_ns()
    head = (
        f"metering: {mode}; {_windows(meter.open_windows)} open; "
        f"{_reader(meter)}, every {meter.interval_s:g} s while a cell is metered"
    )
    lines = [
        head,
        *(f"  {_open(window, now_ns)}" for window in meter.windows),
        *(_elsewhere(at_work(), now_ns) if meter.service is None else [_BY_SERVICE]),
        _baseline(meter),
        *_ledger(meter),
        str(discovery),
    ]
    return "\n".join(lines)


def _ledger(meter: Meter) -> Iterator[str]:
    """Say where reports are kept, and what keeps them from being."""
    bookings = meter.bookings
    if bookings is None:
        yield (
            f"ledger: none, as {LEDGER_VARIABLE} switches it off or there is no home; set it to "
            "`on` or to a folder before the kernel starts"
        )
        return
    way = "a PostgreSQL server, by way of " if server_of(bookings.ledger) else ""
    yield printable(f"ledger: {way}{bookings.ledger}")
    if bookings.fault:
        yield printable(
            f"  what was metered last could not be written ({bookings.fault}): it is kept, and "
            "tried again with the next window"
        )
    if bookings.lost:
        yield f"  {bookings.lost} reports were given up meanwhile"
    if reason := refused(bookings.ledger):
        yield printable(f"  what was metered waits to be booked: {reason}")


def _open(window: Window, now_ns: int) -> str:
    subject = window.subject
    cell = f"cell [{subject.execution_count}]" if subject.execution_count else "a cell"
    name = subject.label or (cell if subject.cell_hash else "unlabelled window")
    parts = [f"{name}: open for {duration((now_ns - (window.begin_ns or now_ns)) * 1e-9)}"]
    counted = [domain for domain in window.domains if domain.counted]
    newest = window.recording.newest
    if newest is not None:
        if newest.total_j:
            provenance = total_provenance(domain.provenance.value for domain in counted)
            parts.append(
                f"{energy_so_far(newest.total_j, provenance, newest.scale_range(counted))} so far"
            )
        watts = [w for domain in counted if (w := newest.power_w.get(domain.id)) is not None]
        parts += [f"{power(sum(watts))} now"] if watts else []
    if subject.stage:
        parts.append(f"stage {subject.stage}")
    return printable(", ".join(parts))


def _elsewhere(others: list[Neighbour], now_ns: int) -> Iterator[str]:
    """Say who else meters this host: their reports hold the same joules."""
    if not others:
        yield "other programs metering this machine: none"
        return
    yield "other programs metering this machine (their reports hold the same joules):"
    for other in others:
        since = duration(max(0, now_ns - other.since_ns) * 1e-9)
        yield f"  process {other.process_id}: {_windows(other.open_windows)} open, for {since}"


def _windows(number: int) -> str:
    return "1 window" if number == 1 else f"{number} windows"


def _baseline(meter: Meter) -> str:
    baseline = meter.baseline
    if baseline is None:
        return "idle baseline: none, so no net energy; `%green baseline` measures one"
    return baseline.age_note() or f"idle baseline: measured {duration(baseline.age_s())} ago"


def _reader(meter: Meter) -> str:
    """Say what reads the sensors: the host's service, or a process of this kernel's own."""
    if meter.service is not None:
        return f"read by the host's service at {meter.service}"
    return f"sampler process {meter.sampler_pid}"
