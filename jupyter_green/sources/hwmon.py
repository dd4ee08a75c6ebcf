"""hwmon: power monitors of boards, and the energy counters of Intel GPUs, in Linux's sysfs.

Kernel documentation: Documentation/hwmon/sysfs-interface.rst (``energyN_input`` in
µJ, ``powerN_input`` in µW, ``inN_input`` in mV, ``currN_input`` in mA,
``update_interval`` in ms), ina3221.rst and amd_energy.rst there, and
Documentation/ABI/testing/sysfs-driver-intel-xe-hwmon and -i915-hwmon.

*Boards* such as NVIDIA's Jetson carry INA monitors on their supply rails. The
rails feed one another, so only those are counted that are known to lie side by
side and to carry the whole module; without such knowledge none is.
"""

from __future__ import annotations

import errno
import math
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from . import scales, sysfs
from .base import Domain, Found, Missing, Provenance, Reading, Source

HWMON_ROOT = Path("/sys/class/hwmon")
MODEL_PATH = Path("/proc/device-tree/model")

UNKNOWN_RESOLUTION_S = 0.1
"""For a monitor without ``update_interval``, and for GPUs, whose refresh is not documented."""
AMD_ENERGY_RESOLUTION_S = 0.001
"""The registers are those of RAPL, refreshed about once a millisecond."""

_LIMIT_MARGIN = 2.0
_UNKNOWN_LIMIT_W = 2000.0

_INA = re.compile(r"ina\d+x*$")
_INTEL_GPU = ("xe", "i915")
_AMD_ENERGY = "amd_energy"
_SOCKET = re.compile(r"Esocket(\d+)$")

# The rail that carries the whole module: "VDD_IN is the total power of module" (NVIDIA's
# developer forum on Jetson Xavier NX), POM_5V_IN on Jetson Nano.
_WHOLE_MODULE = ("VDD_IN", "POM_5V_IN", "5V_IN")

# Modules without such a rail. Jetson AGX Xavier's design guide (DG-09840, 5.2 and 5.6.2)
# derives these six from two inputs, none from another. AGX Orin is its successor in
# layout; its memory rail is left out, as nothing says that the 5 V rail does not feed it.
_SIDE_BY_SIDE = (
    frozenset({"GPU", "CPU", "SOC", "CV", "VDDRQ", "SYS5V"}),
    frozenset({"VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0"}),
)

NOTE_UNKNOWN_BOARD = (
    "no rail of this board is known to carry its whole power, and rails may feed one another"
)
NOTE_PROCESSOR_METERED = "the processor's own counter is in the total, and a rail may contain it"
NOTE_PART_OF_CARD = "part of the card"


class _Number:
    """A sysfs file with one number, kept open between reads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = -1

    def read(self) -> int:
        """Return the number now; raise OSError or ValueError where there is none."""
        try:
            if self._fd < 0:
                self._fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            return int(os.pread(self._fd, 32, 0))
        except (OSError, ValueError):
            self.close()
            raise

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


@dataclass(frozen=True)
class _Sensor:
    """One domain and its files: a counter in µJ, and factors whose product is power in µW."""

    domain: Domain
    energy: _Number | None
    power: tuple[_Number, ...]

    @property
    def files(self) -> tuple[_Number, ...]:
        return (*([self.energy] if self.energy else []), *self.power)


class Hwmon(Source):
    """Reads board rails, Intel GPUs and AMD's energy driver."""

    name = "hwmon"

    def __init__(self, sensors: Sequence[_Sensor]) -> None:
        self._sensors = list(sensors)

    @property
    def domains(self) -> Sequence[Domain]:
        """One domain per rail, GPU or socket."""
        return [sensor.domain for sensor in self._sensors]

    def read(self, index: int) -> Reading:
        """Read one sensor's counter, in µJ, and its power."""
        sensor = self._sensors[index]
        return _read(sensor.energy, sensor.power)

    def poll(self, index: int) -> Reading:
        """Read one sensor's counter alone, or its power where it has no counter."""
        sensor = self._sensors[index]
        return _read(sensor.energy, () if sensor.energy else sensor.power)

    def close(self) -> None:
        """Close the files."""
        for sensor in self._sensors:
            for file in sensor.files:
                file.close()


