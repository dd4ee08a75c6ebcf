"""What the ledger costs: the kernel's side, how soon a window is booked, the booker, questions.

``python benchmarks/ledger.py`` prints a table. It needs no sensor: what is measured is the way
of a report, and not the report.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import json
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from jupyter_green.intake.places import LEDGER_VARIABLE  # noqa: E402
from tests.testbench.handed_in import closed, hand_in, report  # noqa: E402

WINDOWS = """
import json, sys, time
from jupyter_green.meter.bookings import Bookings
from jupyter_green.meter.shared import shared_meter
spent = [0.0]
def timed(method):
    def call(*given):
        a = time.perf_counter()
        try:
            return method(*given)
        finally:
            spent[0] += time.perf_counter() - a
    return call
Bookings.opened, Bookings.ended = timed(Bookings.opened), timed(Bookings.ended)
meter = shared_meter()
meter.begin("first").end()
time.sleep(1)
whole, own = [], []
used = time.process_time()
for n in range(int(sys.argv[1])):
    window = meter.window()
    spent[0] = 0.0
    a = time.perf_counter(); window.begin(); b = time.perf_counter()
    time.sleep(0.01)
    c = time.perf_counter(); window.end(wait=False); d = time.perf_counter()
    whole.append(b - a + d - c); own.append(spent[0])
time.sleep(1)
fault = meter.bookings and meter.bookings.fault
print(json.dumps([whole, own, (time.process_time() - used) / len(own), fault]))
"""
SOON = """
import sqlite3, sys, time
from pathlib import Path
from jupyter_green.meter.shared import shared_meter
meter = shared_meter()
took = []
for n in range(int(sys.argv[1])):
    window = meter.begin(); time.sleep(0.05)
    window.end(wait=False)
    ended = time.perf_counter()
    while True:
        try:
            with sqlite3.connect(f"file:{sys.argv[2]}?mode=ro", uri=True) as store:
                asked = "select 1 from windows where run_id = ?"
                if store.execute(asked, [window.run_id]).fetchone():
                    break
        except sqlite3.OperationalError:
            pass
        time.sleep(0.01)
    took.append(time.perf_counter() - ended)
    time.sleep(float(sys.argv[3]))
print(took)
"""

MANY = """
import os, sys, time
from jupyter_green.meter.shared import shared_meter
log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
for n in range(int(sys.argv[2])):
    window = shared_meter().begin()
    os.write(log, window.run_id.encode() + b"\\n")
    window.end(wait=False)
    time.sleep(0.01)
"""


def program(code: str, ledger: str, *words: object) -> object:
    ran = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        env={**os.environ, LEDGER_VARIABLE: ledger, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ran.stdout)


def percentile(found: list[float], part: float) -> float:
    return sorted(found)[min(len(found) - 1, int(part * len(found)))]


def kernel_side(folder: Path, number: int, turns: int = 3) -> None:
    """Meter windows in turns: without a ledger, with one, its store locked, its disk full.

    The ledger's own part is what a begin and an end do for it; that of the message to the sampler
    is in the whole alone.
    """
    ledger, full = folder / "kernel", folder / "full"
    wholes: dict[str, list[float]] = {}
    owns: dict[str, list[float]] = {}
    threads: dict[str, list[float]] = {}
    kinds = ("off", "on", "locked", "full") if mounted_full(full) else ("off", "on", "locked")
    try:
        for _ in range(turns):
            for kind in kinds:
                where = {"off": "off", "full": str(full)}.get(kind, str(ledger))
                with (
                    held(ledger / "ledger.sqlite") if kind == "locked" else contextlib.nullcontext()
                ):
                    whole, own, used_s, fault = program(WINDOWS, where, number)  # type: ignore[misc]
                if (kind == "full") != bool(fault):
                    raise RuntimeError(f"{kind}: the ledger says {fault!r}")
                wholes.setdefault(kind, []).extend(whole)
                owns.setdefault(kind, []).extend(own)
                threads.setdefault(kind, []).append(used_s)
    finally:
        subprocess.run(["umount", "-l", str(full)], capture_output=True, check=False)
    for kind in kinds:
        print(
            f"kernel side, ledger {kind}, {len(wholes[kind])} windows: "
            f"its own part {_spread(owns[kind])}; begin and end {_spread(wholes[kind])}; "
            f"all threads {1e3 * statistics.median(threads[kind]):.2f} ms per window"
        )


def mounted_full(folder: Path) -> bool:
    """Make a file system of 1 MiB and fill it; return whether that could be done."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        return False
    with (folder / "filler").open("wb", buffering=0) as stream, contextlib.suppress(OSError):
        while True:
            stream.write(bytes(4096))
    return True


