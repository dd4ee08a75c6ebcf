"""A record as the store holds it: JSON in zlib's form (RFC 1950), with common words apart.

Most of a short cell's report are the names of its fields, which are the same in all rows. So both
ends know :data:`COMMON`, to which a row's bytes refer. It is what rows were written with: it must
never change while there are such rows. Rows without it are read as well.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

_LEVEL = 6
"""Of compression: a report and its curve take 53 µs, and by the quickest 40 for a sixth more."""
_WINDOW_BITS, _MEMORY = 13, 5
"""Of compression: a report is small, and to clear more memory takes longer than to compress it."""
_SHORT = 60
"""Bytes up to which there is nothing to be saved."""
_JSON = json.JSONEncoder(separators=(",", ":"), check_circular=False)

COMMON = (
    # What is far less common comes first: what is near the end is referred to in fewer bits.
    b'"after":"conditions":{"utilization_percent":"temperature_c":"power_limit_w":'
    b'"integrated_power_j":"net_uncertainty_j":"baseline_at":"before":{"notes":["marks":[{"t_s":'
    b'"text":"hosts":[{"name":"host-1","offset_s":"offset_uncertainty_s":"lost_at_s":"ranks":'
    b'"gaps":[["metric":{"accuracy":"loss":"per":{"count":"unit":"epoch"'
    b'{"id":"rapl","reason":"/sys/class/powercap has no RAPL zone","remedy":"Virtual machines and '
    b"containers rarely see RAPL: measure on the host, or accept the CPU estimate. Or on bare "
    b'metal, load the driver: `sudo modprobe intel_rapl_msr`."},{"id":"nvml","reason":"no NVIDIA '
    b'driver library (libnvidia-ml.so.1) on this machine","remedy":"If this machine has an NVIDIA '
    b"GPU, install its driver; in a container start it with the NVIDIA runtime (`docker run --gpus "
    b'all`). Otherwise there is nothing to do."}'
    b'"extrapolated","below-resolution","counter-restarted","throttled","host-busy","other-meters"'
    b'"error","interrupted","died","provenance":"mixed","stage":"data","stage":"evaluation",'
    b'"stage":"deployment","source":"cpu-estimate","source":"nvml","provenance":"power",'
    b'"provenance":"estimate","resolution_s":0.01,"counted":false,"note":"part of the package",'
    b'"watts per vCPU of , times the utilisation of this machine","scale":{"factor":1.6,"group":'
    b'"CPU model: ","source":"557 SPECpower results"}'
    b'"device":"NVIDIA H100 80GB HBM3","device":"AMD EPYC 7763 64-Core Processor",'
    b'"device":"Intel(R) Xeon(R) Platinum 8380 CPU @ 2.30GHz","device":"memory","source":"rapl",'
    b'"scale":{"factor":1.06,"group":"board GPU-","source":"Yang et al. 2024 (SC\'24); this board '
    b'looks 25 of each 100 ms"},"board":"GPU-'
    b'"scale":{"factor":1.2,"group":"memory of cpu:0, machine ","source":"20 % assumed; '
    b'Desrochers et al. 2016 saw a constant offset, largest at rest"}'
    b'"scale":{"factor":1.05,"group":"package cpu:0, machine ","source":"5 % assumed; Khan et al. '
    b'2018 saw RAPL follow the power at the plug closely"}'
    b'"share":{"cpu_share":0.,"cpu_share_uncertainty":0.0,"energy_j":,"uncertainty_j":,"gpu_share":'
    b'{"gpu:0":},"unit":"cgroup","others_j":,"idle_j":,"domains":{"cpu:0/package":{"by":"cpu-time",'
    b'"energy_j":,"uncertainty_j":,"others_j":,"idle_j":},"cpu:0/dram":{"by":"cpu-time",'
    b'"flags":["counters":{"cpu:0/package":{"unit_j":1e-06,"begin":["end":["cpu:0/dram":'
    b'{"unit_j":1e-06,"gpu:0":{"unit_j":0.001,'
    b'{"t_s":[0.0,0.1,0.2,0.3,0.4,0.5],"power_w":{"cpu":["cpu:0/package":["cpu:0/dram":["gpu:0":['
    b'null,null,{"schema":"jupyter-green.report.v1","run_id":"","cell_id":null,"cell_hash":null,'
    b'"execution_count":1,"notebook":null,"label":null,"stage":"training","status":"ok",'
    b'"started_at":"2026-01-01T00:00:00.000Z","duration_s":1.0,"energy_j":10.0,"uncertainty_j":0.1,'
    b'"provenance":"counter","mean_power_w":10.0,"peak_power_w":10.0,"net_energy_j":null,'
    b'"host":"","domains":[{"id":"cpu:0/package","device":"","source":"rapl","energy_j":10.0,'
    b'"uncertainty_j":0.1,"mean_power_w":10.0,"provenance":"counter","resolution_s":0.001,'
    b'"counted":true,"flags":[],"scale":{"factor":1.05,"group":"package cpu:0, machine ","source":'
    b'"},{"id":"cpu:0/dram","device":"","source":"rapl","energy_j":"},{"id":"gpu:0","device":"'
    b'"board":"GPU-"}],"missing":[],"trace":{"t_s":[],"power_w":{}},"gaps":[],"metric":{},'
    b'"per":null,"meter":{"version":"0.1.0","interval_s":0.1}}'
)


def packed(record: Any) -> bytes:
    """Return a record of JSON types as bytes."""
    text = _JSON.encode(record).encode()
    if len(text) <= _SHORT:
        return zlib.compress(text, zlib.Z_NO_COMPRESSION)
    zipped = zlib.compressobj(
        _LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY, zlib.Z_DEFAULT_STRATEGY, COMMON
    )
    return zipped.compress(text) + zipped.flush()


def unpacked(body: bytes) -> Any:
    """Return the record in some bytes.

    Raises
    ------
    ValueError
        For bytes that hold none.
    """
    unzipped = zlib.decompressobj(zdict=COMMON)
    try:
        text = unzipped.decompress(body)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if not unzipped.eof:
        raise ValueError("the bytes have no end")
    return json.loads(text)
