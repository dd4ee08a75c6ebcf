"""The meters behind one interface, each used as its own documentation shows.

Nothing of a meter is imported before :meth:`Meter.load`.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from abc import ABC, abstractmethod
from typing import Any, ClassVar, NamedTuple

from tests.testbench import namespace

_J_PER_KWH = 3.6e6


class Joules(NamedTuple):
    """What a meter says of one window; ``None`` where it says nothing of a device."""

    package: float | None
    gpu: float | None


class Meter(ABC):
    """One meter in one program. Making it and the first window are its first use."""

    title: ClassVar[str]
    distribution: ClassVar[str]
    module: ClassVar[str]

    @staticmethod
    @abstractmethod
    def load() -> None:
        """Import what a program would import."""

    def prepare(self) -> None:  # noqa: B027  (most meters have nothing to do here)
        """Do what can be done before the window begins."""

    @abstractmethod
    def begin(self) -> None:
        """Begin the window."""

    @abstractmethod
    def end(self) -> None:
        """End the window."""

    @abstractmethod
    def energy_j(self) -> Joules:
        """Wait for the window's figures, if they are not there yet."""


class JupyterGreen(Meter):
    """``Meter.begin`` and ``Window.end``; ten samples a second, in a process of its own."""

    title = "jupyter_green"
    distribution = "jupyter-green"
    module = "jupyter_green"

    @staticmethod
    def load() -> None:
        """Import the meter."""
        from jupyter_green import Meter  # noqa: F401

    def __init__(self) -> None:
        import jupyter_green

        self._meter = jupyter_green.Meter()

    def begin(self) -> None:
        """Mark the begin."""
        self._window = self._meter.begin()

    def end(self) -> None:
        """Mark the end; the report comes later."""
        self._window.end(wait=False)

    def energy_j(self) -> Joules:
        """Wait for the report."""
        domains = self._window.report.domains
        found = [domains.get(id_) for id_ in ("cpu:0/package", "gpu:0")]
        return Joules(*(domain.energy_j if domain else None for domain in found))


class _CodeCarbon(Meter):
    distribution = "codecarbon"
    module = "codecarbon"
    period_s: ClassVar[float]

    @staticmethod
    def load() -> None:
        """Import the tracker."""
        from codecarbon import OfflineEmissionsTracker  # noqa: F401

    def _tracker(self) -> Any:
        from codecarbon import OfflineEmissionsTracker

        return OfflineEmissionsTracker(
            country_iso_code="DEU",
            measure_power_secs=self.period_s,
            output_methods=[],
            log_level="critical",
        )


class CodeCarbonTracker(_CodeCarbon):
    """A tracker per window, at its own default of a measurement each 15 s."""

    title = "CodeCarbon tracker"
    period_s = 15

    def prepare(self) -> None:
        """Make the tracker: one serves for one window."""
        self._running = self._tracker()

    def begin(self) -> None:
        """Start it."""
        self._running.start()

    def end(self) -> None:
        """Stop it."""
        self._running.stop()

    def energy_j(self) -> Joules:
        """Return its totals."""
        data = self._running.final_emissions_data
        return Joules(data.cpu_energy * _J_PER_KWH, data.gpu_energy * _J_PER_KWH)


class CodeCarbonEachSecond(CodeCarbonTracker):
    """The same with a measurement each second, as many programs set it."""

    title = "CodeCarbon tracker, each 1 s"
    period_s = 1


class CodeCarbonTask(_CodeCarbon):
    """A task per window of one tracker."""

    title = "CodeCarbon task"
    period_s = 15

    def __init__(self) -> None:
        self._running = self._tracker()

    def begin(self) -> None:
        """Start a task."""
        self._running.start_task()

    def end(self) -> None:
        """Stop it."""
        self._task = self._running.stop_task()

    def energy_j(self) -> Joules:
        """Return its figures."""
        return Joules(self._task.cpu_energy * _J_PER_KWH, self._task.gpu_energy * _J_PER_KWH)


class Zeus(Meter):
    """A window of a monitor; no framework is there to be synchronised."""

    title = "Zeus"
    distribution = "zeus"
    module = "zeus"

    @staticmethod
    def load() -> None:
        """Import the monitor."""
        from zeus.monitor import ZeusMonitor  # noqa: F401

    def __init__(self) -> None:
        from zeus.monitor import ZeusMonitor

        self._monitor = ZeusMonitor()

    def begin(self) -> None:
        """Begin a window."""
        self._monitor.begin_window("window", sync_execution=False)

    def end(self) -> None:
        """End it."""
        self._measurement = self._monitor.end_window("window", sync_execution=False)

    def energy_j(self) -> Joules:
        """Return its figures."""
        package = (self._measurement.cpu_energy or {}).get(0)
        return Joules(package, self._measurement.gpu_energy.get(0))


class PyRapl(Meter):
    """A measurement; processors only."""

    title = "pyRAPL"
    distribution = "pyRAPL"
    module = "pyRAPL"

    @staticmethod
    def load() -> None:
        """Import it."""
        import pyRAPL  # noqa: F401

    def __init__(self) -> None:
        import pyRAPL

        pyRAPL.setup()

    def prepare(self) -> None:
        """Make the measurement."""
        import pyRAPL

        self._measurement = pyRAPL.Measurement("window")

    def begin(self) -> None:
        """Begin it."""
        self._measurement.begin()

    def end(self) -> None:
        """End it."""
        self._measurement.end()

    def energy_j(self) -> Joules:
        """Return its figures, which are in µJ."""
        package = self._measurement.result.pkg
        return Joules(None if package is None else package[0] * 1e-6, None)


METERS: dict[str, type[Meter]] = {
    meter.__name__: meter
    for meter in (
        JupyterGreen,
        CodeCarbonTracker,
        CodeCarbonEachSecond,
        CodeCarbonTask,
        Zeus,
        PyRapl,
    )
}


def absent(meter: type[Meter]) -> str | None:
    """Return why a meter cannot be run on the stand-ins here, ``None`` where it can."""
    if importlib.util.find_spec(meter.module) is None:
        return "not installed"
    if meter is not JupyterGreen and (reason := namespace.missing()):
        return f"no RAPL at the kernel's path: {reason}"
    return None


def version(meter: type[Meter]) -> str | None:
    """Return the installed version, ``None`` where there is none."""
    if meter is JupyterGreen:
        import jupyter_green

        return jupyter_green.__version__
    try:
        return importlib.metadata.version(meter.distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
