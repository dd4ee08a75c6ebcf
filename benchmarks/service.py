"""What one sampler for a host costs, and how soon it answers.

    python -m benchmarks.service

The service reads stand-in counters; its clients are sockets of this process. Printed beside what
is to be reached: the share of a core for 200 clients at 10 Hz, the age of a sample when it arrives,
the same beside silent and malformed clients, from a mark to its answer, and memory for 50 clients.
"""

from __future__ import annotations

import os
import selectors
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from jupyter_green.clock import now_ns
from jupyter_green.sources.variables import POWERCAP_VARIABLE
from tests.testbench.host_service import Client, HostService
from tests.testbench.powercap import fuse_missing, serve_fuse, serve_tree
from tests.testbench.truth import Truth

CLIENTS = 200
OF_MEMORY = 50
SECONDS = 15.0
MARKS = 200
MARKS_PER_S = 16
SILENT = 20
MALFORMED_PER_S = 700
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_s(pids: list[int]) -> float:
    """Return the CPU seconds that processes have used."""
    used = 0.0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used += (int(fields[11]) + int(fields[12])) * TICK_S
    return used


def pss_mb(pids: list[int]) -> float:
    """Return the memory of processes, what is shared divided among those that share it."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


class Crowd:
    """Many clients whose windows are open, and when their samples arrived."""

    def __init__(self, place: Path, count: int) -> None:
        self.clients = [Client(place) for _ in range(count)]
        self.ages_s: list[float] = []
        self._selector = selectors.DefaultSelector()
        for number, client in enumerate(self.clients):
            client.begin(number, 0.1)
            self._selector.register(client.socket, selectors.EVENT_READ)

    def listen(self, seconds: float) -> None:
        """Read all that comes for so long."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                found = key.fileobj
                assert isinstance(found, socket.socket)
                received, at_ns = found.recv(1 << 16), now_ns()
                for line in received.split(b"\n"):
                    if line.startswith(b'["sample",'):
                        t_ns = int(line[10:].partition(b",")[0])
                        self.ages_s.append((at_ns - t_ns) * 1e-9)

    def close(self) -> None:
        """Let them go."""
        for client in self.clients:
            client.close()


@contextmanager
def troubled(place: Path) -> Iterator[None]:
    """Have silent and malformed clients come all the time."""
    stopped = threading.Event()

    def malformed() -> None:
        due = time.monotonic()
        while not stopped.wait(max(0.0, due - time.monotonic())):
            due += 1 / MALFORMED_PER_S
            with suppress(OSError), socket.socket(socket.AF_UNIX) as made:
                made.settimeout(1.0)
                made.connect(str(place))
                made.sendall(b"GET / HTTP/1.1\r\n\r\n")

    def silent() -> None:
        while not stopped.is_set():
            held = []
            for _ in range(SILENT):
                made = socket.socket(socket.AF_UNIX)
                with suppress(OSError):
                    made.connect(str(place))
                held.append(made)
            stopped.wait(1.9)
            for made in held:
                made.close()

    threads = [threading.Thread(target=each) for each in (malformed, silent)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def said(name: str, reach: str, seen: str) -> None:
    """Print one line."""
    print(f"{name:56} {reach:>14} {seen:>20}", flush=True)


def load(service: HostService, crowd: Crowd) -> tuple[float, float, float]:
    """Return the share of a core, and the usual and the highest age of a sample."""
    pids = service.pids
    crowd.ages_s.clear()
    before, begun = cpu_s(pids), time.monotonic()
    crowd.listen(SECONDS)
    share = (cpu_s(pids) - before) / (time.monotonic() - begun)
    return share, statistics.median(crowd.ages_s), max(crowd.ages_s)


def marks_to_answers(place: Path, *, prepares: bool) -> tuple[list[float], list[float]]:
    """Return how long each begin and each end took to be answered, in s.

    A program has all read once (`prepares`) right before it begins.
    """
    client = Client(place)
    begins, ends = [], []
    for number in range(MARKS):
        if prepares:
            client.say("prepare")
            client.hear_until("prepared")
        begun_ns = now_ns()
        begin = b'["begin",%d,1.0,true]\n' % number
        begins.append(client.answered_s(begin, b'["begin",%d]' % number))
        time.sleep(1 / MARKS_PER_S)
        end = b'["end",%d,%d,%d]\n' % (number, begun_ns, now_ns())
        ends.append(client.answered_s(end, b'["end",%d]' % number))
        client.hear_until("settled")
        time.sleep(1 / MARKS_PER_S)
    client.close()
    return begins, ends


def in_ms(times_s: list[float]) -> str:
    """Return the median and the 99 % of some times."""
    ordered = sorted(times_s)
    usual_s, late_s = ordered[len(ordered) // 2], ordered[int(0.99 * len(ordered))]
    return f"{usual_s * 1e3:.2f} / {late_s * 1e3:.1f} ms"


def main() -> None:
    """Measure all, and print it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        truth = stack.enter_context(Truth.create(folder / "truth"))
        for name, power_w in (("cpu:0/package", 50.0), ("cpu:0/dram", 8.0)):
            truth.add(name, power_w=power_w, offset=5_000_000)
        serve = serve_tree if fuse_missing() else serve_fuse
        tree = stack.enter_context(serve(truth, folder / "powercap"))
        service = HostService(folder / "sock", os.environ | {POWERCAP_VARIABLE: str(tree.root)})
        service.start()
        stack.callback(service.close)
        said("", "reach", "seen")
        begins, ends = marks_to_answers(service.place, prepares=True)
        said("mark to answer, median / 99 %", "< 1 / 10 ms", in_ms(begins + ends))
        said("  begins", "", in_ms(begins))
        said("  ends", "", in_ms(ends))
        begins, _ = marks_to_answers(service.place, prepares=False)
        said("  begins for which nothing was prepared", "", in_ms(begins))
        few = Crowd(service.place, OF_MEMORY)
        few.listen(5.0)
        said(f"memory for {OF_MEMORY} clients", "< 40 MB", f"{pss_mb(service.pids):.1f} MB")
        few.close()
        crowd = Crowd(service.place, CLIENTS)
        crowd.listen(CLIENTS / 20 + 2)
        share, age_s, oldest_s = load(service, crowd)
        said(f"{CLIENTS} clients, 10 Hz: share of a core", "< 3 %", f"{share:.1%}")
        said(
            "  age of a sample, median / most",
            "< 200 ms",
            f"{age_s * 1e3:.1f} / {oldest_s * 1e3:.0f} ms",
        )
        with troubled(service.place):
            share, age_s, oldest_s = load(service, crowd)
        name = f"  beside {SILENT} silent and {MALFORMED_PER_S} malformed clients a second"
        said(name, "< 8 %", f"{share:.1%}")
        said("  age of a sample, median / most", "", f"{age_s * 1e3:.1f} / {oldest_s * 1e3:.0f} ms")
        crowd.close()


if __name__ == "__main__":
    sys.exit(main())
