"""Whose joules: what programs are told by a real service, of real control groups and sessions."""

import json
import os
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path

import pytest

from jupyter_green.meter.baseline import Baseline
from jupyter_green.sources.variables import SOCKET_VARIABLE

ROOT = Path(__file__).parents[2]
GROUPS = {
    "version 1": ("/sys/fs/cgroup/cpuacct", "cpuacct.usage"),
    "version 2, beside version 1": ("/sys/fs/cgroup/unified", "cpu.stat"),
    "version 2": ("/sys/fs/cgroup", "cpu.stat"),
}


@pytest.fixture
def group(request):
    """Return what makes control groups of a version, which go with the test."""
    made = []

    def make(version):
        mount, usage = GROUPS[version]
        folder = Path(mount) / f"jupyter-green-test-{uuid.uuid4().hex[:8]}"
        try:
            folder.mkdir()
        except OSError as error:
            pytest.skip(f"no control group of {version} can be made here: {error}")
        made.append(folder)
        if not (folder / usage).exists():
            pytest.skip(f"there are no control groups of {version} here")
        return folder

    yield make
    for folder in made:
        for _ in range(50):
            with suppress(OSError):
                folder.rmdir()
                break
            time.sleep(0.02)


class Burner:
    """A program that computes for a part of the time."""

    def __init__(self, place, seconds, part, group=None):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.testbench.burner", str(seconds), str(part)]
            + ([str(group)] if group else []),
            env=os.environ | {SOCKET_VARIABLE: str(place)},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @property
    def pid(self):
        return self._process.pid

    def wait(self):
        assert self._process.stdout.readline() == "ready\n"

    def go(self):
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def told(self):
        said, _ = self._process.communicate(timeout=30)
        return json.loads(said)


def burned(place, seconds, *parts_and_groups):
    """Return what programs are told that computed at the same time."""
    burners = [Burner(place, seconds, part, group) for part, group in parts_and_groups]
    for burner in burners:
        burner.wait()
    for burner in burners:
        burner.go()
    return [burner.told() for burner in burners]


def idle(power_w):
    return Baseline("2026-01-01T00:00:00Z", 10.0, power_w, dict.fromkeys(power_w, 0.5))


def check_sums(told):
    """Own, others and idle are the measured joules, to the microjoule."""
    assert told["parts"].keys() == told["measured"].keys()
    for id_, (own_j, others_j, idle_j, _) in told["parts"].items():
        parts_uj = [round((each or 0.0) * 1e6) for each in (own_j, others_j, idle_j)]
        assert sum(parts_uj) == round(told["measured"][id_] * 1e6)
        assert min(parts_uj) >= 0


@pytest.mark.parametrize("version", GROUPS)
def test_who_computes_several_times_as_much_has_as_many_times_the_joules(service, group, version):
    groups = [group(version), group(version)]
    more, less = burned(service.place, 1.6, (0.8, groups[0]), (0.2, groups[1]))
    ratio = more["used_s"] / less["used_s"]
    assert ratio > 1.2  # four, where nobody else wants the processors
    for told in (more, less):
        check_sums(told)
        assert told["unit"] == "cgroup"
        assert not told["notes"]
        by = {id_: each["by"] for id_, each in told["report"]["share"]["domains"].items()}
        assert by == {"cpu:0/package": "cpu-time", "cpu:0/dram": "weak-cpu-time"}
    for id_ in ("cpu:0/package", "cpu:0/dram"):
        (own_j, others_j, idle_j, error_j), (less_j, *_, less_error_j) = (
            told["parts"][id_] for told in (more, less)
        )
        assert idle_j is None
        assert abs(own_j - ratio * less_j) < error_j + ratio * less_error_j + 0.1 * own_j
        assert own_j + less_j <= 1.01 * (own_j + others_j)


def test_without_control_groups_the_session_is_the_unit_with_what_it_starts(service):
    (told,) = burned(service.place, 1.0, (0.6, None))
    check_sums(told)
    assert told["unit"] == "session"
    assert told["cpu_share"] > 0.05


def test_with_a_baseline_idle_stands_apart(rapl, tmp_path, serving):
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps(idle({"cpu:0/package": 20.0}).to_dict()))
    place = tmp_path / "sock"
    serving(place, os.environ, "--baseline", str(path))
    (told,) = burned(place, 0.7, (0.5, None))
    check_sums(told)
    *_, idle_j, _ = told["parts"]["cpu:0/package"]
    assert idle_j == pytest.approx(20.0 * told["report"]["duration_s"], rel=0.01)
    assert told["parts"]["cpu:0/dram"][2] is None


def test_a_gpu_is_divided_by_what_its_driver_says_of_each_process(
    truth, rapl_here, nvml_here, tmp_path, serving
):
    truth.add("cpu:0/package", power_w=50.0)
    truth.add("gpu:0", power_w=90.0)
    rapl_here()
    place = tmp_path / "sock"
    serving(place, os.environ)
    burners = [Burner(place, 2.2, 0.1) for _ in range(2)]
    for burner in burners:
        burner.wait()
    pids = [burner.pid for burner in burners]
    truth["gpu:0"].set(pids=pids, sm_percents=[60, 20])
    for burner in burners:
        burner.go()
    most, least = (burner.told() for burner in burners)
    for told, share in ((most, 0.75), (least, 0.25)):
        check_sums(told)
        assert told["report"]["share"]["domains"]["gpu:0"]["by"] == "driver"
        assert told["parts"]["gpu:0"][0] == pytest.approx(
            share * told["measured"]["gpu:0"], rel=0.01
        )
