"""AMD GPUs: energy counters and socket power, read through AMD's ``amdsmi``.

AMD SMI Python API reference: ``amdsmi_get_energy_count`` gives an accumulator since
the GPU's last reset and the µJ of one step; ``amdsmi_get_power_info`` gives watts,
``"N/A"`` in the fields that a board does not have (``current_socket_power`` on MI300
and newer, ``average_socket_power`` on MI200 and older and on Radeon).
"""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import scales, sysfs
from .base import Conditions, Domain, Found, Missing, Provenance, Reading, Source
from .hip_visible import NOTE_PARTITION

DRM_ROOT = Path("/sys/class/drm")

RESOLUTION_S = 0.01
"""Not documented. The driver hands out one table of metrics for about a millisecond."""

# The cap is an average: boards exceed it for some milliseconds.
_LIMIT_MARGIN = 2.0
_UNKNOWN_LIMIT_W = 4000.0
_NO_FIGURE = 2**64 - 1
"""What the driver shows in a 64-bit field that a board does not have."""

NOTE_INTEGRATED = "part of the processor, whose package contains it"

REMEDY_NOT_INSTALLED = (
    "Run `pip install 'jupyter-green[amd]'` in the kernel's environment, in the version of the "
    "installed ROCm, whose package amd-smi-lib has the library behind it."
)
REMEDY_DRIVER = (
    "Run `amd-smi list` to see the fault. The user must be in the groups `render` and `video`; "
    "in a container pass `--device /dev/kfd --device /dev/dri`."
)
REMEDY_NO_ENERGY = (
    "This GPU reports neither energy nor power (common in virtual machines): measure on the host."
)


@dataclass(frozen=True)
class _Gpu:
    handle: Any
    domain: Domain
    power_field: str | None