@contextlib.contextmanager
def held(store: Path) -> Iterator[None]:
    """Hold a store, as another process that writes."""
    connection = sqlite3.connect(store, isolation_level=None, timeout=30)
    connection.execute("begin exclusive")
    try:
        yield
    finally:
        connection.close()


def _spread(found: list[float]) -> str:
    return f"{1e3 * statistics.median(found):.3f} ms, p99 {1e3 * percentile(found, 0.99):.3f} ms"


def how_soon(folder: Path, number: int) -> None:
    ledger = folder / "soon"
    for name, pause_s in (("one after the other", 0.2), ("after the booker has ended", 4.0)):
        took = program(SOON, str(ledger), number, ledger / "ledger.sqlite", pause_s)
        print(
            f"end to booked, {name}: median {statistics.median(took):.2f} s, max {max(took):.2f} s"
        )


def booker(folder: Path, number: int) -> None:
    ledger = folder / "booker"
    lines = [closed(report(label=f"run {n % 50}"), begin_s=9.0 * n) for n in range(number)]
    for begin in range(0, number, 20):
        hand_in(ledger, *lines[begin : begin + 20])
    environ = {**os.environ, LEDGER_VARIABLE: str(ledger), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "jupyter_green.ledger.book"]
    before = time.perf_counter()
    process = subprocess.Popen(command, env=environ)
    booked = first = 0
    first_s = 0.0
    while booked < number:
        time.sleep(0.02)
        with contextlib.suppress(sqlite3.OperationalError):
            store = sqlite3.connect(f"file:{ledger / 'ledger.sqlite'}?mode=ro", uri=True)
            booked = store.execute("select count(*) from windows").fetchone()[0]
            store.close()
        if booked and not first:
            first, first_s = booked, time.perf_counter() - before
    took_s = time.perf_counter() - before
    process.wait()
    gone_s = time.perf_counter() - before - took_s
    size_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(
        f"booker: {number / took_s:.0f} rows/s with its start, "
        f"{(number - first) / (took_s - first_s):.0f} once it writes, "
        f"{size_kb / 1024:.0f} MB at most, gone {gone_s:.1f} s after the last"
    )
    for words in (["report", "--by", "day"], ["report", "--by", "label"], ["history"]):
        code = "from jupyter_green.cli.main import main; main()"
        before = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", code, *words], env=environ, check=True, capture_output=True
        )
        print(f"{' '.join(words)} of {number} rows: {time.perf_counter() - before:.2f} s")


def lost(folder: Path, number: int) -> None:
    """Have eight programs meter so many windows each, and kill one of them now and then."""
    ledger = folder / "lost"
    environ = {**os.environ, LEDGER_VARIABLE: str(ledger), "PYTHONPATH": str(ROOT)}
    rng = random.Random(8)
    logs = [folder / f"log{n}" for n in range(8)]
    running: list[subprocess.Popen[bytes] | None] = [None] * 8
    kills = 0
    while True:
        left = [number - len(_begun([log])) for log in logs]
        for n, log in enumerate(logs):
            process = running[n]
            if left[n] > 0 and (process is None or process.poll() is not None):
                command = [sys.executable, "-c", MANY, str(log), str(left[n])]
                running[n] = subprocess.Popen(command, env=environ)
        if max(left) <= 0:
            break
        time.sleep(rng.uniform(0.5, 1.5))
        doomed = running[rng.randrange(8)]
        if doomed is not None and doomed.poll() is None:
            doomed.kill()
            kills += 1
    for process in running:
        if process is not None:
            process.wait()
    begun = _begun(logs)
    code = "from jupyter_green.cli.main import main; main()"
    words = [sys.executable, "-c", code, "history", "1000000", "--format", "json"]
    kept: set[str] = set()
    until_s = time.monotonic() + 60
    while begun - kept and time.monotonic() < until_s:
        time.sleep(1)
        ran = subprocess.run(words, env=environ, check=True, capture_output=True)
        kept = {each["run_id"] for each in json.loads(ran.stdout)}
    print(f"{len(begun - kept)} of {len(begun)} windows lost, {kills} programs killed")


def _begun(logs: list[Path]) -> set[str]:
    return {line for log in logs if log.exists() for line in log.read_text().splitlines()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--windows", type=int, default=300)
    parser.add_argument("--killed", type=int, default=1000, metavar="N", help="windows of each")
    parser.add_argument("--rows", type=int, default=20_000)
    arguments = parser.parse_args()
    compileall.compile_dir(ROOT / "jupyter_green", quiet=2)  # as pip leaves it
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kernel_side(folder, arguments.windows)
        how_soon(folder, 5)
        booker(folder, arguments.rows)
        lost(folder, arguments.killed)


if __name__ == "__main__":
    main()