def probe(
    root: Path = HWMON_ROOT,
    *,
    processor_metered: bool = False,
    first_gpu: int = 0,
    model_path: Path = MODEL_PATH,
) -> Found:
    """Find the energy and power sensors below `root`; nothing is missing where there are none.

    Parameters
    ----------
    processor_metered
        Whether another source counts the processor's package. What may contain
        it is then not counted, and AMD's energy driver, which reads the same
        registers, is left out.
    first_gpu
        The number of the first GPU here, after those of other sources.
    """
    chips = [(folder, sysfs.text(folder / "name")) for folder in _chip_folders(root)]
    model = sysfs.text(model_path).rstrip("\0") or "board"
    sensors = [
        *_board([c for c in chips if _INA.match(c[1])], model, processor_metered=processor_metered),
        *_intel_gpus([c for c in chips if c[1] in _INTEL_GPU], first_gpu),
    ]
    if not processor_metered:
        sensors += [s for folder, name in chips if name == _AMD_ENERGY for s in _sockets(folder)]
    missing = []
    readable = []
    for sensor in sensors:
        why = _forbidden(sensor)
        if why is None:
            readable.append(sensor)
        else:
            path, reason = why
            remedy = f"`sudo chmod a+r {path}` lets every user read it until the next boot."
            missing.append(Missing(sensor.domain.id, reason, remedy))
    return Found(Hwmon(readable) if readable else None, tuple(missing))


def _chip_folders(root: Path) -> list[Path]:
    try:
        folders = [path for path in root.iterdir() if path.name.startswith("hwmon")]
    except OSError:
        return []
    # By the device behind it: hwmon numbers change from boot to boot.
    return sorted(folders, key=lambda path: (str((path / "device").resolve()), path.name))


def _read(energy: _Number | None, power: Sequence[_Number]) -> Reading:
    counter = power_w = error = None
    before = time.monotonic_ns()
    t_ns = before
    try:
        if energy is not None:
            counter = energy.read()
            t_ns = (before + time.monotonic_ns()) // 2
        if power:
            power_w = math.prod(file.read() for file in power) * 1e-6
            if energy is None:
                t_ns = (before + time.monotonic_ns()) // 2
    except (OSError, ValueError) as failure:
        paths = " and ".join(str(file.path) for file in ([energy] if energy else []) + [*power])
        error = f"{paths}: {getattr(failure, 'strerror', None) or 'not a number'}"
    return Reading(t_ns, counter, power_w, error)


def _forbidden(sensor: _Sensor) -> tuple[Path, str] | None:
    """Return the first file that may not be read, and why. Other faults appear in the readings."""
    for file in sensor.files:
        reason = _refusal(file)
        if reason:
            return file.path, reason
    return None


def _refusal(file: _Number) -> str:
    try:
        file.read()
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM):
            return f"{file.path} cannot be read: {error.strerror}"
    except ValueError:
        pass
    return ""


# --- boards ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Rail:
    label: str
    energy: _Number | None
    power: tuple[_Number, ...]
    resolution_s: float


def _board(
    chips: Sequence[tuple[Path, str]], model: str, *, processor_metered: bool
) -> Iterator[_Sensor]:
    """Describe the rails of all monitors together, the counted ones first."""
    rails = [rail for folder, name in chips for rail in _rails(folder, name)]
    counted, note = _counted({rail.label for rail in rails})
    if processor_metered:
        counted, note = frozenset(), NOTE_PROCESSOR_METERED
    taken: set[str] = set()
    for rail in sorted(rails, key=lambda rail: rail.label not in counted):
        wanted = _rail_id(rail.label, counted)
        id_ = _unused(wanted, taken)
        taken.add(id_)
        # A second rail of the same name is not the one that is known.
        is_counted = rail.label in counted and id_ == wanted
        domain = Domain(
            id=id_,
            device=f"{model}, rail {rail.label}",
            source=Hwmon.name,
            provenance=Provenance.COUNTER if rail.energy else Provenance.POWER,
            resolution_s=rail.resolution_s,
            counted=is_counted,
            power_limit_w=_UNKNOWN_LIMIT_W,
            scale=scales.unvalidated(f"rail {rail.label}"),
            note="" if is_counted else note,
        )
        yield _Sensor(domain, rail.energy, rail.power)


def _counted(labels: set[str]) -> tuple[frozenset[str], str]:
    """Return the rails that make up the total, and why the others are not in it."""
    for label in _WHOLE_MODULE:
        if label in labels:
            return frozenset({label}), f"the total is the rail {label}"
    for rails in _SIDE_BY_SIDE:
        if rails <= labels:
            return rails, f"the total is the sum of {', '.join(sorted(rails))}"
    return frozenset(), NOTE_UNKNOWN_BOARD


