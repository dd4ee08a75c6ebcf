"""Kernels live, and things go wrong: no joule is lost without a word, none is counted twice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_green.sampler.registry import RUNTIME_VARIABLE
from tests.testbench.lives import live
from tests.testbench.program_lives import live_together
from tests.testbench.waiting import until


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_no_window_of_a_life_is_lost_or_wrong_without_a_word(tmp_path, first):
    """`benchmarks/lives.py` has a thousand."""
    for seed in range(first, first + 20):
        folder = tmp_path / str(seed)
        folder.mkdir()
        life = live(folder, seed)
        assert life.wrong == []
        assert life.left == 0


@pytest.mark.parametrize("seed", range(3))
def test_no_window_of_real_programs_is_lost_or_wrong_without_a_word(tmp_path, seed):
    """`python -m benchmarks.lives --programs` has a thousand."""
    life = live_together(tmp_path, seed)
    assert life.wrong == []
    assert life.left == 0


PROGRAM = """
import os, random, signal, sys, time
import jupyter_green as jg
from jupyter_green.sampler.registry import RUNTIME_VARIABLE

rng = random.Random(int(sys.argv[1]))
meter = jg.Meter()
meter.begin().end()
kills = 0
open_files = lambda: len(os.listdir("/proc/self/fd"))
before = open_files()
for _ in range(8):
    window = meter.begin()
    if rng.random() < 0.4 and kills < 3:
        kills += 1
        os.kill(meter.sampler_pid, signal.SIGKILL)
    if rng.random() < 0.3:
        child = os.fork()
        if not child:
            with jg.measure() as measured:
                pass
            os._exit(0 if measured.report.domains else 1)
        assert os.waitpid(child, 0)[1] == 0, "a fork meters by itself"
    report = window.end()
    assert report.energy_j is not None or report.missing, report
for _ in range(100):
    if open_files() == before:
        break
    time.sleep(0.05)
print(before, open_files(), flush=True)
time.sleep(60)
"""


def samplers_of(runtime):
    """The samplers that were started with a runtime folder, by their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environ = (process / "environ").read_bytes()
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"--for" in command and f"{RUNTIME_VARIABLE}={runtime}\0".encode() in environ:
            found.append(int(process.name))
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it reads Linux's /proc")
@pytest.mark.parametrize("seed", range(4))
def test_no_process_file_or_descriptor_is_left_of_a_life(host, tmp_path_factory, seed):
    """In real processes: the sampler is killed, the program forks, and is killed as well."""
    runtime = tmp_path_factory.mktemp("runtime")
    env = os.environ | {RUNTIME_VARIABLE: str(runtime)}
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(seed)], stdout=subprocess.PIPE, text=True, env=env
    )
    try:
        before, after = map(int, program.stdout.readline().split())
        assert after == before
        assert until(lambda: len(samplers_of(runtime)) == 1)
    finally:
        program.kill()
        program.wait()
        program.stdout.close()
    assert until(lambda: samplers_of(runtime) == [])
    assert until(lambda: not any(runtime.iterdir()))
