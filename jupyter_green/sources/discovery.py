"""Which sources this machine has, and for each one that is absent the reason and the remedy.

A new device family is one line in `PROBES`. A probe may fail or hang, as libraries
of drivers do: it costs its own source, never the others.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from . import (
    amd_gpu,
    apple,
    by_others,
    cpu_estimate,
    emi,
    hwmon,
    nvml,
    perf_event,
    rapl,
    remedies,
    replay,
    sysfs,
)
from .base import Domain, Found, Missing, Source
from .variables import PMU_VARIABLE, POWERCAP_VARIABLE, READER_VARIABLE, REPLAY_VARIABLE

GIVE_UP_S = 3.0
STILL_S = 0.25
"""A processor that runs this draws energy in every millisecond: a counter that shows one figure for
so long does not count."""
STILL_STEP_S = 0.001

REMEDY_STILL = (
    "In a virtual machine nothing can be done: measure on the host, or accept the CPU estimate. On "
    "bare metal, reboot."
)

_LOOK = "see, for a GPU, whether `nvidia-smi` answers"
if sys.platform == "linux":
    _LOOK = "check the kernel log (`sudo dmesg | tail`; for a GPU, whether `nvidia-smi` answers)"

Probe = Callable[[Mapping[str, str]], Found]


# --- RAPL, by one of its readers ------------------------------------------------------------


def _powercap(environ: Mapping[str, str]) -> Found:
    return rapl.probe(_powercap_root(environ))


def _perf_event(environ: Mapping[str, str]) -> Found:
    return perf_event.probe(_pmu_root(environ), powercap_root=_powercap_root(environ))


def _pyrapl(environ: Mapping[str, str]) -> Found:  # noqa: ARG001  (it has one fixed path)
    from . import pyrapl

    return pyrapl.probe()


READERS: Mapping[str, Probe] = {
    "powercap": _powercap,
    "perf_event": _perf_event,
    "pyrapl": _pyrapl,
}


def probe_rapl(environ: Mapping[str, str], system: str = sys.platform) -> Found:
    """Return the first reader of RAPL that reads a package, the one that was asked for before all.

    Without a wish it is powercap, and perf_event where powercap shows nothing: unless a
    tree was named by hand, for this machine's perf counters need not be of the same machine.
    """
    if system == "win32" and POWERCAP_VARIABLE not in environ:
        return Found()  # what Windows has in its place is a source of its own
    if system == "darwin" and POWERCAP_VARIABLE not in environ:
        reason = "its counters are read on Linux alone, and this is macOS"
        remedy = remedies.compose(remedies.RAPL_ELSEWHERE)
        return Found(missing=(Missing("rapl", reason, remedy),))
    wish = environ.get(READER_VARIABLE, "")
    order = [wish] if wish in READERS else []
    order.append("powercap")
    named = POWERCAP_VARIABLE in environ and PMU_VARIABLE not in environ
    if not named and _pmu_root(environ).is_dir():
        order.append("perf_event")
    found: dict[str, Found] = {}
    used = None
    for reader in dict.fromkeys(order):
        found[reader] = _counting(READERS[reader](environ))
        if _measures_cpu(found[reader].source):
            used = reader
            break
    used = used or next((reader for reader, each in found.items() if each.source), None)
    for reader, each in found.items():
        if each.source and reader != used:
            each.source.close()
    missing = _unheeded(wish, used, found) + _unread(used, found)
    return Found(found[used].source if used else None, missing)


def _counting(found: Found) -> Found:
    """Return what was found, unless its packages' counters stand still: a hypervisor shows such."""
    source = found.source
    if source is None:
        return found
    packages = [i for i, d in enumerate(source.domains) if d.id.endswith("/package") and d.counted]
    first = {i: source.read(i).counter for i in packages}
    if not packages or None in first.values():
        return found
    until_s = time.monotonic() + STILL_S
    while all(source.read(i).counter == first[i] for i in packages):
        if time.monotonic() > until_s:
            ids = [source.domains[i].id for i in packages]
            source.close()
            reason = f"its counter stands still (it shows {{}} for {STILL_S:g} s)"
            stuck = (
                Missing(id_, reason.format(first[i]), REMEDY_STILL)
                for i, id_ in zip(packages, ids, strict=True)
            )
            return Found(missing=(*stuck, *found.missing))
        time.sleep(STILL_STEP_S)
    return found


