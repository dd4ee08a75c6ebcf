"""The truth: one memory-mapped file that all stand-in hardware is computed from.

``truth.h`` says how; the structures and the arithmetic here are its mirror, so
that a test knows exactly what a reader in any process is shown at any time.
Times are CLOCK_MONOTONIC in nanoseconds, as :func:`time.monotonic_ns` gives it.
"""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import threading
import time
import uuid
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any

MAGIC = 0x3168747572744A47
MAX_DEVICES = 32
MAX_STEPS = 32768
MAX_REFRESHES = 32768
MAX_PIDS = 8
NEVER_NS = 2**63 - 1

RAPL_WRAP_RANGE_UJ = 262_143_328_850
"""``max_energy_range_uj`` of a package with the usual unit of 2**-14 J."""

_PJ = 1_000_000_000_000  # per joule

_start_ns = attrgetter("t_ns")


class _Step(ctypes.Structure):
    _fields_ = [
        ("t_ns", ctypes.c_int64),
        ("power_mw", ctypes.c_int64),
        ("energy_pj", ctypes.c_int64),
    ]


class _Device(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char * 64),
        ("label", ctypes.c_char * 96),
        ("uuid", ctypes.c_char * 64),
        ("refresh_ns", ctypes.c_int64),
        ("phase_ns", ctypes.c_int64),
        ("refresh_from_ns", ctypes.c_int64),
        ("unit_pj", ctypes.c_int64),
        ("quantum_pj", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("wrap_range", ctypes.c_int64),
        ("gain_ppm", ctypes.c_int64),
        ("power_gain_ppm", ctypes.c_int64),
        ("reset_ns", ctypes.c_int64),
        ("failing_from_ns", ctypes.c_int64),
        ("failing_until_ns", ctypes.c_int64),
        ("lost_ns", ctypes.c_int64),
        ("power_window_ns", ctypes.c_int64),
        ("instant_window_ns", ctypes.c_int64),
        ("power_limit_mw", ctypes.c_int64),
        ("call_cost_ns", ctypes.c_int64),
        ("memory_total_b", ctypes.c_int64),
        ("memory_used_b", ctypes.c_int64),
        ("mode", ctypes.c_int32),
        ("has_energy", ctypes.c_int32),
        ("has_power", ctypes.c_int32),
        ("has_power_fields", ctypes.c_int32),
        ("architecture", ctypes.c_int32),
        ("mig_devices", ctypes.c_int32),
        ("utilization_percent", ctypes.c_int32),
        ("temperature_c", ctypes.c_int32),
        ("pid_count", ctypes.c_int32),
        ("pids", ctypes.c_int32 * MAX_PIDS),
        ("graphics_pid_count", ctypes.c_int32),
        ("graphics_pids", ctypes.c_int32 * MAX_PIDS),
        ("sm_percents", ctypes.c_int32 * MAX_PIDS),
        ("nvml_error", ctypes.c_int32),
        ("has_instant_power", ctypes.c_int32),
        ("has_utilization", ctypes.c_int32),
        ("has_process_utilization", ctypes.c_int32),
        ("clocks_event_reasons", ctypes.c_int32),
        ("step_count", ctypes.c_int32),
        ("refresh_count", ctypes.c_int32),
        ("refreshes_ns", ctypes.c_int64 * MAX_REFRESHES),
    ]


class _Truth(ctypes.Structure):
    _fields_ = [
        ("magic", ctypes.c_uint64),
        ("size", ctypes.c_uint64),
        ("version", ctypes.c_uint64),
        ("device_count", ctypes.c_int32),
        ("nvml_init_error", ctypes.c_int32),
        ("driver_loads", ctypes.c_int32),
        ("driver_unloaded", ctypes.c_int32),
        ("devices", _Device * MAX_DEVICES),
        ("steps", (_Step * MAX_STEPS) * MAX_DEVICES),
    ]


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)


def _pj(joules: float) -> int:
    return round(joules * _PJ)


def _mw(watts: float) -> int:
    return round(watts * 1000)


def _time_ns(t_ns: int | None) -> int:
    return NEVER_NS if t_ns is None else t_ns


def _interval_ns(interval: tuple[int, int | None] | None) -> tuple[int, int]:
    return (0, 0) if interval is None else (interval[0], _time_ns(interval[1]))


def _per_process(values: Sequence[int]) -> Any:
    return (ctypes.c_int32 * MAX_PIDS)(*values)


def _pids(pids: Sequence[int]) -> tuple[int, Any]:
    return len(pids), _per_process(pids)


