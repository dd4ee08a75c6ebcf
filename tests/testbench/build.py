"""Compiles the bench's C programs on demand, once per content of their sources."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

SOURCES = Path(__file__).parent
BUILD = SOURCES.parents[1] / "build" / "testbench"

_FLAGS = ("-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror")
_SONAME = "libnvidia-ml.so.1"
_CUDA_SONAME = "libcuda.so.1"


class BuildError(RuntimeError):
    """The bench cannot be built; the message says in one line why."""


def powercapd() -> Path:
    """Return the program that serves powercap trees."""
    sources = ["powercapd.c", "tree.c", "fuse.c"]
    return _compile("powercapd", sources, ["plan.h", "truth.h"], [])


def nvml_library() -> Path:
    """Return the stand-in for NVIDIA's library, alone in its folder."""
    return _library(_SONAME, "nvml.c")


def cuda_library() -> Path:
    """Return the stand-in for the library of NVIDIA's driver, alone in its folder."""
    return _library(_CUDA_SONAME, "cuda.c")


def pdh_library() -> Path:
    """Return the stand-in for Windows' ``pdh.dll``, built for this system."""
    return _library("pdh.so", "pdh.c")


def locks_library() -> Path:
    """Return what is preloaded for locks that fail or hang."""
    options = ["-shared", "-fPIC", "-fvisibility=hidden", "-ldl"]
    return _compile("locks.so", ["locks.c"], [], options)


def _library(soname: str, source: str) -> Path:
    options = ["-shared", "-fPIC", "-fvisibility=hidden", f"-Wl,-soname,{soname}"]
    return _compile(soname, [source], ["truth.h"], options)


def _compile(
    target: str, sources: Sequence[str], headers: Sequence[str], options: Sequence[str]
) -> Path:
    compiler = os.environ.get("CC") or shutil.which("cc")
    if not compiler:
        raise BuildError("the test bench needs a C compiler: apt-get install gcc libc6-dev")
    command = [compiler, *_FLAGS, *options, *(str(SOURCES / name) for name in sources)]
    digest = hashlib.sha256(repr(command).encode())
    for name in (*sources, *headers):
        digest.update((SOURCES / name).read_bytes())
    built = BUILD / digest.hexdigest()[:16] / target
    if not built.exists():
        built.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
            output = Path(scratch, target)
            done = subprocess.run(
                [*command, "-o", str(output)], capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise BuildError(f"{compiler} cannot build {target}: {done.stderr.strip()}")
            output.replace(built)  # whoever else builds it now gets the same file
    return built
