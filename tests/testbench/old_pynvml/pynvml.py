"""The `pynvml` of the machine as one of 2021 was: texts are bytes, younger functions are not there.

nvidia-ml-py 11.450 to 11.460: no version of ``nvmlDeviceGet…RunningProcesses`` in the name, and
``nvmlDeviceGetFieldValues`` takes numbers of fields alone.
"""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


def _of_today() -> Any:
    paths = [path for path in sys.path if Path(path or ".").resolve() != _HERE]
    spec = importlib.machinery.PathFinder.find_spec("pynvml", paths)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_today = _of_today()
_YOUNGER = ("_v2", "_v3", "nvmlDeviceGetCudaComputeCapability", "nvmlDeviceGetMigMode")
globals().update(
    (name, value)
    for name, value in vars(_today).items()
    if not name.startswith("_") and not name.endswith(_YOUNGER)
)


def _in_bytes(function: Any) -> Any:
    @functools.wraps(function)
    def call(*arguments: Any) -> Any:
        return function(*arguments).encode()

    return call


for _name in ("nvmlDeviceGetName", "nvmlDeviceGetUUID", "nvmlSystemGetDriverVersion"):
    globals()[_name] = _in_bytes(getattr(_today, _name))


def nvmlDeviceGetFieldValues(handle: Any, fields: Any) -> Any:  # noqa: N802  (NVML's name)
    """Take numbers of fields, no scopes."""
    return _today.nvmlDeviceGetFieldValues(handle, [int(field) for field in fields])
