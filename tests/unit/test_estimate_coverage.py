"""The CPU estimate's scale factor, which holds 95 %, against servers whose power is known.

A server is one that was measured (``specpower_hosts.csv``), with the power curve of
another, or one strewn about a row of the table. Run as a program, the module prints
the table of ``docs/estimate.md``.
"""

import csv
import itertools
import random
import statistics
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest

from jupyter_green.sources import cpu_estimate, cpuinfo
from jupyter_green.sources.cpu_busy import BusyTime, Usage

SERVERS = 6_000
DATA = Path(cpu_estimate.__file__).parent / "data"

PROCESSORS = {
    "Sandy Bridge": ("GenuineIntel", 6, 45, 7),
    "Ivy Bridge": ("GenuineIntel", 6, 62, 4),
    "Haswell": ("GenuineIntel", 6, 63, 2),
    "Broadwell": ("GenuineIntel", 6, 79, 1),
    "Skylake": ("GenuineIntel", 6, 85, 4),
    "Cascade Lake": ("GenuineIntel", 6, 85, 7),
    "Coffee Lake": ("GenuineIntel", 6, 158, 10),
    "Ice Lake": ("GenuineIntel", 6, 106, 6),
    "Sapphire Rapids": ("GenuineIntel", 6, 143, 8),
    "Emerald Rapids": ("GenuineIntel", 6, 207, 2),
    "Granite Rapids": ("GenuineIntel", 6, 173, 1),
    "EPYC 1st Gen": ("AuthenticAMD", 0x17, 0x01, 2),
    "EPYC 2nd Gen": ("AuthenticAMD", 0x17, 0x31, 0),
    "EPYC 3rd Gen": ("AuthenticAMD", 0x19, 0x01, 1),
    "EPYC 4th Gen Genoa": ("AuthenticAMD", 0x19, 0x11, 1),
    "EPYC 4th Gen": ("AuthenticAMD", 0x19, 0xA0, 2),
    "EPYC 5th Gen": ("AuthenticAMD", 0x1A, 0x02, 1),
}
MAKERS = {"Intel": ("GenuineIntel", 99, 0, 0), "AMD": ("AuthenticAMD", 99, 0, 0)}
NOTHING = ("", 0, 0, 0)

# Watts at active idle and at 10, 20 ... 100 % load of single SPECpower_ssj2008 results,
# spec.org/power_ssj2008/results/. Recent servers save most at a low load.
CURVES = (
    (52.3, 129, 147, 170, 195, 224, 255, 292, 344, 408, 457),  # res2017q3 00780, Skylake
    (55, 125, 151, 176, 202, 232, 261, 301, 357, 421, 469),  # res2017q3 00781, Skylake
    (106, 245, 292, 336, 383, 437, 502, 583, 694, 820, 915),  # res2017q4 00789, Skylake
    (86.4, 181, 215, 253, 287, 315, 340, 377, 421, 483, 562),  # res2016q3 00737, Broadwell
    (53.1, 74.9, 85.3, 94.9, 105, 117, 134, 156, 187, 217, 245),  # res2012q1 00429, Sandy Bridge
    (134, 172, 202, 239, 286, 346, 405, 452, 490, 582, 667),  # res2013q1 00593, Sandy Bridge
    (81.4, 110, 125, 139, 153, 167, 182, 199, 214, 229, 244),  # res2014q4 00677, Nehalem
    (220, 235, 249, 261, 273, 286, 298, 309, 319, 327, 334),  # res2008q1 00026, Core
)


