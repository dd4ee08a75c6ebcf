"""Several hosts on one machine: to each its own boot id, powercap tree and true power."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from jupyter_green.report.report import Report
from jupyter_green.sources.variables import BOOT_ID_VARIABLE

from .powercap import fuse_missing, serve_fuse, serve_tree
from .truth import Truth


@dataclass(frozen=True)
class StandInHost:
    """What a program's environment needs so that it is on this host."""

    truth: Truth
    power_w: float
    env: Mapping[str, str]


@contextmanager
def stand_in_hosts(folder: Path, *powers_w: float) -> Iterator[list[StandInHost]]:
    """Make a host for each power, with one package that draws it all the time."""
    serve = serve_tree if fuse_missing() else serve_fuse
    with ExitStack() as kept:
        hosts = []
        for number, power_w in enumerate(powers_w):
            own = folder / f"host{number}"
            own.mkdir()
            truth = kept.enter_context(Truth.create(own / "truth"))
            truth.add("cpu:0/package", power_w=power_w, offset=5_000_000)
            tree = kept.enter_context(serve(truth, own / "powercap"))
            boot_id = own / "boot_id"
            boot_id.write_text(f"boot of {own}\n")
            env = tree.env | {BOOT_ID_VARIABLE: str(boot_id)}
            hosts.append(StandInHost(truth, power_w, env))
        yield hosts


LATE_S = 0.15
"""How late a busy machine with two processors may get to a sampler of many programs."""


def assert_true_joules(report: Report, power_w: float) -> None:
    """Check joules by the power of the host: twice as many, or half, are far outside."""
    late_j = power_w * LATE_S
    assert report.energy_j is not None
    assert report.uncertainty_j is not None
    assert abs(report.energy_j - power_w * report.duration_s) <= report.uncertainty_j + late_j