def _refreshes_ns(times_s: Sequence[float]) -> tuple[int, Any]:
    if len(times_s) == 1 or len(times_s) > MAX_REFRESHES:
        raise ValueError(f"there are 2 to {MAX_REFRESHES} refreshes, or none")
    times_ns = [_ns(t_s) for t_s in times_s]
    if times_ns and (times_ns[0] or any(b <= a for a, b in pairwise(times_ns))):
        raise ValueError("refreshes are in order of time, from 0 on")
    return len(times_ns), (ctypes.c_int64 * MAX_REFRESHES)(*times_ns)


# What a test may turn: the name, the fields behind it, and the way to their unit.
_KNOBS: dict[str, tuple[tuple[str, ...], Callable[[Any], Any]]] = {
    "label": (("label",), lambda label: label if isinstance(label, bytes) else label.encode()),
    "uuid": (("uuid",), str.encode),
    "refresh_s": (("refresh_ns",), _ns),
    "phase_s": (("phase_ns",), _ns),
    "refreshes_s": (("refresh_count", "refreshes_ns"), _refreshes_ns),
    "unit_j": (("unit_pj",), _pj),
    "quantum_j": (("quantum_pj",), _pj),
    "offset": (("offset",), int),
    "wrap_range": (("wrap_range",), lambda counts: counts or 0),
    "gain": (("gain_ppm",), lambda gain: round(gain * 1e6)),
    "power_gain": (("power_gain_ppm",), lambda gain: round((gain or 0.0) * 1e6)),
    "reset_ns": (("reset_ns",), _time_ns),
    "failing": (("failing_from_ns", "failing_until_ns"), _interval_ns),
    "lost_ns": (("lost_ns",), _time_ns),
    "power_window_s": (("power_window_ns",), _ns),
    "instant_window_s": (("instant_window_ns",), _ns),
    "power_limit_w": (("power_limit_mw",), lambda watts: _mw(watts or 0)),
    "call_cost_s": (("call_cost_ns",), _ns),
    "memory_total_b": (("memory_total_b",), int),
    "memory_used_b": (("memory_used_b",), int),
    "mode": (("mode",), int),
    "has_energy": (("has_energy",), int),
    "has_power": (("has_power",), int),
    "has_power_fields": (("has_power_fields",), int),
    "architecture": (("architecture",), int),
    "mig_devices": (("mig_devices",), int),
    "utilization_percent": (("utilization_percent",), int),
    "temperature_c": (("temperature_c",), int),
    "pids": (("pid_count", "pids"), _pids),
    "graphics_pids": (("graphics_pid_count", "graphics_pids"), _pids),
    "sm_percents": (("sm_percents",), _per_process),
    "nvml_error": (("nvml_error",), int),
    "has_instant_power": (("has_instant_power",), int),
    "has_utilization": (("has_utilization",), int),
    "has_process_utilization": (("has_process_utilization",), int),
    "clocks_event_reasons": (("clocks_event_reasons",), int),
}

_COMMON: dict[str, Any] = {
    "phase_s": 0.0,
    "offset": 0,
    "gain": 1.0,
    "reset_ns": None,
    "failing": None,
    "lost_ns": None,
    "instant_window_s": 0.0,
    "call_cost_s": 0.0,
    "mode": 0o444,
    "has_energy": True,
    "has_power": True,
    "has_power_fields": True,
}
_RAPL: dict[str, Any] = _COMMON | {
    "refresh_s": 0.001,
    "unit_j": 1e-6,
    "wrap_range": RAPL_WRAP_RANGE_UJ,
    "power_window_s": 0.0,
    "power_limit_w": 250.0,
}
_NVML: dict[str, Any] = _COMMON | {
    "label": "NVIDIA H100 PCIe",
    "refresh_s": 0.1,
    "unit_j": 1e-3,
    "wrap_range": None,
    "power_window_s": 1.0,
    "power_limit_w": 350.0,
    "memory_total_b": 80 * 2**30,
    "memory_used_b": 2**30,
    "architecture": 9,  # NVML_DEVICE_ARCH_HOPPER
    "utilization_percent": 50,
    "temperature_c": 45,
    "has_instant_power": True,
    "has_utilization": True,
    "has_process_utilization": True,
}


