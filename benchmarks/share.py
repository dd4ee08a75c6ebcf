"""``python -m benchmarks.share [--cells N]``: the own share, next to a control group's figures.

Each kernel is in a control group of its own (cpuacct, version 1: it needs root and counts
nanoseconds), its sampler is not. What the group used of what all have used, between the
first and the last statement of a cell, is the true share. Meanwhile a stranger computes.
Workloads whose package is not installed are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from jupyter_green.sampler.registry import RUNTIME_VARIABLE
from jupyter_green.sources.variables import POWERCAP_VARIABLE
from tests.testbench.kernel import Kernel
from tests.testbench.powercap import serve_tree
from tests.testbench.truth import Truth

from .table import Table

GROUPS = Path("/sys/fs/cgroup/cpuacct")
ALLOWED = 0.05
"""How far the stated share may be from the true one."""


@dataclass(frozen=True)
class Workload:
    """What a cell does, and what is done once before."""

    title: str
    cell: str
    before: str = ""
    needs: str = ""


_JOBS = "[0.5] * 6"
WORKLOADS = (
    Workload("the kernel itself", "burn(2.0)"),
    Workload(
        "its threads",
        "with ThreadPoolExecutor(2) as pool: list(pool.map(digest, [1.0] * 2))",
        "from concurrent.futures import ThreadPoolExecutor",
    ),
    Workload("`!`, foreground", "!{sys.executable} burn.py 2.0"),
    Workload(
        "`!`, background",
        "!(nohup {sys.executable} burn.py 2.0 > burn.log 2>&1 &); sleep 5",
    ),
    Workload(
        "`!`, background, sessions of their own",
        "!for n in 1 2 3; do (setsid {sys.executable} burn.py 0.7 > log 2>&1 &); done; sleep 5",
    ),
    Workload(
        "`os.system`, background",
        "os.system(f'{sys.executable} burn.py 2.0 &'); time.sleep(5)",
    ),
    Workload("daemons, forked twice", "daemon(2.0); time.sleep(5)"),
    Workload(
        "multiprocessing, forked",
        f"with multiprocessing.get_context('fork').Pool(2) as pool: pool.map(burn, {_JOBS})",
    ),
    Workload(
        "multiprocessing, spawned",
        f"with multiprocessing.get_context('spawn').Pool(2) as pool: pool.map(burn, {_JOBS})",
    ),
    Workload(
        "joblib (loky)",
        f"_ = joblib.Parallel(n_jobs=2)(joblib.delayed(burn)(s) for s in {_JOBS})",
        "import joblib",
        "joblib",
    ),
    Workload(
        "Dask",
        f"_ = client.gather(client.map(burn, {_JOBS}, pure=False))",
        "import dask.distributed\n"
        "client = dask.distributed.Client("
        "n_workers=2, threads_per_worker=1, dashboard_address=None)",
        "distributed",
    ),
    Workload(
        "Ray",
        f"_ = ray.get([task.remote(s) for s in {_JOBS}])",
        "import ray\nray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)\n"
        "task = ray.remote(burn)",
        "ray",
    ),
    Workload(
        "Spark",
        f"_ = spark.parallelize({_JOBS}, 6).map(burn).count()",
        "import pyspark\n"
        "spark = pyspark.SparkContext('local[2]', conf=pyspark.SparkConf().set("
        "'spark.ui.showConsoleProgress', 'false'))",
        "pyspark",
    ),
)

_WORKER = """
import sys, time
def burn(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
if __name__ == "__main__":
    burn(float(sys.argv[1]))
"""
_SETUP = """
%cd -q {folder}
import hashlib, json, multiprocessing, os, subprocess, sys, time
sys.path.insert(0, {folder!r})
from worker import burn
def digest(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        hashlib.sha256(bytes(1 << 22)).digest()
def daemon(seconds):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            burn(seconds)
        os._exit(0)
    os.wait()
def used_ns(group):
    return int(open(f"{groups}/{{group}}/cpuacct.usage").read())
%load_ext jupyter_green
from jupyter_green.meter.shared import shared_meter
%green status
open("{groups}/cgroup.procs", "w").write(str(shared_meter().sampler_pid))
"""
_CELL = """%%energy -v report -q
own_ns, all_ns = used_ns({group!r}), used_ns(".")
{cell}
own_ns, all_ns = used_ns({group!r}) - own_ns, used_ns(".") - all_ns
"""
_TELL = """
share = report.share and [report.share.cpu_share, report.share.cpu_share_uncertainty]
print(json.dumps([own_ns / all_ns, share, report.flags]))
"""
_STRANGER = "import time\nwhile True:\n    for _ in range(10**6): pass\n    time.sleep(0.02)"


@dataclass(frozen=True)
class Cell:
    """The true share of one cell, and what its report says."""

    true: float
    stated: float | None
    half_width: float
    flags: Sequence[str]


def table(cells: int, part: str = "") -> Table:
    """Run `cells` cells of each workload that has `part` in its title."""
    rows = []
    with tempfile.TemporaryDirectory() as folder, _stranger(), ExitStack() as opened:
        os.environ[RUNTIME_VARIABLE] = f"{folder}/meters"
        (Path(folder) / "worker.py").write_text(_WORKER)
        (Path(folder) / "burn.py").write_text(_WORKER)
        truth = opened.enter_context(Truth.create(Path(folder) / "truth"))
        truth.add("cpu:0/package", power_w=50.0)
        rapl = opened.enter_context(serve_tree(truth, Path(folder) / "powercap"))
        sensors = {"estimate": f"{folder}/none", "RAPL": str(rapl.root)}
        known = [w for w in WORKLOADS if not w.needs or importlib.util.find_spec(w.needs)]
        for workload in (w for w in known if part in w.title):
            found = _run(Path(folder), [workload], sensors["estimate"], cells)
            rows.append(_row(workload.title, 1, "estimate", found))
            print(*rows[-1], sep=" | ", file=sys.stderr)
        for kernels in () if part else (1, 2, 3, 4):
            for name, root in sensors.items():
                mixed = [known[(n * 3 + kernels) % 8] for n in range(kernels)]
                found = _run(Path(folder), mixed, root, cells)
                rows.append(_row("of each another", kernels, name, found))
                print(*rows[-1], sep=" | ", file=sys.stderr)
    heads = ("workload", "kernels", "joules", "cells", "true share", "off by", "not told", "held")
    return Table("The own share next to a control group's", __doc__ or "", heads, rows)


def _row(title: str, kernels: int, sensors: str, cells: Sequence[Cell]) -> list[str]:
    told = [cell for cell in cells if cell.stated is not None]
    off = [abs((cell.stated or 0.0) - cell.true) for cell in told]
    held = [o <= c.half_width + 0.005 for o, c in zip(off, told, strict=True)]
    true = [cell.true for cell in cells]
    return [
        title,
        str(kernels),
        sensors,
        str(len(cells)),
        f"{100 * min(true):.0f} … {100 * max(true):.0f} %",
        f"{100 * sum(off) / len(off):.1f} (at most {100 * max(off):.1f})" if off else "–",
        str(len(cells) - len(told)),
        f"{sum(held)} of {len(held)}",
    ]


def _run(folder: Path, workloads: Sequence[Workload], powercap: str, cells: int) -> list[Cell]:
    """Run cells in a kernel for each workload, all at once."""
    with ExitStack() as opened, ThreadPoolExecutor(len(workloads)) as pool:
        kernels = [
            opened.enter_context(_kernel(folder, f"green-{n}", workload, powercap))
            for n, workload in enumerate(workloads)
        ]
        found = pool.map(lambda each: _cells(each[0], each[1], each[2], cells), kernels)
        return [cell for of_kernel in found for cell in of_kernel]


def _cells(kernel: Kernel, group: str, workload: Workload, cells: int) -> list[Cell]:
    found = []
    for _ in range(cells):
        ran = kernel.run(_CELL.format(group=group, cell=workload.cell))
        if ran.status != "ok":
            raise RuntimeError("\n".join(ran.traceback))
        true, share, flags = json.loads(kernel.run(_TELL).text)
        stated, half_width = share or (None, 0.0)
        found.append(Cell(true, stated, half_width, flags))
    return found


@contextmanager
def _kernel(
    folder: Path, group: str, workload: Workload, powercap: str
) -> Iterator[tuple[Kernel, str, Workload]]:
    """Start a kernel in a control group of its own."""
    (GROUPS / group).mkdir(exist_ok=True)
    kernel = Kernel(os.environ | {POWERCAP_VARIABLE: powercap})
    try:
        (GROUPS / group / "cgroup.procs").write_text(str(kernel.pid))
        for code in (_SETUP.format(folder=str(folder), groups=GROUPS), workload.before):
            ran = kernel.finish(kernel.start(code), timeout_s=180)
            if ran.status != "ok":
                raise RuntimeError("\n".join(ran.traceback))
        yield kernel, group, workload
    finally:
        kernel.close()
        with contextlib.suppress(OSError):  # what it has left in the background still lives there
            (GROUPS / group).rmdir()


@contextmanager
def _stranger() -> Iterator[None]:
    """Have another program compute most of the time."""
    stranger = subprocess.Popen([sys.executable, "-S", "-c", _STRANGER])
    try:
        yield
    finally:
        stranger.kill()
        stranger.wait()


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description="Compare the own share with a control group's.")
    parser.add_argument("--cells", type=int, default=5, help="of each workload")
    parser.add_argument("--only", default="", help="workloads with this in their titles")
    arguments = parser.parse_args()
    print(table(arguments.cells, arguments.only))


if __name__ == "__main__":
    main()
