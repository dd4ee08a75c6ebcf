"""RAPL read by pyRAPL, for who wants the figures of that library.

pyRAPL reads the same ``energy_uj`` as :mod:`.rapl`, of packages and their memory,
and knows neither wraps nor ranges. So what it shows is a counter like any other
here, and what its zones are comes from the powercap tree. It has one fixed path
and takes the first number in a zone's name for the socket, so that packages of
several dies, and zones with gaps in their numbers, are beyond it.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import rapl, rapl_zones, remedies
from .base import Conditions, Domain, Found, Missing, Reading, Source
from .power_limit import PowerLimit

_OPTIONAL = ("pandas", "pymongo")
"""What pyRAPL imports where it is installed, for outputs that are not used here."""


@dataclass
class _Counter:
    """One sensor that reads one device of one socket, ``None`` after it failed."""

    domain: Domain
    socket: int
    device: Any
    sensor: Any


class PyRapl(Source):
    """Reads each package and its memory with a sensor of its own, in µJ."""

    name = "pyrapl"

    def __init__(
        self, library: Any, counters: Sequence[_Counter], limits: Mapping[str, PowerLimit]
    ) -> None:
        self._library = library
        self._counters = list(counters)
        self._limits = limits
        self.has_conditions = bool(limits)

    @property
    def domains(self) -> Sequence[Domain]:
        """The packages and their memory, by the names they have in the powercap tree."""
        return [counter.domain for counter in self._counters]

    def read(self, index: int) -> Reading:
        """Read one counter, in µJ. pyRAPL keeps its files open, so a failed one is replaced."""
        counter = self._counters[index]
        before = time.monotonic_ns()
        try:
            if counter.sensor is None:
                counter.sensor = _sensor(self._library, counter.socket, counter.device)
            energy_uj = _energy_uj(counter)
        except (OSError, ValueError, self._library.PyRAPLException) as error:
            counter.sensor = None
            return Reading(before, error=f"pyRAPL, {counter.domain.id}: {_why(error)}")
        return Reading((before + time.monotonic_ns()) // 2, counter=energy_uj)

    def conditions(self, index: int) -> Conditions | None:
        """Return the power limit that powercap holds a domain to."""
        limit = self._limits.get(self._counters[index].domain.id)
        return limit.read() if limit else None

    def close(self) -> None:
        """Let go of pyRAPL's files, which it closes by itself."""
        with _quiet():
            for counter in self._counters:
                counter.sensor = None


def probe() -> Found:
    """Let pyRAPL find the counters of each socket. It looks at the kernel's own path only."""
    with _quiet():
        return _probe()


def _probe() -> Found:
    try:
        library = _load()
    except ImportError as error:
        remedy = "Run `pip install pyRAPL` in the kernel's environment."
        return Found(missing=(Missing(PyRapl.name, f"pyRAPL cannot be imported: {error}", remedy),))
    try:
        sockets = sorted(library.device_api.get_socket_ids())
    except (OSError, ValueError) as error:
        reason = f"pyRAPL cannot count the sockets: {_why(error)}"
        return Found(missing=(_unfit(PyRapl.name, reason),))
    tree = rapl.describe()
    if not tree:
        return Found(missing=rapl.probe().missing)
    counters: list[_Counter] = []
    missing: list[Missing] = []
    for socket in sockets:
        for device, kind in ((library.Device.PKG, "package"), (library.Device.DRAM, "dram")):
            id_ = f"cpu:{socket}/{kind}"
            try:
                sensor = _sensor(library, socket, device)
            except OSError as error:
                missing.append(_unreadable(id_, error))
            except (ValueError, library.PyRAPLException):
                if kind == "package" or id_ in tree:
                    missing.append(_unfit(id_, _why_not_found(kind, socket, tree)))
            else:
                # Every zone states its range. Without one, a wrap is taken for a
                # restart and costs an interval; a wrong one would book joules
                # that were never used, as the ranges of packages and memory differ.
                shown = tree.get(id_) or rapl_zones.domain(
                    f"cpu:{socket}", kind, PyRapl.name, "CPU"
                )
                domain = replace(shown, source=PyRapl.name)
                counters.append(_Counter(domain, socket, device, sensor))
    counters.sort(key=lambda counter: counter.domain.id.rpartition("/")[0])
    source = PyRapl(library, counters, rapl.power_limits()) if counters else None
    return Found(source, tuple(missing))


def _sensor(library: Any, socket: int, device: Any) -> Any:
    """Return a sensor of one device, which reads one file."""
    return library.Sensor(devices=[device], socket_ids=[socket])


def _energy_uj(counter: _Counter) -> int:
    # Sensor.energy(): for each socket the package, then the memory; -1 for none.
    energy_uj = int(counter.sensor.energy()[2 * counter.socket + int(counter.device)])
    if energy_uj < 0:
        raise ValueError
    return energy_uj


# --- what is missing ------------------------------------------------------------------------


def _why_not_found(kind: str, socket: int, tree: dict[str, Domain]) -> str:
    names = ", ".join(tree) or "none"
    return (
        f"pyRAPL finds no {kind} of socket {socket}: it needs one zone package-{socket} for each "
        f"socket, without gaps in the zone numbers; this machine has {names}"
    )[:1000]


def _unfit(id_: str, reason: str) -> Missing:
    return Missing(id_, reason, remedies.compose(remedies.PYRAPL_UNFIT))


def _unreadable(id_: str, error: OSError) -> Missing:
    reason = rapl.unreadable(Path(error.filename or rapl.POWERCAP_ROOT), error)
    return Missing(id_, reason, remedies.compose(remedies.RAPL_UNREADABLE))


def _why(error: Exception) -> str:
    """Return what went wrong; pyRAPL's own errors are empty."""
    if isinstance(error, OSError | ValueError):
        return rapl.why(error)
    return "the zone is no longer there"


# --- the library ----------------------------------------------------------------------------


def _load() -> Any:
    """Import pyRAPL without what it does not need here."""
    with _without(_OPTIONAL):
        import pyRAPL
        import pyRAPL.device_api
    return pyRAPL


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Drop what pyRAPL logs at its import, and the warnings for its syntax and open files.

    The root logger keeps its handlers: :func:`logging.warning` would add one where it has none.
    """
    root = logging.getLogger()
    handlers = list(root.handlers)
    root.handlers[:] = [logging.NullHandler()]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        root.handlers[:] = handlers


@contextlib.contextmanager
def _without(names: Sequence[str]) -> Iterator[None]:
    """Make modules seem not installed, unless they are loaded already.

    For the whole process: good enough for the sampler, which uses none of them.
    """
    blocked = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(blocked))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in blocked:
            del sys.modules[name]