class AmdGpu(Source):
    """Reads the energy counter and the socket power of each GPU."""

    name = "amdsmi"
    has_conditions = True

    def __init__(self, amdsmi: Any, gpus: Sequence[_Gpu]) -> None:
        self._amdsmi = amdsmi
        self._gpus = list(gpus)

    @property
    def domains(self) -> Sequence[Domain]:
        """One domain per GPU, in the order in which HIP numbers them."""
        return [gpu.domain for gpu in self._gpus]

    def read(self, index: int) -> Reading:
        """Read one GPU's counter, in steps of its unit, and its power."""
        gpu = self._gpus[index]
        reading = self._energy(gpu)
        if gpu.power_field is None:
            return reading
        before = time.monotonic_ns()
        try:
            power_w = _watts(self._amdsmi.amdsmi_get_power_info(gpu.handle), gpu.power_field)
        except self._amdsmi.AmdSmiException as failure:
            error = reading.error or f"power of {gpu.domain.id}: {_reason(failure)}"
            return Reading(reading.t_ns, reading.counter, None, error)
        t_ns = reading.t_ns
        if gpu.domain.provenance is Provenance.POWER:
            t_ns = (before + time.monotonic_ns()) // 2
        return Reading(t_ns, reading.counter, power_w, reading.error)

    def poll(self, index: int) -> Reading:
        """Read one GPU's counter alone, or its power where it has no counter."""
        gpu = self._gpus[index]
        return self._energy(gpu) if _is_counter(gpu.domain) else self.read(index)

    def conditions(self, index: int) -> Conditions:
        """Return how busy and how hot one GPU is, its power cap, and who uses it."""
        smi, handle = self._amdsmi, self._gpus[index].handle
        activity = self._ask(smi.amdsmi_get_gpu_activity, handle) or {}
        processes = self._ask(smi.amdsmi_get_gpu_process_list, handle)
        return Conditions(
            utilization_percent=_number(activity.get("gfx_activity")),
            temperature_c=self._temperature_c(handle),
            power_limit_w=self._ask(_cap_w, smi, handle, "power_cap"),
            process_ids=None if processes is None else tuple(p["pid"] for p in processes),
        )

    def close(self) -> None:
        """Give the library back."""
        with contextlib.suppress(self._amdsmi.AmdSmiException):
            self._amdsmi.amdsmi_shut_down()

    def _energy(self, gpu: _Gpu) -> Reading:
        before = time.monotonic_ns()
        counter = error = None
        if _is_counter(gpu.domain):
            try:
                counter = _accumulator(self._amdsmi.amdsmi_get_energy_count(gpu.handle))
            except self._amdsmi.AmdSmiException as failure:
                error = f"energy of {gpu.domain.id}: {_reason(failure)}"
            else:
                if counter is None:
                    error = f"energy of {gpu.domain.id}: the driver shows none now"
        return Reading((before + time.monotonic_ns()) // 2, counter, None, error)

    def _temperature_c(self, handle: Any) -> float | None:
        """Return the hotspot's temperature, the edge's where there is no sensor for it."""
        smi = self._amdsmi
        for place in (smi.AmdSmiTemperatureType.HOTSPOT, smi.AmdSmiTemperatureType.EDGE):
            metric = smi.AmdSmiTemperatureMetric.CURRENT
            temperature_c = _number(self._ask(smi.amdsmi_get_temp_metric, handle, place, metric))
            if temperature_c is not None:
                return temperature_c
        return None

    def _ask(self, question: Callable[..., Any], *about: Any) -> Any:
        """Return the library's answer, ``None`` where it has none."""
        try:
            return question(*about)
        except self._amdsmi.AmdSmiException:
            return None


def probe(*, first_gpu: int = 0, drm_root: Path = DRM_ROOT) -> Found:
    """Open AMD SMI and describe each GPU of this machine, whoever may use it.

    Nothing is missing where there is no discrete AMD GPU.

    Parameters
    ----------
    first_gpu
        The number of the first GPU here, after those of other sources.
    drm_root
        Where to look for such a GPU if the library does not say.
    """
    amdsmi, missing = _start()
    if missing is not None:
        return Found(missing=(missing,) if _has_discrete_gpu(drm_root) else ())
    gpus: list[_Gpu] = []
    absent: list[Missing] = []
    boards: set[str] = set()
    try:
        for listed in sorted(_listed(amdsmi), key=lambda gpu: gpu.hip_id):
            index = listed.hip_id
            try:
                gpu = _describe(amdsmi, first_gpu + index, listed, boards)
            except amdsmi.AmdSmiException as error:
                reason = f"it cannot be read: {_reason(error)}"
                absent.append(Missing(f"gpu:{first_gpu + index}", reason, REMEDY_DRIVER))
                continue
            if gpu is None:
                reason = "it reports neither energy nor power"
                absent.append(Missing(f"gpu:{first_gpu + index}", reason, REMEDY_NO_ENERGY))
            else:
                gpus.append(gpu)
    except amdsmi.AmdSmiException as error:
        reason = f"the GPUs cannot be listed: {_reason(error)}"
        absent.append(Missing("amdsmi", reason, REMEDY_DRIVER))
    source = AmdGpu(amdsmi, gpus)
    if not gpus:
        source.close()
        return Found(missing=tuple(absent))
    return Found(source, tuple(absent))


def _start() -> tuple[Any, Missing | None]:
    """Load and open the library; return it, or what is missing."""
    try:
        # Without its shared library the package prints to standard output,
        # which belongs to this process's messages, and fails in various ways.
        with contextlib.redirect_stdout(io.StringIO()):
            import amdsmi
    except ImportError:
        reason = "the package amdsmi is not installed"
        return None, Missing("amdsmi", reason, REMEDY_NOT_INSTALLED)
    except (AttributeError, KeyError, OSError):
        reason = "the package amdsmi cannot find, or does not match, its library libamd_smi.so"
        return None, Missing("amdsmi", reason, REMEDY_NOT_INSTALLED)
    try:
        amdsmi.amdsmi_init()
    except amdsmi.AmdSmiException as error:
        reason = f"AMD SMI cannot start: {_reason(error)}"
        return None, Missing("amdsmi", reason, REMEDY_DRIVER)
    return amdsmi, None


def _has_discrete_gpu(drm_root: Path) -> bool:
    """Whether the amdgpu driver runs a GPU that is not part of a processor.

    The third byte of ``gpu_metrics`` is the format's revision: 1 for discrete
    GPUs, 2 and above for integrated ones (Linux, kgd_pp_interface.h).
    """
    for device in drm_root.glob("card*/device"):
        driver = (device / "driver").resolve().name
        if sysfs.text(device / "vendor") == "0x1002" and driver == "amdgpu":
            try:
                header = (device / "gpu_metrics").read_bytes()[:4]
            except OSError:
                return True
            if len(header) < 4 or header[2] < 2:
                return True
    return False


# --- which GPUs there are -------------------------------------------------------------------


@dataclass(frozen=True)
class _Listed:
    """A GPU as HIP lists it: its number there, and its unique id as ``GPU-…``."""

    hip_id: int
    hip_uuid: str
    handle: Any


def _listed(amdsmi: Any) -> Iterator[_Listed]:
    """List the GPUs with HIP's numbers and ids, which older versions do not report.

    There the order of the handles replaces HIP's, and the serial number of
    the chip for the unique id, which is made of it.
    """
    for position, handle in enumerate(amdsmi.amdsmi_get_processor_handles()):
        try:
            known = amdsmi.amdsmi_get_gpu_enumeration_info(handle)
        except (AttributeError, amdsmi.AmdSmiException):
            known = {}
        hip_id = known.get("hip_id")
        if not isinstance(hip_id, int):
            hip_id = position
        hip_uuid = str(known.get("hip_uuid") or "")
        if not hip_uuid.startswith("GPU-"):
            serial = str(_asic(amdsmi, handle).get("asic_serial", ""))
            known_by = serial.removeprefix("0x")
            hip_uuid = f"GPU-{known_by}" if known_by not in ("", "N/A") else ""
        yield _Listed(hip_id, hip_uuid, handle)


# --- what each reports ----------------------------------------------------------------------


def _describe(amdsmi: Any, number: int, listed: _Listed, boards: set[str]) -> _Gpu | None:
    """Describe a GPU, ``None`` where it reports nothing; `boards` are the serials seen so far."""
    handle, board = listed.handle, listed.hip_uuid
    step_uj = _step_uj(amdsmi, handle)
    power_field = _power_field(amdsmi, handle)
    if step_uj is None and power_field is None:
        return None
    asic = _asic(amdsmi, handle)
    name = asic.get("market_name", "N/A")
    note = NOTE_INTEGRATED if _is_integrated(amdsmi, handle, name) else ""
    serial = asic.get("asic_serial", "N/A")
    if serial != "N/A":
        # A board in several partitions is listed several times, each with all of its energy.
        note = NOTE_PARTITION if serial in boards else note
        boards.add(serial)
    kinds = {"current_socket_power": "instant", "average_socket_power": "average"}
    domain = Domain(
        id=f"gpu:{number}",
        device="AMD GPU" if name == "N/A" else name,
        source=AmdGpu.name,
        provenance=Provenance.POWER if step_uj is None else Provenance.COUNTER,
        resolution_s=RESOLUTION_S,
        counted=not note,
        unit_j=(step_uj or 1.0) * 1e-6,
        power_limit_w=_power_limit_w(amdsmi, handle),
        scale=scales.unvalidated(f"board {board}" if board else f"gpu:{number}"),
        note=note,
        board=board,
        power_kind=kinds.get(power_field or "", ""),
    )
    return _Gpu(handle, domain, power_field)


def _asic(amdsmi: Any, handle: Any) -> Mapping[str, Any]:
    try:
        info: Mapping[str, Any] = amdsmi.amdsmi_get_gpu_asic_info(handle)
    except amdsmi.AmdSmiException:
        return {}
    return info


def _step_uj(amdsmi: Any, handle: Any) -> float | None:
    """Return the µJ of one step of the counter, ``None`` for a board without one.

    Boards without an accumulator show 0 or all ones instead of an error.
    """
    try:
        count = amdsmi.amdsmi_get_energy_count(handle)
    except amdsmi.AmdSmiException:
        return None
    step_uj = _number(count.get("counter_resolution"))
    return step_uj if step_uj and _accumulator(count) else None


def _accumulator(count: Mapping[str, Any]) -> int | None:
    """Return the counter, which was called ``power`` until version 6.3."""
    value = count.get("energy_accumulator", count.get("power"))
    return None if not isinstance(value, int) or value == _NO_FIGURE else value


def _power_field(amdsmi: Any, handle: Any) -> str | None:
    try:
        info = amdsmi.amdsmi_get_power_info(handle)
    except amdsmi.AmdSmiException:
        return None
    fields = ("current_socket_power", "average_socket_power", "socket_power")
    return next((field for field in fields if _watts(info, field)), None)


def _watts(info: Mapping[str, Any], field: str) -> float | None:
    return _number(info.get(field))


def _is_integrated(amdsmi: Any, handle: Any, name: str) -> bool:
    """Whether the GPU is part of a processor; see `_has_discrete_gpu` for the revision."""
    if "MI300A" in name:
        return True
    try:
        header = amdsmi.amdsmi_get_gpu_metrics_header_info(handle)
    except amdsmi.AmdSmiException:
        return False
    return bool(header.get("format_revision", 1) >= 2)


def _power_limit_w(amdsmi: Any, handle: Any) -> float:
    try:
        limit_w = _cap_w(amdsmi, handle, "max_power_cap")
    except amdsmi.AmdSmiException:
        limit_w = None
    return _LIMIT_MARGIN * limit_w if limit_w else _UNKNOWN_LIMIT_W


def _cap_w(amdsmi: Any, handle: Any, field: str) -> float | None:
    """Return a power cap in watts; the reference gives them in µW."""
    cap_uw = _number(amdsmi.amdsmi_get_power_cap_info(handle).get(field))
    return None if cap_uw is None else cap_uw * 1e-6


def _is_counter(domain: Domain) -> bool:
    return domain.provenance is Provenance.COUNTER


def _number(value: Any) -> float | None:
    """Return a figure, ``None`` for the library's ``"N/A"``."""
    return float(value) if isinstance(value, (int, float)) else None


def _reason(error: Exception) -> str:
    """Return the library's message in one line."""
    return " ".join(str(error).split())
