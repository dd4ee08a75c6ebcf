"""The stand-in hardware of all tables, and the programs that run on it.

Processor packages and GPUs whose energy is known (``tests/testbench``). Peers read
RAPL at the kernel's own path, so their programs run in a private mount namespace
that has it there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from jupyter_green.intake.places import LEDGER_VARIABLE
from tests.testbench import namespace, powercap
from tests.testbench.nvml import Nvml
from tests.testbench.truth import Truth

from .program import Program

PACKAGE = "cpu:0/package"
GPU = "gpu:0"
PSYS = "psys"

Knobs = dict[str, Any]
"""Knobs of a device, see :meth:`tests.testbench.truth.Device.set`, and its ``power_w``."""

Devices = Mapping[str, Knobs]

_LIMIT_W = 250.0
"""What a package is held to: its zone's file is read each second while a window is open."""

SMALL: Devices = {
    PACKAGE: {"power_w": 45.0, "power_limit_w": _LIMIT_W},
    GPU: {"power_w": 180.0},
}
"""One package and one GPU that draw the same all the time."""
ONE: Devices = {PACKAGE: {"power_w": 45.0}}
"""One package alone."""
FIFTEEN: Devices = {
    **{
        f"cpu:{n}/{zone}": {"power_w": 20.0, "offset": n * 10**9, "power_limit_w": _LIMIT_W}
        for n in range(2)
        for zone in ("package", "core", "uncore", "dram", "hbm", "accelerator")
    },
    PSYS: {"power_w": 300.0},
    **{f"gpu:{n}": {"power_w": 400.0, "phase_s": n * 0.0125} for n in range(2)},
}
"""Fifteen domains: two sockets with six zones each, the platform, two GPUs."""
LARGE: Devices = {
    **{
        f"cpu:{n}/package": {"power_w": 120.0, "offset": n * 10**9, "power_limit_w": _LIMIT_W}
        for n in range(2)
    },
    **{f"gpu:{n}": {"power_w": 400.0, "phase_s": n * 0.0125} for n in range(8)},
}
"""Two packages and eight GPUs. CodeCarbon takes packages with nearly the same joules for one."""

# Inside the namespace: put plain files over the file system at the kernel's path.
_ON_FILES = 'mount --bind "$0" /sys/class/powercap && exec "$@"'


class Machine:
    """A machine with the given devices. Give it a folder of its own.

    Parameters
    ----------
    folder
        Where the truth and the served files stand.
    devices
        The knobs of each device, by its name.
    """

    def __init__(self, folder: Path, devices: Devices) -> None:
        self._open = ExitStack()
        self.truth = self._open.enter_context(Truth.create(folder / "truth"))
        for name, knobs in devices.items():
            self.truth.add(name, **knobs)
        self._nvml = Nvml(self.truth)
        self._tree_root = folder / "powercap"
        self._tree: powercap.Powercap | None = None

    def __enter__(self) -> Machine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    def start(self, module: str, *arguments: object) -> Program:
        """Start a program for which every counter is exact at the moment it is read.

        Such a read costs some 0.2 ms, far more than the kernel's own file: for
        accuracy, not for timing.
        """
        if namespace.missing():
            return self._start_without_namespace(module, *arguments)
        return self._popen(namespace.wrap(_python(module, *arguments), self.truth), {})

    def start_on_files(self, module: str, *arguments: object) -> Program:
        """Start a program for which RAPL is plain files, rewritten each millisecond.

        Reads cost about as much as those of the kernel's own files and may be
        some milliseconds old: for timing.
        """
        if namespace.missing():
            return self._start_without_namespace(module, *arguments)
        over = ["sh", "-c", _ON_FILES, str(self._files()), *_python(module, *arguments)]
        return self._popen(namespace.wrap(over, self.truth), {})

    def _start_without_namespace(self, module: str, *arguments: object) -> Program:
        """Start a program that has to be told where RAPL is: ours."""
        env = {powercap.POWERCAP_VARIABLE: str(self._files())}
        return self._popen(_python(module, *arguments), env)

    def _files(self) -> Path:
        if self._tree is None:
            served = powercap.serve_tree(self.truth, self._tree_root)
            self._tree = self._open.enter_context(served)
        return self._tree_root

    def _popen(self, command: list[str], env: dict[str, str]) -> Program:
        environ = {k: v for k, v in os.environ.items() if k != "CUDA_VISIBLE_DEVICES"}
        ledger = {LEDGER_VARIABLE: str(self._tree_root.parent / "ledger")}  # not the user's own
        return Program(command, environ | self._nvml.env | env | ledger)


@contextmanager
def machine_with(devices: Devices) -> Iterator[Machine]:
    """Make a machine in a folder of its own, which goes with it."""
    with (
        TemporaryDirectory(prefix="jupyter-green-bench-", ignore_cleanup_errors=True) as folder,
        Machine(Path(folder), devices) as machine,
    ):
        yield machine


def _python(module: str, *arguments: object) -> list[str]:
    return [sys.executable, "-W", "ignore", "-m", module, *map(str, arguments)]
