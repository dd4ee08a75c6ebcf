"""Every flag of a report: what it is about, what it says, and how serious it is.

The one home of flags: sources and the sampler set them, every view takes its words
from here. ``labextension/src/text/flags.ts`` and the names in the JSON Schema are
made from this table: ``python scripts/flags.py``.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from .printable import printable

Scope = Literal["domain", "window", "sum", "repeats"]
"""What a flag is about: a domain, a window, a sum of windows, runs of the same code."""

WRAPPED = "wrapped"
WRAPS_MISSED = "wraps-missed"
RESTARTED = "counter-restarted"
REJECTED = "jump-rejected"
READ_FAILED = "read-failed"
NO_ANSWER = "no-answer"
LOST = "lost"
EXTRAPOLATED = "edge-extrapolated"
BELOW_RESOLUTION = "below-resolution"
DISAGREES = "counter-power-disagree"
STANDS_STILL = "counter-stands-still"
OF_MODULE = "counter-of-module"
SHARED = "shared"
THROTTLED = "throttled"
POWER_LIMIT_CHANGED = "power-limit-changed"
WHOLE_BOARD = "whole-board"
DEVICE_ORDER = "device-order"
FIRMWARE_MODEL = "firmware-model"
HIDDEN_GPUS = "gpus-hidden"
REPLAYED = "replayed"
OTHER_METERS = "other-meters"
HOST_BUSY = "host-busy"
ORIGIN_UNCLEAR = "origin-unclear"
EARLIER_WORK = "earlier-work"
NOT_SYNCHRONISED = "not-synchronised"
BUDGET_SPENT = "budget-spent"
BUDGET_STOPPED = "budget-stopped"
HOST_LOST = "host-lost"
SENSORS_DIFFER = "sensors-differ"
FIRST_RUN = "first-run"
DRIFT = "drift"


class Flag(NamedTuple):
    """What a flag means."""

    name: str
    scopes: tuple[Scope, ...]
    sentence: str
    """Begins in lower case, ends without a full stop: it stands after a domain's name or alone."""
    short: str = ""
    """For a single line below a chart; empty where the flag is not shown there."""
    is_warning: bool = False
    """Whether it calls for a look; the others are notes."""


_DOMAIN: tuple[Scope, ...] = ("domain",)
_WINDOW: tuple[Scope, ...] = ("window",)

FLAGS = {
    flag.name: flag
    for flag in (
        Flag(WRAPPED, _DOMAIN, "its counter wrapped"),
        Flag(
            WRAPS_MISSED,
            _DOMAIN,
            "its counter may have wrapped more often than was seen; the interval says by how much",
            is_warning=True,
        ),
        Flag(
            RESTARTED,
            _DOMAIN,
            "its counter restarted; the gap is filled with the last known power",
            is_warning=True,
        ),
        Flag(REJECTED, _DOMAIN, "an impossible jump was left out", is_warning=True),
        Flag(READ_FAILED, _DOMAIN, "some reads failed", is_warning=True),
        Flag(
            NO_ANSWER,
            _DOMAIN,
            "the driver did not answer for a while",
            "did not answer for a while",
            is_warning=True,
        ),
        Flag(
            LOST,
            _DOMAIN,
            "could not be read at the end; its joules stop at the last reading",
            "could not be read at the end",
            is_warning=True,
        ),
        Flag(
            EXTRAPOLATED, _DOMAIN, "no reading near an edge; the last known power was carried over"
        ),
        Flag(BELOW_RESOLUTION, _DOMAIN, "too short for the sensor to resolve"),
        Flag(
            DISAGREES,
            _DOMAIN,
            "counter and reported power differ by more than 5 %",
            is_warning=True,
        ),
        Flag(
            STANDS_STILL,
            _DOMAIN,
            "its counter stands still; the reported power was integrated",
            is_warning=True,
        ),
        Flag(
            OF_MODULE,
            _DOMAIN,
            "its counter may be the whole module's, CPU included; the GPU's power was integrated",
        ),
        Flag(SHARED, _DOMAIN, "other processes used it too", "shared with other processes"),
        Flag(
            THROTTLED,
            _DOMAIN,
            "was throttled: too hot, or its power supply too weak",
            "throttled: too hot, or its supply too weak",
            is_warning=True,
        ),
        Flag(
            POWER_LIMIT_CHANGED,
            _DOMAIN,
            "its power limit was changed meanwhile",
            "its power limit was changed meanwhile",
        ),
        Flag(
            WHOLE_BOARD, _DOMAIN, "covers the whole board; NVML reports no energy for a part of it"
        ),
        Flag(DEVICE_ORDER, _DOMAIN, "CUDA may number the GPUs differently"),
        Flag(FIRMWARE_MODEL, _DOMAIN, "computed by the chip's own energy model"),
        Flag(
            HIDDEN_GPUS,
            _WINDOW,
            "GPUs that are hidden from this program are not counted",
            "GPUs hidden from this program are not counted",
        ),
        Flag(REPLAYED, ("domain", "window"), "replayed, not measured", is_warning=True),
        Flag(
            OTHER_METERS,
            _WINDOW,
            "other programs metered this machine too; their reports hold the same joules",
            "other programs metered this machine too",
        ),
        Flag(
            HOST_BUSY,
            _WINDOW,
            "other programs used most of the CPU",
            "other programs used most of the CPU",
        ),
        Flag(
            ORIGIN_UNCLEAR,
            _WINDOW,
            "some of the CPU's work may be this kernel's or not: nothing shows who started it",
            "not known who started some of the CPU's work",
        ),
        Flag(
            EARLIER_WORK,
            _WINDOW,
            "threads or processes that were there before did nearly all of this kernel's work",
            "the work was that of earlier threads or processes",
        ),
        Flag(
            NOT_SYNCHRONISED,
            _WINDOW,
            "GPU not synchronised: some of its work may be counted elsewhere",
            "GPU not synchronised",
            is_warning=True,
        ),
        Flag(
            BUDGET_SPENT,
            _WINDOW,
            "it used more than its budget",
            "over its budget",
            is_warning=True,
        ),
        Flag(
            BUDGET_STOPPED,
            _WINDOW,
            "it was interrupted when its budget was spent",
            "stopped at its budget",
            is_warning=True,
        ),
        Flag(
            HOST_LOST,
            _WINDOW,
            "a host or a program was not metered to its end: the joules are at least these",
            is_warning=True,
        ),
        Flag(
            SENSORS_DIFFER,
            ("sum", "repeats"),
            "not all parts had the same sensors",
            is_warning=True,
        ),
        Flag(FIRST_RUN, ("repeats",), "the first run stands out and is not in the mean"),
        Flag(DRIFT, ("repeats",), "the energy drifts from run to run", is_warning=True),
    )
}


def sentence(name: str) -> str:
    """Return the sentence of a flag; one of a later version is its own."""
    flag = FLAGS.get(name)
    return flag.sentence if flag else printable(name)


def names(scope: Scope) -> list[str]:
    """Return the flags about this, in their order."""
    return [flag.name for flag in FLAGS.values() if scope in flag.scopes]