def _unheeded(wish: str, used: str | None, found: Mapping[str, Found]) -> tuple[Missing, ...]:
    """Say so where the reader that was asked for is not the one that reads."""
    if not wish or wish == used:
        return ()
    instead = f"{used} is used" if used else "no other reader works"
    if wish not in READERS:
        reason = f"{READER_VARIABLE}={wish!r} names no reader; {instead}"
        remedy = f"Set {READER_VARIABLE} to one of {', '.join(READERS)}, or unset it."
        return (Missing("rapl-reader", reason[:1000], remedy),)
    nothing = Missing(wish, "it has none", f"Unset {READER_VARIABLE}.")
    cause = next(iter(found[wish].missing), nothing)
    reason = f"{READER_VARIABLE}={wish} reads no package here; {instead}: {cause.reason}"
    return (Missing("rapl-reader", reason[:1000], cause.remedy),)


def _unread(used: str | None, found: Mapping[str, Found]) -> tuple[Missing, ...]:
    """Return what stays missing, each once: not what the reader in use has after all."""
    if used and _measures_cpu(found[used].source):
        return found[used].missing
    missing = found["powercap"].missing
    # Zones that only need a permission are the shortest way, and their remedies name perf, too.
    if "perf_event" in found and not any("/" in each.id for each in missing):
        missing += found["perf_event"].missing
    return missing


def _powercap_root(environ: Mapping[str, str]) -> Path:
    return Path(environ.get(POWERCAP_VARIABLE) or rapl.POWERCAP_ROOT)


def _pmu_root(environ: Mapping[str, str]) -> Path:
    return Path(environ.get(PMU_VARIABLE) or perf_event.PMU_ROOT)


# --- all sources ----------------------------------------------------------------------------

PROBES: Sequence[tuple[str, Probe]] = (
    ("rapl", probe_rapl),
    ("emi", lambda _: emi.probe()),
    ("apple", lambda _: apple.probe()),
    ("nvml", lambda _: nvml.probe()),
)
"""Every device family that is measured, in the order in which reports list them.

Those whose GPUs are numbered after others', or that leave out what others measure,
follow in :func:`_probe_the_rest`.
"""


def open_sources(
    environ: Mapping[str, str] = os.environ,
    probes: Sequence[tuple[str, Probe]] = PROBES,
    give_up_s: float = GIVE_UP_S,
) -> tuple[list[Source], tuple[Missing, ...]]:
    """Probe every device family. Where none measures the processor, it is estimated.

    A recording named by ``JUPYTER_GREEN_REPLAY`` takes the place of all of them.
    """
    if recording := environ.get(REPLAY_VARIABLE):
        played = replay.probe(Path(recording))
        return [played.source] if played.source else [], played.missing
    found = _probe_all(probes, environ, give_up_s)
    if probes is PROBES:
        found += _probe_the_rest(found, environ, give_up_s)
        found = by_others.with_others(
            found, environ, lambda *probe: _probe_all([probe], environ, give_up_s)[0]
        )
    if not any(_measures_cpu(each.source) for each in found):
        estimate = ("cpu-estimate", lambda _: cpu_estimate.probe())
        found[1:1] = _probe_all([estimate], environ, give_up_s)
    sources = [each.source for each in found if each.source is not None]
    return sources, _with_each_remedy_once(m for each in found for m in each.missing)


def _probe_the_rest(
    found: Sequence[Found], environ: Mapping[str, str], give_up_s: float
) -> list[Found]:
    """Probe what depends on the families before it: GPU numbers, and who measures the processor."""
    first_gpu = _next_gpu(found)
    amd = _probe_all([("amdsmi", lambda _: amd_gpu.probe(first_gpu=first_gpu))], environ, give_up_s)
    metered = any(_measures_cpu(each.source) for each in found)
    next_gpu = _next_gpu([*found, *amd])
    boards = _probe_all(
        [("hwmon", lambda _: hwmon.probe(processor_metered=metered, first_gpu=next_gpu))],
        environ,
        give_up_s,
    )
    return [*amd, *boards]


