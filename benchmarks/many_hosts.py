"""What 10 000 kernels on 500 hosts leave behind in a day: ``python -m benchmarks.many_hosts``.

Nothing of it runs at once. Series: the page of one simulated host, as it is made, times the hosts,
with every kernel another user's and hosts of two sockets and eight boards. Ledger: reports of
cells of six seconds, booked into a PostgreSQL of its own, or into SQLite where there is none;
its size after so many rows, tables and indexes together, times the cells of a day.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from jupyter_green.intake import lines
from jupyter_green.ledger.database import Database
from jupyter_green.ledger.postgres import Server
from jupyter_green.ledger.row import Row, row_of
from jupyter_green.ledger.sqlite import SqliteFile
from jupyter_green.ledger.store import Store
from jupyter_green.metrics.figures import Figures
from jupyter_green.metrics.shares import IDLE, OTHER
from jupyter_green.metrics.text import page
from jupyter_green.report.fields import DomainReport, ReportTrace, Share, SharePart
from jupyter_green.report.record_fields import significant
from jupyter_green.sources.base import Domain, Provenance
from jupyter_green.sources.scales import nvidia, rapl
from tests.testbench import postgres
from tests.testbench.handed_in import closed, report

HOSTS, KERNELS = 500, 10_000
CELLS_A_DAY = 40
"""Metered cells of a kernel."""
POINTS = 60
"""Of a curve: those of a cell of six seconds. Long ones have 240 at most."""
SOCKETS, BOARDS = 2, 8
MOST_SERIES, MOST_GB = 60_000, 1.0
DAY_S = 86_400
IDS = ("cpu:0/package", "cpu:0/dram", "gpu:0")
PROCESSOR, BOARD = "Intel(R) Xeon(R) Gold 6348 CPU @ 2.60GHz", "NVIDIA A100-SXM4-80GB"
BOARD_UUID = "GPU-604ac76c-d9cf-fef3-62e9-d92044ab6e52"


def host() -> Figures:
    """Return the figures of a host on which each kernel is another user's."""
    cpus = [f"cpu:{n}/{part}" for n in range(SOCKETS) for part in ("package", "dram")]
    ids = [*cpus, *(f"gpu:{n}" for n in range(BOARDS))]
    domains = [Domain(id_, id_, "rapl", Provenance.COUNTER, 0.001) for id_ in ids]
    units = [f"user:student{n:05}" for n in range(KERNELS // HOSTS)] + [OTHER, IDLE]
    shares_j = {(cpu, unit): 123456.789012 for cpu in cpus for unit in units}
    energy_j = dict.fromkeys(ids, 12345678.91)
    return Figures(is_up=True, domains=domains, energy_j=energy_j, shares_j=shares_j)


def series() -> int:
    """Print how many series there are; return it."""
    began_s = time.perf_counter()
    shown = page(host())
    took_s = time.perf_counter() - began_s
    rows = [line for line in shown.splitlines() if not line.startswith("#")]
    found = len(rows) * HOSTS
    print(f"series: {len(rows)} on a host, {found} on {HOSTS} (reach: < {MOST_SERIES})")
    print(f"  a page of {len(shown) / 1e3:.1f} kB, made in {took_s * 1e3:.1f} ms")
    return found


def rows(number: int) -> Iterator[Row]:
    """Yield the windows of cells with three domains and a curve, as they end."""
    rng = random.Random(7)
    begin_s = time.time() - DAY_S
    for n in range(number):
        domains = {id_: domain(id_, rng.uniform(1.0, 900.0)) for id_ in IDS}
        curve = {id_: noisy(rng, rng.uniform(5.0, 300.0)) for id_ in IDS}
        at_s = begin_s + n * DAY_S / number
        found = report(
            started_at=time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at_s)),
            energy_j=sum(each.energy_j for each in domains.values()),
            domains=domains,
            trace=ReportTrace(tuple(round(0.1 * i, 1) for i in range(POINTS)), curve),
            label=f"step {n % 40}",
            stage="training",
            share=share(rng),
        )
        context = {
            "session": f"{n % KERNELS:032x}",
            "project": f"~/course/week{n % 12}",
            "commit": f"{n % 300:040x}",
            "counters": counters(rng, n * 10**9),
        }
        entry = lines.unpack(closed(found, begin_s=at_s - begin_s, **context))
        assert entry is not None
        yield row_of(entry, {})


