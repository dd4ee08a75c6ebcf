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


NOT_SAID = ""
SAYS_WHY = "none, and says why"
SAYS_UNSURE = "and says ± 50 % or more"


class Joules(NamedTuple):
    """What a meter says of one window; ``None`` where it says nothing of a device."""

    package: float | None
    gpu: float | None
    cpu: float | None = None
    """All that it counts for processors, together."""
    note: str = NOT_SAID
    """What it says of a figure that is missing, or that it does not trust."""
    package_half: float | None = None
    gpu_half: float | None = None
    """Half-widths of its 95 % intervals, ``None`` where it states none."""
    edges_ns: tuple[int, int] | None = None
    """The window that they are for, where the meter says it."""


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
        """Do what can be done long before the window begins."""

    def ready(self) -> None:  # noqa: B027
        """Do what has to be done right before it begins."""

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
    """``Meter.window``, its begin and end; ten samples a second, in a process of its own."""

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

    def ready(self) -> None:
        """Have the counters read."""
        self._window = self._meter.window()

    def begin(self) -> None:
        """Mark the begin."""
        self._window.begin()

    def end(self) -> None:
        """Mark the end; the report comes later."""
        self._window.end(wait=False)

    def energy_j(self) -> Joules:
        """Wait for the report."""
        report = self._window.report
        domains = report.domains
        (package, package_half), (gpu, gpu_half) = (
            (domains[id_].energy_j, domains[id_].uncertainty_j) if id_ in domains else (None, None)
            for id_ in ("cpu:0/package", "gpu:0")
        )
        counted = [d for d in domains.values() if d.counted and not d.id.startswith("gpu:")]
        cpu = sum(d.energy_j for d in counted) if counted else None
        unsure = any(d.uncertainty_j > d.energy_j / 2 for d in domains.values() if d.counted)
        note = SAYS_WHY if report.missing else SAYS_UNSURE if unsure else NOT_SAID
        begin_ns, end_ns = self._window.begin_ns, self._window.end_ns
        assert begin_ns is not None
        assert end_ns is not None
        halves = package_half, gpu_half
        return Joules(package, gpu, cpu, note, *halves, (begin_ns, end_ns))


class JupyterGreenWaiting(JupyterGreen):
    """The same, with an ``end`` that returns the final report."""

    title = "jupyter_green, waiting for the report"

    def end(self) -> None:
        """Mark the end, and wait until the figure is final."""
        self._window.end()


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
    period_s = 15.0

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
        return _code_carbon_joules(self._running.final_emissions_data)


class CodeCarbonEachSecond(CodeCarbonTracker):
    """The same with a measurement each second, as many programs set it."""

    title = "CodeCarbon tracker, each 1 s"
    period_s = 1.0


class CodeCarbonTenHertz(CodeCarbonTracker):
    """The same with ten measurements a second, as often as ours."""

    title = "CodeCarbon tracker, each 0.1 s"
    period_s = 0.1


class CodeCarbonTask(_CodeCarbon):
    """A task per window of one tracker."""

    title = "CodeCarbon task"
    period_s = 15.0

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
        return _code_carbon_joules(self._task)


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
        processors = self._measurement.cpu_energy or {}
        cpu = sum(processors.values()) if processors else None
        return Joules(processors.get(0), self._measurement.gpu_energy.get(0), cpu)


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
        packages = self._measurement.result.pkg
        if packages is None:
            return Joules(None, None)
        return Joules(packages[0] * 1e-6, None, sum(packages) * 1e-6)


class PyJoules(Meter):
    """An energy meter over all devices that it finds."""

    title = "pyJoules"
    distribution = "pyJoules"
    module = "pyJoules"

    @staticmethod
    def load() -> None:
        """Import it."""
        from pyJoules.energy_meter import EnergyMeter  # noqa: F401

    def __init__(self) -> None:
        from pyJoules.device import DeviceFactory
        from pyJoules.energy_meter import EnergyMeter

        self._meter = EnergyMeter(DeviceFactory.create_devices())

    def begin(self) -> None:
        """Start a trace."""
        self._meter.start()

    def end(self) -> None:
        """Stop it."""
        self._meter.stop()

    def energy_j(self) -> Joules:
        """Return its figures, which are in µJ for processors and mJ for GPUs."""
        energy = self._meter.get_trace()[0].energy
        packages = {id_: uj * 1e-6 for id_, uj in energy.items() if id_.startswith("package_")}
        gpu_mj = energy.get("nvidia_gpu_0")
        return Joules(
            packages.get("package_0"),
            None if gpu_mj is None else gpu_mj * 1e-3,
            sum(packages.values()) if packages else None,
        )


def _code_carbon_joules(data: Any) -> Joules:
    cpu_j = data.cpu_energy * _J_PER_KWH
    return Joules(cpu_j, data.gpu_energy * _J_PER_KWH, cpu_j)


METERS: dict[str, type[Meter]] = {
    meter.__name__: meter
    for meter in (
        JupyterGreen,
        JupyterGreenWaiting,
        CodeCarbonTracker,
        CodeCarbonEachSecond,
        CodeCarbonTenHertz,
        CodeCarbonTask,
        Zeus,
        PyRapl,
        PyJoules,
    )
}


def absent(meter: type[Meter]) -> str | None:
    """Return why a meter cannot be run on the stand-ins here, ``None`` where it can."""
    if importlib.util.find_spec(meter.module) is None:
        return "not installed"
    if not issubclass(meter, JupyterGreen) and (reason := namespace.missing()):
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
