"""``python -m benchmarks.service_fuzz [--minutes 10]``: nonsense for a host's service, and from it.

Clients of another user send requests that were changed at random, with forged marks, in pieces and
without ends; a program measures all the while, and each of its figures is compared with the true
one. It measures each window through a second service as well, which nobody attacks: what the load
of all this costs, both show. Another program gets all that the service says through a relay that
changes lines at random: it has to come to a report each time. Needs root for another user; without
it all share what one user may ask for, and there are fewer figures.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import socket
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

import jupyter_green as jg
from jupyter_green.intake.places import LEDGER_VARIABLE, OFF
from jupyter_green.sources.variables import POWERCAP_VARIABLE, SOCKET_VARIABLE
from tests.testbench.host_service import HostService
from tests.testbench.powercap import fuse_missing, serve_fuse, serve_tree
from tests.testbench.truth import Truth

from .nonsense import attack_as_nobody, changed
from .service import pss_mb

ATTACKERS = 3
CHANGED = 0.05
"""Of the lines that the service says."""
ATTACKED, ALONE = "attacked", "alone"
"""The services."""
DOMAINS = ("cpu:0/package", "cpu:0/dram")
LEAST_HELD = 0.95
"""As many figures within their interval as of the other service's, times this."""
LARGE = 3.0
"""Figures that are off by more half-widths are counted apart."""
MOST_GROWN_MB = 10.0


class Good:
    """A program that measures, and what came of it."""

    def __init__(self, truth: Truth, places: Mapping[str, Path], seed: int) -> None:
        self._truth = truth
        self._meters = {name: jg.Meter(socket=str(place)) for name, place in places.items()}
        self._chance = random.Random(seed)
        self.off: dict[tuple[str, str], list[float]] = {}
        """By how many half-widths each figure was off, by service and domain."""
        self.counts: Counter[str] = Counter()

    def measure(self) -> None:
        """Measure once, at a power that changes meanwhile."""
        names = list(self._meters)
        self._chance.shuffle(names)  # the power changes sooner after the begin of the second
        windows = {name: self._meters[name].begin() for name in names}
        for _ in range(3):
            self._truth["cpu:0/package"].set_power(self._chance.uniform(10, 120))
            time.sleep(self._chance.choice((0.02, 0.1, 0.3)))
        for window in windows.values():
            window.end(wait=False)
        for name, window in windows.items():
            self._check(name, window)

    def _check(self, name: str, window: jg.Window) -> None:
        report = window.report
        self.counts[f"windows, {name}"] += 1
        if self._meters[name].service is None:
            self.counts["windows without the service"] += 1
            return
        for id_ in DOMAINS:
            found = report.domains[id_]
            assert window.begin_ns is not None
            assert window.end_ns is not None
            true_j = self._truth[id_].energy_j(window.begin_ns, window.end_ns)
            off = abs(found.energy_j - true_j) / found.uncertainty_j
            self.off.setdefault((name, id_), []).append(off)
        if report.share is not None:
            self.counts[f"shares, {name}"] += 1
            for id_, part in report.share.domains.items():
                parts = (part.energy_j, part.others_j, part.idle_j or 0.0)
                whole_uj = sum(round(each * 1e6) for each in parts)
                if whole_uj != round(report.domains[id_].energy_j * 1e6) or min(parts) < 0:
                    self.counts["shares that do not add up"] += 1

    def close(self) -> None:
        """End it."""
        for meter in self._meters.values():
            meter.close()


class Relay:
    """Between a program and the service: what the service says is changed now and then."""

    def __init__(self, place: Path, service: Path, seed: int) -> None:
        self.place = place
        self._service = service
        self._chance = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(place))
        self._listener.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                service = socket.socket(socket.AF_UNIX)
                service.connect(str(self._service))
                for each in (self._ask, self._answer):
                    threading.Thread(target=each, args=(client, service), daemon=True).start()

    @staticmethod
    def _ask(client: socket.socket, service: socket.socket) -> None:
        with suppress(OSError):
            while said := client.recv(1 << 16):
                service.sendall(said)
        _shut(client, service)

    def _answer(self, client: socket.socket, service: socket.socket) -> None:
        rest = b""
        with suppress(OSError):
            while said := service.recv(1 << 16):
                *lines, rest = (rest + said).split(b"\n")
                client.sendall(b"".join(self._passed_on(line) + b"\n" for line in lines))
        _shut(client, service)

    def _passed_on(self, line: bytes) -> bytes:
        self.counts["lines of the service"] += 1
        if self._chance.random() >= CHANGED:
            return line
        self.counts["of these changed"] += 1
        return changed(line, self._chance)