def noisy(rng: random.Random, level_w: float) -> tuple[float, ...]:
    """Return a curve about a level, whose points stray by 4 % of it, each by itself."""
    return tuple(significant(rng.gauss(level_w, 0.04 * level_w), 4) for _ in range(POINTS))


def domain(id_: str, energy_j: float) -> DomainReport:
    """Return what a report says of a domain."""
    is_board = id_ == "gpu:0"
    scale = nvidia(BOARD, BOARD_UUID) if is_board else rapl("cpu:0", id_[6:], PROCESSOR)
    return DomainReport(
        id=id_,
        device=BOARD if is_board else PROCESSOR if id_.endswith("package") else "memory",
        source="nvml" if is_board else "rapl",
        energy_j=round(energy_j, 3),
        uncertainty_j=0.12,
        mean_power_w=round(energy_j / 6, 2),
        provenance=Provenance.COUNTER,
        resolution_s=0.1 if is_board else 0.001,
        counted=True,
        scale=scale,
        board=BOARD_UUID if is_board else None,
    )


def counters(rng: random.Random, begin_ns: int) -> dict[str, dict[str, object]]:
    """Return what the counters showed at the edges of a window."""
    return {
        id_: {
            "unit_j": 1e-6,
            "begin": [begin_ns + rng.randrange(10**6), rng.randrange(2**38)],
            "end": [begin_ns + 6 * 10**9 + rng.randrange(10**6), rng.randrange(2**38)],
        }
        for id_ in IDS
    }


def share(rng: random.Random) -> Share:
    """Return whose the joules are said to be."""
    part = SharePart("cpu-time", rng.uniform(1, 90), 0.6, rng.uniform(1, 90), rng.uniform(1, 90))
    parts = dict.fromkeys(("cpu:0/package", "cpu:0/dram"), part)
    sums = {"others_j": rng.uniform(1, 90), "idle_j": rng.uniform(1, 90)}
    whole = {"energy_j": rng.uniform(1, 90), "uncertainty_j": 0.9, "unit": "cgroup"}
    gpu = {"gpu:0": round(rng.random(), 2)}
    return Share(
        cpu_share=rng.random(),
        cpu_share_uncertainty=0.01,
        gpu_share=gpu,
        domains=parts,
        **whole,
        **sums,
    )


@contextmanager
def database() -> Iterator[tuple[str, Database]]:
    """Make a ledger of its own: a server's where PostgreSQL is installed, else a file."""
    programs = postgres.programs()
    if programs is None:
        with tempfile.TemporaryDirectory() as name:
            yield "SQLite", SqliteFile(Path(name) / "ledger.sqlite")
        return
    with postgres.running(programs) as server:
        yield "PostgreSQL", Server(server.url(server.database()))


def size(found: Database) -> int:
    """Return the bytes that tables and indexes take."""
    with found.engine(writes=True).connect() as connection:
        if connection.dialect.name == "sqlite":
            pages = connection.execute(text("pragma page_count")).scalar_one()
            return int(pages * connection.execute(text("pragma page_size")).scalar_one())
        asked = text("select pg_database_size(current_database())")
        return int(connection.execute(asked).scalar_one())


def ledger(number: int) -> float:
    """Print how large a day's ledger is, in GB; return it."""
    with database() as (kind, found):
        store = Store(found)
        made = rows(number)
        store.book([next(made)])
        empty = size(found)
        some: list[Row] = []
        for row in made:
            some.append(row)
            if len(some) == 500:
                store.book(some)
                some = []
        store.book(some)
        while store.settle():
            pass
        each = (size(found) - empty) / (number - 1)
        store.close()
    gb = each * KERNELS * CELLS_A_DAY / 1e9
    cells = KERNELS * CELLS_A_DAY
    print(f"ledger: {each / 1e3:.2f} kB a row in {kind}; three domains, shares, {POINTS} points")
    print(f"  {gb:.2f} GB for {cells} rows a day (reach: < {MOST_GB:g})")
    return gb


def main() -> int:
    """Print both; return 1 where one is out of reach."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    arguments = parser.parse_args()
    is_reached = series() < MOST_SERIES
    return 0 if ledger(arguments.rows) < MOST_GB and is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
