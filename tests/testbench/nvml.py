"""NVML: the environment in which the unmodified ``pynvml`` reads the truth."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from . import build
from .truth import Device, Truth

BENCH_VARIABLE = "JUPYTER_GREEN_BENCH"
_TOOLS = Path(__file__).parent / "bin"


class Nvml:
    """The GPUs of a truth, as a child process sees them through NVIDIA's library.

    Give :attr:`env` to the process when it starts: the loader reads
    ``LD_LIBRARY_PATH`` only then.
    """

    def __init__(self, truth: Truth, environ: Mapping[str, str] = os.environ) -> None:
        self._truth = truth
        self._environ = environ
        self.library = build.nvml_library()

    @property
    def env(self) -> dict[str, str]:
        """What the child's environment needs on top of its own."""
        return {
            BENCH_VARIABLE: str(self._truth.path),
            "LD_LIBRARY_PATH": _before(
                str(self.library.parent), self._environ.get("LD_LIBRARY_PATH")
            ),
            "PATH": _before(str(_TOOLS), self._environ.get("PATH")),
        }

    @property
    def devices(self) -> list[Device]:
        """The boards."""
        return [d for d in self._truth.devices if re.fullmatch(r"gpu:\d+", d.name)]

    def fail_init(self, code: int) -> None:
        """Let ``nvmlInit`` return an error from now on; 0 lets it succeed again."""
        self._truth.nvml_init_error = code


def _before(first: str, rest: str | None) -> str:
    return os.pathsep.join([first, rest] if rest else [first])