def _shut(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def misled(place: Path, until_s: float, counts: Counter[str], problems: list[str]) -> None:
    """Measure through a relay until then: there is a report each time, and it can be read back."""
    while time.monotonic() < until_s:
        with jg.Meter(socket=str(place)) as meter:
            for _ in range(5):
                _measure_misled(meter, counts, problems)


def _measure_misled(meter: jg.Meter, counts: Counter[str], problems: list[str]) -> None:
    is_served = meter.service is not None
    try:
        window = meter.begin()
        time.sleep(0.05)
        report = window.end()
        jg.Report.from_dict(report.to_dict())
        str(report)
    except Exception as error:  # noqa: BLE001  (it is what is looked for)
        where = traceback.extract_tb(error.__traceback__)[-1]
        problems.append(
            f"a misled program raised {type(error).__name__}: {error}"
            f" ({Path(where.filename).name}, line {where.lineno})"
        )
    counts["misled windows"] += 1
    counts["of these by the service"] += is_served


class Attackers:
    """Processes that send nonsense.

    Parameters
    ----------
    place
        The service's socket.
    number, seed
        How many they are, and of what they send.
    until_s
        Until when, on the monotonic clock.
    """

    def __init__(self, place: Path, number: int, seed: int, until_s: float) -> None:
        forked = multiprocessing.get_context("fork")
        self._told = forked.Queue()
        self._processes = [
            forked.Process(
                target=attack_as_nobody, args=(place, seed + each, until_s, self._told), daemon=True
            )
            for each in range(number)
        ]
        for process in self._processes:
            process.start()

    def sent(self) -> Counter[str]:
        """Return what they have sent in all, once they have ended."""
        counts: Counter[str] = Counter()
        for _ in self._processes:
            counts.update(self._told.get(timeout=30))
        return counts


def attacked(
    services: Mapping[str, HostService], truth: Truth, seconds: float, attackers: int, seed: int
) -> tuple[Good, list[str]]:
    """Attack one service for so long; return who measured meanwhile, and what went wrong."""
    service = services[ATTACKED]
    problems: list[str] = []
    counts: Counter[str] = Counter()
    pids = service.pids
    until_s = time.monotonic() + seconds
    attack = Attackers(service.place, attackers, seed, until_s)  # before there is a thread
    relay = Relay(service.place.with_name("relay"), service.place, seed)
    reader = threading.Thread(
        target=misled, args=(relay.place, until_s, counts, problems), daemon=True
    )
    good = Good(truth, {name: each.place for name, each in services.items()}, seed)
    good.measure()
    reader.start()
    before_mb = pss_mb(pids)
    while time.monotonic() < until_s:
        good.measure()
    reader.join(30)
    counts.update(attack.sent())
    if service.process is None or service.process.poll() is not None:
        return good, [*problems, "the service has ended"]
    after_mb = pss_mb(pids)
    good.close()
    print(f"memory of the service: {before_mb:.1f} MB, then {after_mb:.1f} MB")
    if after_mb - before_mb > MOST_GROWN_MB:
        problems.append("the service has grown")
    for what, count in (counts + relay.counts + good.counts).items():
        print(f"{what}: {count}")
    return good, problems


def main() -> int:
    """Do it for so long; return 1 where something went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--attackers", type=int, default=ATTACKERS)
    parser.add_argument("--seed", type=int, default=17)
    arguments = parser.parse_args()
    os.environ[LEDGER_VARIABLE] = OFF
    os.environ[SOCKET_VARIABLE] = ""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        truth = stack.enter_context(Truth.create(folder / "truth"))
        for name, power_w in zip(DOMAINS, (50.0, 8.0), strict=True):
            truth.add(name, power_w=power_w, offset=5_000_000)
        serve = serve_tree if fuse_missing() else serve_fuse
        tree = stack.enter_context(serve(truth, folder / "powercap"))
        env = os.environ | {POWERCAP_VARIABLE: str(tree.root)}
        prefix = ("nice", "-n", "-10") if os.geteuid() == 0 else ()  # as the unit for systemd does
        services = {name: HostService(folder / name, env, prefix) for name in (ATTACKED, ALONE)}
        for service in services.values():
            service.start()
            stack.callback(service.close)
            service.place.chmod(0o666)
        seconds = 60 * arguments.minutes
        good, problems = attacked(services, truth, seconds, arguments.attackers, arguments.seed)
    held: dict[tuple[str, str], float] = {}
    for (name, id_), off in sorted(good.off.items()):
        held[name, id_] = sum(each <= 1 for each in off) / len(off)
        large = sum(each > LARGE for each in off)
        print(f"{name}, {id_}: {len(off)} figures, {100 * held[name, id_]:.1f} % ", end="")
        print(f"within their interval, {large} off by more than {LARGE:g} half-widths")
    for id_ in DOMAINS:
        if held[ATTACKED, id_] < LEAST_HELD * held[ALONE, id_]:
            problems.append(f"{id_} of others is off")
    if good.counts["windows without the service"] or good.counts["shares that do not add up"]:
        problems.append("others were without the service, or their shares do not add up")
    for problem in problems[:20]:
        print(problem, file=sys.stderr)
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
