"""The functions, computed from the truth."""

import ctypes
import os
import time
from enum import IntEnum

from tests.testbench.amdsmi_standin import HIP_IDS_VARIABLE, VERSION_VARIABLE
from tests.testbench.nvml import BENCH_VARIABLE
from tests.testbench.truth import Truth

from .amdsmi_exception import (
    STATUS_DRIVER_NOT_LOADED,
    STATUS_NOT_INIT,
    STATUS_NOT_SUPPORTED,
    STATUS_UNKNOWN_ERROR,
    AmdSmiLibraryException,
    AmdSmiParameterException,
)

_state = {"truth": None}


class AmdSmiInitFlags(IntEnum):
    INIT_AMD_CPUS = 1
    INIT_AMD_GPUS = 2


class AmdSmiTemperatureType(IntEnum):
    EDGE = 0
    HOTSPOT = 1
    JUNCTION = 1
    VRAM = 2


class AmdSmiTemperatureMetric(IntEnum):
    CURRENT = 0
    MAX = 1


class _Handle(ctypes.c_void_p):
    """A pointer as AMD's is: two handles of one GPU are not equal."""

    device = None


def _version():
    return tuple(map(int, os.environ.get(VERSION_VARIABLE, "7.0").split(".")))


def has_enumeration():
    return _version() >= (6, 4)


def amdsmi_init(flag=AmdSmiInitFlags.INIT_AMD_GPUS):
    if not isinstance(flag, AmdSmiInitFlags):
        raise AmdSmiParameterException(flag, AmdSmiInitFlags)
    truth = Truth.open(os.environ[BENCH_VARIABLE])
    if truth.nvml_init_error:
        truth.close()
        raise AmdSmiLibraryException(STATUS_DRIVER_NOT_LOADED)
    _state["truth"] = truth


def amdsmi_shut_down():
    if _state["truth"] is None:
        raise AmdSmiLibraryException(STATUS_NOT_INIT)
    _state["truth"].close()
    _state["truth"] = None


def amdsmi_get_processor_handles():
    if _state["truth"] is None:
        raise AmdSmiLibraryException(STATUS_NOT_INIT)
    handles = []
    for number, device in enumerate(_state["truth"].devices):
        handle = _Handle(number + 1)
        handle.device = device
        handles.append(handle)
    return handles


def _device(handle):
    """Return a handle's device, or raise what it is to raise now."""
    if not isinstance(handle, _Handle):
        raise AmdSmiParameterException(handle, _Handle)
    if _state["truth"] is None:
        raise AmdSmiLibraryException(STATUS_NOT_INIT)
    knobs, now_ns = handle.device._knobs, time.monotonic_ns()
    if knobs.failing_from_ns <= now_ns < knobs.failing_until_ns or knobs.lost_ns <= now_ns:
        raise AmdSmiLibraryException(STATUS_UNKNOWN_ERROR)
    return handle.device


def amdsmi_get_energy_count(processor_handle):
    device = _device(processor_handle)
    now_ns = time.monotonic_ns()
    count = device.counter(now_ns) if device._knobs.has_energy else 2**64 - 1
    resolution_uj = ctypes.c_float(device.unit_j * 1e6).value
    name = "power" if _version() < (6, 3) else "energy_accumulator"
    return {name: count, "counter_resolution": resolution_uj, "timestamp": now_ns}


def amdsmi_get_power_info(processor_handle):
    device = _device(processor_handle)
    if not device._knobs.has_power:
        raise AmdSmiLibraryException(STATUS_NOT_SUPPORTED)
    power_w = device.shown_power_mw(time.monotonic_ns()) // 1000
    instant = device._knobs.has_power_fields
    return {
        "current_socket_power": power_w if instant else "N/A",
        "average_socket_power": "N/A" if instant else power_w,
        "gfx_voltage": 800,
        "soc_voltage": "N/A",
        "mem_voltage": "N/A",
        "power_limit": device._knobs.power_limit_mw * 1000,
    }


def amdsmi_get_power_cap_info(processor_handle):
    cap_uw = _device(processor_handle)._knobs.power_limit_mw * 1000
    return {
        "power_cap": cap_uw,
        "default_power_cap": cap_uw,
        "dpm_cap": 0,
        "min_power_cap": 0,
        "max_power_cap": cap_uw,
    }


def amdsmi_get_gpu_activity(processor_handle):
    percent = _device(processor_handle)._knobs.utilization_percent
    return {"gfx_activity": percent, "umc_activity": percent, "mm_activity": "N/A"}


def amdsmi_get_temp_metric(processor_handle, sensor_type, metric):
    if not isinstance(sensor_type, AmdSmiTemperatureType):
        raise AmdSmiParameterException(sensor_type, AmdSmiTemperatureType)
    if not isinstance(metric, AmdSmiTemperatureMetric):
        raise AmdSmiParameterException(metric, AmdSmiTemperatureMetric)
    device = _device(processor_handle)
    if sensor_type is AmdSmiTemperatureType.EDGE:  # as on MI300
        raise AmdSmiLibraryException(STATUS_NOT_SUPPORTED)
    return device._knobs.temperature_c


def amdsmi_get_gpu_process_list(processor_handle):
    knobs = _device(processor_handle)._knobs
    return [
        {
            "name": "N/A",
            "pid": pid,
            "mem": 0,
            "engine_usage": {"gfx": 0, "enc": 0},
            "memory_usage": {"gtt_mem": 0, "cpu_mem": 0, "vram_mem": 0},
        }
        for pid in knobs.pids[: knobs.pid_count]
    ]


def amdsmi_get_gpu_asic_info(processor_handle):
    knobs = _device(processor_handle)._knobs
    return {
        "market_name": knobs.label.decode() or "N/A",
        "vendor_id": "0x1002",
        "vendor_name": "Advanced Micro Devices Inc. [AMD/ATI]",
        "asic_serial": knobs.uuid.decode(),
    }


def amdsmi_get_gpu_metrics_header_info(processor_handle):
    revision = _device(processor_handle)._knobs.architecture
    return {"structure_size": 264, "format_revision": revision, "content_revision": 3}


def amdsmi_get_gpu_enumeration_info(processor_handle):
    device = _device(processor_handle)
    position = processor_handle.value - 1
    order = os.environ.get(HIP_IDS_VARIABLE)
    hip_id = int(order.split(",")[position]) if order else position
    serial = device.uuid.removeprefix("0x").lower()
    return {
        "drm_render": 128 + position,
        "drm_card": position,
        "hsa_id": hip_id + 1,
        "hip_id": hip_id,
        "hip_uuid": f"GPU-{serial}",
    }