class Truth:
    """The file, and the devices in it. One process creates it, any may open it."""

    def __init__(
        self, path: Path, fd: int, clock_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self.path = path
        self.clock_ns = clock_ns
        self._fd = fd
        self._writer = threading.RLock()
        self._is_writing = False
        self._file = _Truth.from_buffer(mmap.mmap(fd, ctypes.sizeof(_Truth)))

    @classmethod
    def create(
        cls, path: str | os.PathLike[str], clock_ns: Callable[[], int] = time.monotonic_ns
    ) -> Truth:
        """Make the file, with no device in it. On another clock only this process can read it."""
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        os.ftruncate(fd, ctypes.sizeof(_Truth))
        truth = cls(Path(path), fd, clock_ns)
        truth._file.size = ctypes.sizeof(_Truth)
        truth._file.magic = MAGIC
        return truth

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Truth:
        """Join a file that another process made: to steer it, or to know it."""
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        if os.fstat(fd).st_size != ctypes.sizeof(_Truth):
            os.close(fd)
            raise ValueError(f"{path} is not a truth file of this layout")
        return cls(Path(path), fd)

    def close(self) -> None:
        """Give the descriptor back. The mapping lives as long as this object."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Truth:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def devices(self) -> list[Device]:
        """All devices, in the order in which they were added."""
        return [Device(self, slot) for slot in range(self._file.device_count)]

    def __getitem__(self, name: str) -> Device:
        for device in self.devices:
            if device.name == name:
                return device
        raise KeyError(name)

    def add(self, name: str, *, power_w: float, **knobs: Any) -> Device:
        """Add a device that draws `power_w` from now on (and did before).

        The name says what it is: ``cpu:0/package``, ``cpu:0/dram``, ``cpu:0/core``,
        ``psys``, ``gpu:0``; ``gpu:0/module`` and ``gpu:0/memory`` are power scopes
        of a GPU. `knobs` are those of :meth:`Device.set`; what is not given is
        like the usual hardware: 1 ms and µJ for RAPL, 100 ms and mJ for NVML.
        """
        if name in (device.name for device in self.devices):
            raise ValueError(f"there is a device {name!r} already")
        usual = _NVML if name.startswith("gpu:") else _RAPL | {"label": name}
        values = usual | {"uuid": f"GPU-{uuid.uuid5(uuid.NAMESPACE_OID, name)}"} | knobs
        values.setdefault("quantum_j", values["unit_j"])
        with self._writing():
            slot = self._file.device_count
            if slot == MAX_DEVICES:
                raise ValueError(f"there is room for {MAX_DEVICES} devices")
            self._file.devices[slot].name = name.encode()
            device = Device(self, slot)
            device.set(**values)
            step = self._file.steps[slot][0]
            step.t_ns, step.power_mw, step.energy_pj = self.clock_ns(), _mw(power_w), 0
            self._file.devices[slot].step_count = 1
            self._file.devices[slot].refresh_from_ns = 0
            self._file.device_count = slot + 1
        return device

    @property
    def nvml_init_error(self) -> int:
        """What ``nvmlInit`` returns, such as ``NVML_ERROR_DRIVER_NOT_LOADED``; 0 is success."""
        return int(self._file.nvml_init_error)

    @nvml_init_error.setter
    def nvml_init_error(self, code: int) -> None:
        self._file.nvml_init_error = code

    def unload_driver(self) -> None:
        """Let NVIDIA's driver be gone: every call of NVML says so."""
        self._file.driver_unloaded = 1

    def load_driver(self) -> None:
        """Load it (again): whoever uses NVML has to start it anew, the counters begin at 0."""
        with self._writing():
            for device in self.devices:
                if device.name.startswith("gpu:"):
                    device.reset_counter()
            self._file.driver_loads += 1
            self._file.driver_unloaded = 0

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Keep other writers out and readers waiting."""
        with self._writer:
            if self._is_writing:  # inside another write of this thread
                yield
                return
            fcntl.flock(self._fd, fcntl.LOCK_EX)
            self._is_writing = True
            self._file.version |= 1
            try:
                yield
            finally:
                self._file.version += 1
                self._is_writing = False
                fcntl.flock(self._fd, fcntl.LOCK_UN)


class Device:
    """One device: its power, its knobs, and what it shows."""

    def __init__(self, truth: Truth, slot: int) -> None:
        self._truth = truth
        self._slot = slot

    @property
    def _knobs(self) -> Any:
        return self._truth._file.devices[self._slot]

    @property
    def _steps(self) -> Any:
        return self._truth._file.steps[self._slot]

    @property
    def name(self) -> str:
        """Such as ``cpu:0/package``."""
        return str(self._knobs.name.decode())

    @property
    def uuid(self) -> str:
        """What NVML calls it."""
        return str(self._knobs.uuid.decode())

    @property
    def wrap_range(self) -> int:
        """The counter's range in counts, 0 where it does not wrap."""
        return int(self._knobs.wrap_range)

    @property
    def unit_j(self) -> float:
        """Joules per count."""
        return float(self._knobs.unit_pj / _PJ)

    @property
    def power_limit_w(self) -> float:
        """What it may draw, 0 where no limit is known."""
        return float(self._knobs.power_limit_mw / 1000)

    # --- the truth -------------------------------------------------------------------------

    def set_power(self, power_w: float) -> int:
        """Draw `power_w` from now on, whatever was scheduled. Returns the step's time."""
        with self._truth._writing():
            t_ns = self._truth.clock_ns()
            self._replace_steps_after(t_ns, [(t_ns, power_w)])
        return t_ns

    def schedule(self, steps: Iterable[tuple[float, float]]) -> list[int]:
        """Draw other powers later: (seconds from now, watts), in order of time.

        Replaces what was scheduled before. Returns the times of the steps.
        """
        with self._truth._writing():
            now_ns = self._truth.clock_ns()
            planned = [(now_ns + _ns(after_s), power_w) for after_s, power_w in steps]
            self._replace_steps_after(now_ns, planned)
        return [t_ns for t_ns, _ in planned]

    def energy_j(self, t0_ns: int, t1_ns: int) -> float:
        """Return the energy that was truly used between two times, in joules."""
        return (self._energy_pj(t1_ns) - self._energy_pj(t0_ns)) / _PJ

    def power_w(self, t_ns: int) -> float:
        """Return the power that was truly drawn at a time, in watts."""
        return float((self._energy_pj(t_ns + 1) - self._energy_pj(t_ns)) / 1000)

    def _replace_steps_after(self, t_ns: int, planned: Sequence[tuple[int, float]]) -> None:
        kept = self._knobs.step_count
        while kept > 1 and self._steps[kept - 1].t_ns > t_ns:
            kept -= 1
        if kept + len(planned) > MAX_STEPS:
            raise ValueError(f"{self.name} has room for {MAX_STEPS} power steps")
        last = self._steps[kept - 1]
        before_ns, before_mw, energy_pj = last.t_ns, last.power_mw, last.energy_pj
        added = []
        for step_ns, power_w in planned:
            if step_ns < before_ns:
                raise ValueError("the steps of a schedule are in order of time, from now on")
            energy_pj += before_mw * (step_ns - before_ns)
            before_ns, before_mw = step_ns, _mw(power_w)
            added.append((before_ns, before_mw, energy_pj))
        if energy_pj > NEVER_NS:
            raise OverflowError(f"{self.name} would use more than {NEVER_NS / _PJ:.0f} J")
        for i, step in enumerate(added, start=kept):
            self._steps[i] = step
        self._knobs.step_count = kept + len(added)

    def _energy_pj(self, t_ns: int) -> int:
        """Return the energy since the first step; before it, its power held for ever."""
        steps, count = self._steps, self._knobs.step_count
        step = steps[bisect_right(steps, t_ns, lo=1, hi=count, key=_start_ns) - 1]
        return int(step.energy_pj + step.power_mw * (t_ns - step.t_ns))

    # --- the instrument --------------------------------------------------------------------

    def set(self, **knobs: Any) -> None:
        """Turn knobs, at any time.

        Parameters
        ----------
        refresh_s, phase_s
            The counter and the power show their value at ``phase + n * refresh``.
        refreshes_s
            They show it at these times after the phase instead: in order, from 0 on. The
            last is the first one's repetition. Empty: each `refresh_s`.
        unit_j, quantum_j
            Joules per count that is shown, and per step of the hardware.
        offset, wrap_range
            Where the counter started, and where it wraps; in counts.
        gain
            What it shows for one joule. Turn it before anything is measured.
        reset_ns
            When the counter restarts from 0.
        failing
            ``(from_ns, until_ns)``: reads fail (EIO, ``NVML_ERROR_UNKNOWN``).
        lost_ns
            From when on the device is gone (ENODEV, ``NVML_ERROR_GPU_IS_LOST``).
        power_window_s, instant_window_s
            Averaging windows of NVML's power usage and of its instant power.
        power_limit_w
            The limit that it reports; RAPL's is read when the tree is built.
        call_cost_s
            How long a call takes.
        mode
            File mode of ``energy_uj``. Without read permission for others nobody
            may read it, root included, where the tree is served by FUSE.
        nvml_error
            What NVML returns while reads fail; 0 is ``NVML_ERROR_UNKNOWN``.
        has_energy, has_power, has_power_fields, has_instant_power, has_utilization,
        has_process_utilization
            NVML readings that the device supports.
        label, uuid, architecture, mig_devices, memory_total_b, memory_used_b,
        utilization_percent, temperature_c, clocks_event_reasons
            What NVML says of the GPU besides.
        pids, graphics_pids, sm_percents
            The processes that compute on it and those that draw; the share of its
            time that each of `pids` has.
        """
        with self._truth._writing():
            for name, value in knobs.items():
                if name not in _KNOBS:
                    raise TypeError(f"no knob {name!r}; there are {', '.join(_KNOBS)}")
                fields, convert = _KNOBS[name]
                converted = convert(value)
                for field, part in zip(
                    fields, converted if len(fields) > 1 else (converted,), strict=True
                ):
                    setattr(self._knobs, field, part)
            if knobs.keys() & {"refresh_s", "phase_s", "refreshes_s"}:
                self._knobs.refresh_from_ns = self._truth.clock_ns()

    def reset_counter(self) -> int:
        """Restart the counter from 0 now, as a reloaded driver does."""
        with self._truth._writing():
            t_ns = self._truth.clock_ns()
            self.set(reset_ns=t_ns)
        return t_ns

    def fail(self, duration_s: float | None = None) -> None:
        """Let reads fail from now on, for a while or for good."""
        with self._truth._writing():
            t_ns = self._truth.clock_ns()
            until_ns = None if duration_s is None else t_ns + _ns(duration_s)
            self.set(failing=(t_ns, until_ns))

    def lose(self) -> None:
        """Let the device be gone from now on."""
        with self._truth._writing():
            self.set(lost_ns=self._truth.clock_ns())

    def refreshed_ns(self, t_ns: int) -> int:
        """Return the time of the last refresh at or before a time."""
        knobs = self._knobs
        if knobs.refresh_ns <= 0:
            return t_ns
        count = knobs.refresh_count
        if count > 1:
            since_ns = (t_ns - knobs.phase_ns) % knobs.refreshes_ns[count - 1]
            at = bisect_right(knobs.refreshes_ns, since_ns, lo=0, hi=count) - 1
            grid_ns = t_ns - since_ns + knobs.refreshes_ns[at]
        else:
            grid_ns = t_ns - (t_ns - knobs.phase_ns) % knobs.refresh_ns
        if t_ns >= knobs.refresh_from_ns:
            grid_ns = max(grid_ns, knobs.refresh_from_ns)
        return int(grid_ns)

    def counter(self, t_ns: int) -> int:
        """Return the counter that a reader is shown at a time, with the knobs as they are."""
        knobs = self._knobs
        was_reset = knobs.reset_ns <= t_ns
        zero_ns = knobs.reset_ns if was_reset else self._steps[0].t_ns
        energy_pj = self._energy_pj(self.refreshed_ns(t_ns)) - self._energy_pj(zero_ns)
        energy_pj = max(0, energy_pj) * knobs.gain_ppm // 1_000_000
        energy_pj -= energy_pj % knobs.quantum_pj
        count = (0 if was_reset else knobs.offset) + energy_pj // knobs.unit_pj
        return int(count % knobs.wrap_range if knobs.wrap_range > 0 else count)

    def fault(self, t_ns: int) -> str:
        """Return why a read fails at a time, empty where it does not."""
        knobs = self._knobs
        if t_ns >= knobs.lost_ns:
            return "the device is lost"
        return "failing" if knobs.failing_from_ns <= t_ns < knobs.failing_until_ns else ""

    def knob(self, name: str) -> Any:
        """Return a knob as the readers see it: `name` is that of its field in truth.h."""
        return getattr(self._knobs, name)

    def shown_power_mw(self, t_ns: int, *, instant: bool = False) -> int:
        """Return NVML's power usage at a time, or its instant power, in mW.

        It is the mean over its averaging window.
        """
        knobs = self._knobs
        window_ns = knobs.instant_window_ns if instant else knobs.power_window_ns
        end_ns = self.refreshed_ns(t_ns)
        if window_ns <= 0:
            energy_pj, span_ns = self._energy_pj(end_ns + 1) - self._energy_pj(end_ns), 1
        else:
            span_ns = window_ns
            energy_pj = self._energy_pj(end_ns) - self._energy_pj(end_ns - span_ns)
        gain_ppm = knobs.power_gain_ppm or knobs.gain_ppm
        return int(energy_pj * gain_ppm // 1_000_000 // span_ns)