def _next_gpu(found: Sequence[Found]) -> int:
    ids = [d.id for each in found if each.source for d in each.source.domains]
    numbers = [int(id_[4:]) for id_ in ids if re.fullmatch(r"gpu:\d+", id_)]
    return max(numbers, default=-1) + 1


def fingerprint(environ: Mapping[str, str] = os.environ) -> tuple[object, ...]:
    """Describe in well under a millisecond what could be read now.

    It changes when a RAPL zone appears, vanishes or becomes readable, when perf's
    counters come, go or are permitted, with this package's variables, and when a probe
    that was given up has found something after all: then it is time to probe again.
    """
    variables = tuple(sorted(v for v in environ.items() if v[0].startswith("JUPYTER_GREEN_")))
    perf = _pmu_root(environ).is_dir() and sysfs.text(perf_event.PARANOID)
    return rapl.access(_powercap_root(environ)), perf, variables, _late.count


def _measures_cpu(source: Source | None) -> bool:
    domains: Sequence[Domain] = source.domains if source else ()
    return any(
        domain.id == "cpu"
        or domain.id.endswith("/package")
        or (domain.counted and domain.id.split("/")[0] == "board")
        for domain in domains
    )


def _with_each_remedy_once(missing: Iterable[Missing]) -> tuple[Missing, ...]:
    """Return each remedy only at the first of the sensors that share it."""
    first: dict[str, str] = {}
    kept: list[Missing] = []
    for each in missing:
        if first.setdefault(each.remedy, each.id) == each.id:
            kept.append(each)
        else:
            kept.append(replace(each, remedy=f"Same remedy as for {first[each.remedy]}."))
    return tuple(kept)


# --- probes that fail or hang ---------------------------------------------------------------


def _probe_all(
    probes: Iterable[tuple[str, Probe]], environ: Mapping[str, str], give_up_s: float
) -> list[Found]:
    attempts = [_late.take(name) or _Attempt(name, probe, environ) for name, probe in probes]
    deadline = time.monotonic() + give_up_s
    return [
        attempt.result(deadline) if isinstance(attempt, _Attempt) else attempt
        for attempt in attempts
    ]


class _Late:
    """What probes have found that were given up before: a slow driver is read from then on."""

    def __init__(self) -> None:
        self.count = 0
        """How often something was found late."""
        self._lock = threading.Lock()
        self._found: dict[str, Found] = {}

    def keep(self, name: str, found: Found) -> None:
        """Keep what was found for the next time, in place of what was found before."""
        with self._lock:
            before = self._found.pop(name, None)
            self._found[name] = found
            self.count += 1
        if before is not None and before.source is not None:
            before.source.close()

    def take(self, name: str) -> Found | None:
        """Return what was found of a family, once."""
        with self._lock:
            return self._found.pop(name, None)


_late = _Late()


class _Attempt:
    """One probe in a thread of its own, so that no one has to wait for it."""

    def __init__(self, name: str, probe: Probe, environ: Mapping[str, str]) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._found: Found | None = None
        self._given_up = False
        self._began = time.monotonic()
        self._thread = threading.Thread(
            target=self._run, args=(probe, environ), name=f"probe {name}", daemon=True
        )
        self._thread.start()

    def result(self, deadline: float) -> Found:
        """Return what was found, or say that nothing was by the deadline."""
        self._thread.join(max(0.0, deadline - time.monotonic()))
        with self._lock:
            if self._found is not None:
                return self._found
            self._given_up = True
        waited_s = time.monotonic() - self._began
        reason = f"its driver or library did not answer within {waited_s:.1f} s"
        remedy = (
            "If it answers later, it is read from the next window on. "
            f"Else {_LOOK}, reload its driver or reboot, and restart the kernel."
        )
        return Found(missing=(Missing(self._name, reason, remedy),))

    def _run(self, probe: Probe, environ: Mapping[str, str]) -> None:
        try:
            found = probe(environ)
        except Exception as error:  # noqa: BLE001  (whatever it is, the others are read)
            reason = f"its probe failed: {type(error).__name__}: {error}"[:1000]
            remedy = "Please report this, with the first lines of `jupyter green doctor`."
            found = Found(missing=(Missing(self._name, reason, remedy),))
        with self._lock:
            late = self._given_up
            self._found = found
        if late and found.source is not None:
            _late.keep(self._name, found)