def rows(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


MEASURED = defaultdict(list)
for _row in rows("specpower_hosts.csv"):
    _watts = float(_row["idle_w_per_vcpu"]), float(_row["full_w_per_vcpu"])
    MEASURED[_row["architecture"]].append(_watts)
TABLE = {row["architecture"]: row for row in rows("cpu_watts_per_vcpu.csv")}


def maker(architecture):
    return "AMD" if architecture.startswith("EPYC") else "Intel"


def between(curve, utilisation):
    """Return a measured curve's share of the way from idle to full power."""
    at = min(int(utilisation * 10), 9)
    watts = curve[at] + (curve[at + 1] - curve[at]) * (utilisation * 10 - at)
    return (watts - curve[0]) / (curve[-1] - curve[0])


def measured(rng, architecture):
    """Draw a measured server and the curve of one; return its watts per vCPU at a utilisation."""
    idle_w, full_w = rng.choice(MEASURED[architecture])
    curve = rng.choice(CURVES)
    return lambda utilisation: idle_w + (full_w - idle_w) * between(curve, utilisation)


def strewn(rng, architecture):
    """Draw a server about the row of the table: 20 % to either side, a slightly bent curve."""
    row = TABLE[architecture]
    idle_w, full_w = (
        float(row[column]) * rng.lognormvariate(0, 0.2)
        for column in ("min_w_per_vcpu", "max_w_per_vcpu")
    )
    exponent = rng.uniform(0.75, 1)
    return lambda utilisation: idle_w + (full_w - idle_w) * utilisation**exponent


def coefficients(processor):
    vendor, family, model, stepping = processor
    text = f"vendor_id : {vendor}\ncpu family : {family}\nmodel : {model}\nstepping : {stepping}\n"
    return cpu_estimate.coefficients(cpuinfo.architecture(text), cpuinfo.maker(text))


class Host:
    """A clock and a busy time that the test moves on, for a source that reads them."""

    def __init__(self, vcpus):
        self.vcpus, self.t_ns, self.busy_s = vcpus, 10**12, 500.0

    def run(self, utilisation, seconds):
        self.t_ns += round(seconds * 1e9)
        self.busy_s += self.vcpus * utilisation * seconds

    def source(self, watts):
        busy = BusyTime(
            lambda: Usage(self.vcpus, self.busy_s), self.vcpus, self.vcpus, 0.01, "this machine"
        )
        return cpu_estimate.CpuEstimate(busy, watts, "CPU", lambda: self.t_ns)


@dataclass(frozen=True)
class Outcome:
    """The estimate of one server's energy over a minute, against the truth."""

    architecture: str
    utilisation: float
    factor: float
    error: float
    """By what factor the truth differs from the estimate, at least 1."""

    def covered(self, power=1.0):
        return self.error <= self.factor**power


def recognised_as(known, architecture):
    """Return what ``/proc/cpuinfo`` says: what the architecture is, or the maker, or nothing."""
    if known == "architecture":
        return PROCESSORS[architecture]
    return MAKERS[maker(architecture)] if known == "maker" else NOTHING


def simulate(draw, known, architectures=tuple(PROCESSORS), servers=SERVERS):
    """Draw servers, each with a utilisation of its own, and estimate a minute of each."""
    rng = random.Random(2008)
    of = {name: coefficients(recognised_as(known, name)) for name in PROCESSORS}
    outcomes = []
    for _ in range(servers):
        name = rng.choice(architectures)
        power_w = draw(rng, name)
        host = Host(rng.choice((0.5, 1, 2, 4, 8, 16, 64)))
        source = host.source(of[name])
        levels = [rng.random() for _ in range(rng.choice((1, 1, 3)))]
        before = source.read(0).counter
        for level in levels:
            host.run(level, 60 / len(levels))
        energy_j = (source.read(0).counter - before) * source.domains[0].unit_j
        true_j = sum(host.vcpus * power_w(level) * 60 / len(levels) for level in levels)
        factor = source.domains[0].scale.factor
        error = max(true_j / energy_j, energy_j / true_j)
        outcomes.append(Outcome(name, statistics.mean(levels), factor, error))
    return outcomes


def coverage(outcomes, power=1.0):
    return sum(outcome.covered(power) for outcome in outcomes) / len(outcomes)


def by_maker(outcomes):
    return {m: [o for o in outcomes if maker(o.architecture) == m] for m in MAKERS}


@pytest.mark.parametrize("known", ["architecture", "maker", "nothing"])
@pytest.mark.parametrize("draw", [measured, strewn])
def test_the_factor_covers_the_truth_in_95_percent_of_servers(draw, known):
    outcomes = simulate(draw, known)
    assert coverage(outcomes) >= 0.95
    if known != "nothing":  # who knows no maker has one factor for all
        assert all(coverage(part) >= 0.95 for part in by_maker(outcomes).values())


@pytest.mark.parametrize("known", ["architecture", "maker", "nothing"])
def test_the_factor_is_no_larger_than_that_takes(known):
    outcomes = simulate(measured, known)
    for part in (outcomes, *by_maker(outcomes).values()):
        assert coverage(part, power=0.5) < 0.95
    assert coverage(outcomes, power=0.5) < 0.9
    assert coverage(outcomes, power=0.75) < 0.95


@pytest.mark.parametrize("name", [n for n in PROCESSORS if len(MEASURED[n]) >= 20])
def test_the_factor_holds_for_each_architecture_with_enough_results(name):
    assert coverage(simulate(measured, "architecture", (name,))) >= 0.95


def test_half_of_the_recognised_processors_have_a_factor_of_at_most_1_75():
    factors = [coefficients(processor).scale.factor for processor in PROCESSORS.values()]
    assert statistics.median(factors) <= 1.75


def test_the_factor_covers_what_the_borrowed_figures_may_be():
    # No result is known of a Graviton; its figures are those of an EPYC.
    unknown = cpu_estimate.coefficients(None).scale.factor
    for name in ("Graviton2", "Graviton3", "Graviton4"):
        assert cpu_estimate.coefficients(name).scale.factor >= unknown


@pytest.mark.parametrize("name", PROCESSORS)
def test_the_table_is_the_mean_of_the_measured_servers(name):
    row, servers = TABLE[name], MEASURED[name]
    assert int(row["results"]) == len(servers)
    for place, column in enumerate(("min_w_per_vcpu", "max_w_per_vcpu")):
        mean_w = statistics.mean(watts[place] for watts in servers)
        assert float(row[column]) == pytest.approx(mean_w, abs=1.5e-3)


def main():
    for draw, known in itertools.product((measured, strewn), ("architecture", "maker", "nothing")):
        outcomes = simulate(draw, known, servers=40_000)
        parts = {"all": outcomes, **by_maker(outcomes)}
        for low, high in ((0, 0.1), (0.1, 0.3), (0.3, 1)):
            parts[f"{low:.0%} to {high:.0%}"] = [o for o in outcomes if low <= o.utilisation < high]
        if known == "architecture":
            for name in PROCESSORS:
                parts[name] = [o for o in outcomes if o.architecture == name]
        for label, part in parts.items():
            median = statistics.median(outcome.factor for outcome in part)
            print(
                f"{draw.__name__:8} {known:12} {label:18} × {median:.2f}: {coverage(part):.1%},"
                f" its root {coverage(part, 0.5):.1%}"
            )


if __name__ == "__main__":
    main()
