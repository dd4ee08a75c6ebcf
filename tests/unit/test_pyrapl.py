"""pyRAPL as a reader: the same joules as powercap's, and not a word on the way.

pyRAPL reads the kernel's own path, so each test runs where the bench stands there.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.testbench.powercap import Zone
from tests.testbench.truth import RAPL_WRAP_RANGE_UJ

CHECKOUT = Path(__file__).parents[2]

BEGIN = """
import json, logging, sys, time, warnings
from jupyter_green.sampler.accumulator import Accumulator
from jupyter_green.sources import pyrapl, rapl

def shown(found):
    domains = found.source.domains if found.source else []
    return {d.id: found.source.read(i).counter for i, d in enumerate(domains)}

def told(found):
    return {m.id: [m.reason, m.remedy] for m in found.missing}
"""


@pytest.fixture
def run(truth, at_kernel_path):
    """Run code on the bench; return what it prints as JSON. It may say nothing else."""

    def run(code, zones=None, options=(), **env):
        command = [sys.executable, *options, "-c", BEGIN + code]
        done = subprocess.run(
            at_kernel_path(command, zones),
            capture_output=True,
            text=True,
            env=os.environ | env,
            cwd=CHECKOUT,
        )
        assert done.stderr == ""
        assert done.returncode == 0
        return json.loads(done.stdout)

    return run


@pytest.fixture
def two_sockets(truth):
    for socket in (0, 1):
        truth.add(f"cpu:{socket}/package", power_w=0.0, offset=1_000_000 * (socket + 1))
        truth.add(f"cpu:{socket}/dram", power_w=0.0, offset=5_000_000 * (socket + 1))


def test_both_readers_agree_on_one_tree(two_sockets, run):
    powercap, by_pyrapl, domains, missing = run(
        "found = pyrapl.probe()\n"
        "facts = [[d.source, d.wrap_range, d.unit_j, d.counted] for d in found.source.domains]\n"
        "print(json.dumps([shown(rapl.probe()), shown(found), facts, told(found)]))"
    )
    assert by_pyrapl == powercap
    assert list(by_pyrapl) == list(powercap)
    assert len(by_pyrapl) == 4
    assert domains == [["pyrapl", RAPL_WRAP_RANGE_UJ, 1e-6, True]] * 4
    assert missing == {}


def test_it_says_nothing_and_leaves_log_and_modules_as_they_were(two_sockets, run, tmp_path):
    """Under ``-W error`` in development mode even an unclosed file would be on stderr."""
    (tmp_path / "pandas.py").write_text("# here, and not to be imported\n")
    code = (
        "found = pyrapl.probe()\n"
        "found.source.read(0)\n"
        "found.source.close()\n"
        "loaded = {'pandas', 'pymongo'} & set(sys.modules)\n"
        "import pandas\n"
        "print(json.dumps([len(logging.getLogger().handlers), len(loaded)]))"
    )
    env = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(tmp_path)}
    assert run(code, options=("-X", "dev", "-W", "error"), **env) == [0, 0]


def test_the_log_of_the_user_is_heard_again_afterwards(two_sockets, run):
    code = (
        "import io\n"
        "stream = io.StringIO()\n"
        "logging.basicConfig(stream=stream)\n"
        "pyrapl.probe()\n"
        "logging.warning('mine')\n"
        "print(json.dumps(stream.getvalue()))"
    )
    assert run(code) == "WARNING:root:mine\n"


def test_a_wrap_costs_nothing(truth, run):
    """The counter stands still a joule before its wrap, and again some joules after it."""
    device = truth.add("cpu:0/package", power_w=0.0, offset=RAPL_WRAP_RANGE_UJ - 1_000_000)
    first, last, energy_j, flag = run(
        "from pathlib import Path\n"
        "from tests.testbench.truth import Truth\n"
        "source = pyrapl.probe().source\n"
        "accumulator = Accumulator(source.domains[0])\n"
        "first = source.read(0)\n"
        "accumulator.add(first)\n"
        f"device = Truth.open(Path({str(truth.path)!r}))['cpu:0/package']\n"
        "device.set_power(300.0)\n"
        "time.sleep(0.1)\n"
        "device.set_power(0.0)\n"
        "time.sleep(0.1)\n"
        "last = source.read(0)\n"
        "flag = accumulator.add(last)\n"
        "print(json.dumps([first.t_ns, last.t_ns, accumulator.energy_j, flag]))"
    )
    assert flag == "wrapped"
    assert energy_j == pytest.approx(device.energy_j(first, last), abs=1e-4)


def test_a_failed_read_is_one_and_the_next_works(two_sockets, truth, run):
    code = (
        "from pathlib import Path\n"
        "from tests.testbench.truth import Truth\n"
        f"device = Truth.open(Path({str(truth.path)!r}))['cpu:0/package']\n"
        "source = pyrapl.probe().source\n"
        "device.fail()\n"
        "failed, memory = source.read(0), source.read(1)\n"
        "device.set(failing=None)\n"
        "counters = [failed.counter, memory.counter, source.read(0).counter]\n"
        "print(json.dumps([counters, failed.error]))"
    )
    counters, error = run(code)
    assert counters == [None, 5_000_000, 1_000_000]
    assert error == "pyRAPL, cpu:0/package: Input/output error"


def test_the_power_limit_is_that_of_the_tree(two_sockets, truth, run):
    truth["cpu:1/package"].set(power_limit_w=65.0)
    code = (
        "source = pyrapl.probe().source\n"
        "seen = {d.id: source.conditions(n).power_limit_w for n, d in enumerate(source.domains)}\n"
        "print(json.dumps(seen))"
    )
    found = run(code)
    assert (found["cpu:0/package"], found["cpu:1/package"]) == (250.0, 65.0)


def test_no_memory_counter_is_not_missing(truth, run):
    truth.add("cpu:0/package", power_w=0.0, offset=3)
    code = "found = pyrapl.probe(); print(json.dumps([shown(found), told(found)]))"
    assert run(code) == [{"cpu:0/package": 3}, {}]


def test_several_dies_are_beyond_it_and_it_says_why(truth, run):
    dies = [truth.add(f"die-{n}", power_w=1.0) for n in range(2)]
    zones = [Zone(f"package-0-die-{n}", die) for n, die in enumerate(dies)]
    code = "found = pyrapl.probe(); print(json.dumps([shown(found), told(found)]))"
    domains, missing = run(code, zones)
    assert domains == {}
    reason, remedy = missing["cpu:0/package"]
    assert "needs one zone package-0" in reason
    assert "unset JUPYTER_GREEN_RAPL" in remedy


def test_what_may_not_be_read_names_file_and_remedy(truth, run):
    truth.add("cpu:0/package", power_w=1.0, mode=0o400)
    code = "found = pyrapl.probe(); print(json.dumps([shown(found), told(found)]))"
    domains, missing = run(code)
    assert domains == {}
    reason, remedy = missing["cpu:0/package"]
    assert "/sys/class/powercap/intel-rapl/intel-rapl:0/energy_uj" in reason
    assert "0400" in reason
    assert "groupadd" in remedy


def test_the_variable_selects_it_for_all_sources(two_sockets, truth, run):
    truth["cpu:0/package"].set_power(20.0)  # a machine whose counters all stand still has none
    code = (
        "from jupyter_green.sources.discovery import open_sources\n"
        "sources, missing = open_sources()\n"
        "print(json.dumps([sources[0].name, [m.id for m in missing if m.id != 'nvml']]))"
    )
    assert run(code, JUPYTER_GREEN_RAPL="pyrapl") == ["pyrapl", []]


def test_where_it_cannot_the_default_reads_and_says_so(truth, run):
    dies = [truth.add(f"die-{n}", power_w=1.0) for n in range(2)]
    zones = [Zone(f"package-0-die-{n}", die) for n, die in enumerate(dies)]
    code = (
        "from jupyter_green.sources.discovery import probe_rapl\n"
        "import os\n"
        "found = probe_rapl(os.environ)\n"
        "print(json.dumps([found.source.name, told(found)]))"
    )
    name, missing = run(code, zones, JUPYTER_GREEN_RAPL="pyrapl")
    assert name == "rapl"
    reason, remedy = missing["rapl-reader"]
    assert "JUPYTER_GREEN_RAPL=pyrapl reads no package here; powercap is used" in reason
    assert "unset JUPYTER_GREEN_RAPL" in remedy