def _rail_id(label: str, counted: frozenset[str]) -> str:
    return "board" if counted == {label} else f"board/{label.lower().replace(' ', '-')}"


def _unused(id_: str, taken: set[str]) -> str:
    number, unused = 1, id_
    while unused in taken:
        number += 1
        unused = f"{id_}-{number}"
    return unused


def _rails(folder: Path, chip: str) -> Iterator[_Rail]:
    """Find the rails that one monitor measures.

    An ina3221 has three; its channels above are sums and shunt voltages. The
    other INA chips have one, with the power calculated by the chip.
    """
    interval_ms = sysfs.integer(folder / "update_interval")
    resolution_s = interval_ms / 1000 if interval_ms else UNKNOWN_RESOLUTION_S
    for n in range(1, 4):
        if sysfs.integer(folder / f"in{n}_enable") == 0:
            continue
        label = next(
            (
                text
                for name in (f"in{n}_label", f"power{n}_label", "label")
                if (text := sysfs.text(folder / name))
            ),
            f"{chip}-{n}",
        )
        if label == "NC":  # not connected
            continue
        energy = _file(folder, f"energy{n}_input")
        power = _files(folder, f"power{n}_input") or _files(
            folder, f"in{n}_input", f"curr{n}_input"
        )
        if energy or power:
            yield _Rail(label, energy, power, resolution_s)


def _file(folder: Path, name: str) -> _Number | None:
    return _Number(folder / name) if (folder / name).exists() else None


def _files(folder: Path, *names: str) -> tuple[_Number, ...]:
    """Return all of the files, or none where one is absent."""
    found = tuple(file for name in names if (file := _file(folder, name)))
    return found if len(found) == len(names) else ()


# --- Intel GPUs -----------------------------------------------------------------------------


def _intel_gpus(chips: Sequence[tuple[Path, str]], first: int) -> Iterator[_Sensor]:
    """Describe the discrete GPUs; the drivers register no hwmon device for integrated ones.

    xe labels its counters ``card`` and ``pkg``; the package is part of the card.
    i915 has one counter for the device.
    """
    number = first
    for folder, driver in chips:
        energies = [
            (sysfs.text(folder / f"energy{n}_label"), file, n)
            for n in (1, 2)
            if (file := _file(folder, f"energy{n}_input"))
        ]
        energies.sort(key=lambda energy: energy[0] != "card")
        for place, (label, file, n) in enumerate(energies):
            device = sysfs.text(folder / "device" / "device")
            whole = Domain(
                id=f"gpu:{number}",
                device=f"Intel GPU {device} ({driver})" if device else f"Intel GPU ({driver})",
                source=Hwmon.name,
                provenance=Provenance.COUNTER,
                resolution_s=UNKNOWN_RESOLUTION_S,
                power_limit_w=_gpu_limit_w(folder, n),
                scale=scales.unvalidated(f"gpu:{number}"),
            )
            part = replace(
                whole,
                id=f"gpu:{number}/{label or 'package'}",
                counted=False,
                note=NOTE_PART_OF_CARD,
            )
            yield _Sensor(part if place else whole, file, ())
        number += bool(energies)


def _gpu_limit_w(folder: Path, n: int) -> float:
    names = (f"power{n}_rated_max", f"power{n}_max", f"power{n}_crit")
    highest_uw = max(sysfs.integer(folder / name) or 0 for name in names)
    return _LIMIT_MARGIN * highest_uw * 1e-6 if highest_uw else _UNKNOWN_LIMIT_W


# --- AMD's energy driver --------------------------------------------------------------------


def _sockets(folder: Path) -> Iterator[_Sensor]:
    """Describe each socket's counter; those of the cores are part of it."""
    for path in sorted(folder.glob("energy*_label")):
        socket = _SOCKET.match(sysfs.text(path))
        energy = _file(folder, path.name.replace("_label", "_input"))
        if socket and energy:
            domain = Domain(
                id=f"cpu:{int(socket[1])}/package",
                device="AMD processor",
                source=Hwmon.name,
                provenance=Provenance.COUNTER,
                resolution_s=AMD_ENERGY_RESOLUTION_S,
                power_limit_w=_UNKNOWN_LIMIT_W,
                scale=scales.rapl(f"cpu:{int(socket[1])}", "package", "AMD processor"),
            )
            yield _Sensor(domain, energy, ())
