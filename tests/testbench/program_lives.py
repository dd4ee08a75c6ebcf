"""Real programs live side by side, and things go wrong: forks, kills, hostile environments.

What :mod:`.lives` does in virtual time to a meter, this does to processes: each program is one
of its own, on the stand-in GPU, in real time.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from jupyter_green.flags import OTHER_METERS
from jupyter_green.sampler.detach import FOR
from jupyter_green.sampler.registry import RUNTIME_VARIABLE

from .lives import SAID, Life
from .nvml import Nvml
from .truth import Truth

S = 1_000_000_000
MOST_HALF_WIDTHS = 3
LEAST_OVERLAP_S = 0.1
"""So long two programs' windows overlap at least to have to be told."""
MOST_S = 60
LEFT_S = 3.0
"""How long a sampler may take to find out that its program is gone."""

PROGRAM = r"""
import json, os, random, resource, signal, sys, time

rng = random.Random(int(sys.argv[1]))
hostile = sys.argv[2]


def say(**what):
    os.write(1, (json.dumps(what) + "\n").encode())


def python_path():
    os.environ["PYTHONPATH"] = hostile


def python_home():
    os.environ["PYTHONHOME"] = "/nowhere"


def no_home():
    for name in ("HOME", "TMPDIR", "LANG", "PATH"):
        os.environ.pop(name, None)


def no_folder():
    os.mkdir(f"gone-{os.getpid()}"), os.chdir(f"gone-{os.getpid()}")
    os.rmdir(os.getcwd())


def no_executable():
    sys.executable = None


def few_files():
    used = len(os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 12, used + 12))


def no_input():
    os.close(0)


import jupyter_green as jg
from jupyter_green.meter.shared import shared_meter

if rng.random() < 0.6:
    environment = rng.choice(
        [python_path, python_home, no_home, no_folder, no_executable, few_files, no_input]
    )
    environment()
    say(trouble="environment: " + environment.__name__.replace("_", " "))


def sampler_killed():
    pid = shared_meter().sampler_pid
    if pid:
        os.kill(pid, signal.SIGKILL)


def fork_that_meters():
    if os.fork() == 0:
        metered("a fork's", 0.02, 0.2)
        os._exit(0)


def fork_that_stays():
    if os.fork() == 0:
        time.sleep(0.6)
        os._exit(0)


def program_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def metered(name, least_s, most_s, trouble=None, inner=0):
    label = f"{os.getpid()} {name}"
    say(begun=label)
    with jg.measure(label) as m:
        time.sleep(rng.uniform(least_s, most_s))
        if trouble is not None:
            say(trouble=trouble.__name__.replace("_", " "))
            trouble()
            time.sleep(rng.uniform(least_s, most_s))
        for n in range(inner):
            metered(f"{name}.{n}", 0.01, 0.1)
    report = m.report
    domains = [
        dict(id=d.id, energy_j=d.energy_j, uncertainty_j=d.uncertainty_j, flags=d.flags)
        for d in report.domains.values()
    ]
    say(
        ended=label, begin_ns=m._window.begin_ns, end_ns=m._window.end_ns, flags=report.flags,
        gaps=report.gaps, missing=[each.id for each in report.missing], domains=domains,
    )


TROUBLES = [sampler_killed, fork_that_meters, fork_that_stays, program_killed]
for n in range(rng.randint(1, 4)):
    trouble = rng.choice([None] * 5 + TROUBLES)
    metered(n, 0.01, 0.3, trouble, inner=rng.choice([0, 0, 2]))
    time.sleep(rng.uniform(0, 0.1))
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
"""
HOSTILE = ("dataclasses", "enum", "json", "pathlib", "sitecustomize", "typing", "usercustomize")
"""Modules that stand in the way of the standard library's."""


def live_together(folder: Path, seed: int) -> Life:
    """Have one to three programs meter one GPU at the same time; return what was seen of them."""
    rng = random.Random(seed)
    hostile = folder / "hostile"
    hostile.mkdir()
    for name in HOSTILE:
        (hostile / f"{name}.py").write_text(f"raise SystemExit('{name} in the way')\n")
    life = Life()
    with Truth.create(folder / "truth") as truth:
        gpu = truth.add("gpu:0", power_w=60.0)
        times = sorted(rng.uniform(0.2, 12.0) for _ in range(40))
        gpu.schedule([(t_s, rng.uniform(30.0, 350.0)) for t_s in times])
        registry = folder / "registry"
        environ = os.environ | Nvml(truth).env | {RUNTIME_VARIABLE: str(registry)}
        programs = [
            subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(rng.getrandbits(32)), str(hostile)],
                cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True,
            )
            for _ in range(rng.randint(1, 3))
        ]  # fmt: skip
        if len(programs) > 1:
            life.troubles.append("another program meters")
        said = [_said_by(program, life) for program in programs]
        _judge(life, gpu, said)
    labels = [each["begun"] for of_one in said for each in of_one if "begun" in each]
    forks = {int(label.partition(" ")[0]) for label in labels}
    life.left = _samplers_left(forks | {program.pid for program in programs})
    return life


def _said_by(program: subprocess.Popen[str], life: Life) -> list[dict[str, Any]]:
    """Wait until a program has ended; return what it said."""
    try:
        out, err = program.communicate(timeout=MOST_S)
    except subprocess.TimeoutExpired:
        program.kill()
        out, err = program.communicate()
        life.wrong.append(f"a program hung: {err[-300:]}")
    said = [json.loads(line) for line in out.splitlines()]
    is_killed = any(each.get("trouble") == "program killed" for each in said)
    if program.returncode not in ((-9,) if is_killed else (0,)):
        life.wrong.append(f"a program ended with {program.returncode}: {err[-300:]}")
    begun = {each["begun"] for each in said if "begun" in each}
    ended = {each["ended"] for each in said if "ended" in each}
    if begun != ended and not is_killed:
        life.wrong.append(f"windows are lost: {sorted(begun - ended)}")
    life.troubles += {each["trouble"] for each in said if "trouble" in each}
    return said


def _judge(life: Life, gpu: Any, said: list[list[dict[str, Any]]]) -> None:
    """Look at each report: whether it is true, and tells who else metered."""
    for number, own in enumerate(said):
        others = [each for n, of_one in enumerate(said) if n != number for each in of_one]
        for window in own:
            if "ended" not in window:
                continue
            life.windows += 1
            name = f"{window['ended']} ({(window['end_ns'] - window['begin_ns']) / S:.3f} s)"
            boards = [d for d in window["domains"] if d["id"] == "gpu:0"]
            if not boards and not window["missing"]:
                life.wrong.append(f"{name}: no joules and no reason")
            for board in boards:
                true_j = gpu.energy_j(window["begin_ns"], window["end_ns"])
                off_j = abs(board["energy_j"] - true_j)
                is_said = window["gaps"] or SAID & set(board["flags"])
                if off_j > MOST_HALF_WIDTHS * board["uncertainty_j"] + 0.01 and not is_said:
                    life.wrong.append(
                        f"{name}: {board['energy_j']:.4g} ± {board['uncertainty_j']:.2g} J "
                        f"for {true_j:.4g} J, flags {board['flags']}"
                    )
            is_told = OTHER_METERS in window["flags"] or window["gaps"]
            if _is_beside(window, others) and not is_told:
                life.wrong.append(f"{name}: says nothing of the program that metered beside it")


def _is_beside(window: dict[str, Any], others: list[dict[str, Any]]) -> bool:
    least_ns = int(LEAST_OVERLAP_S * S)
    return any(
        min(window["end_ns"], other["end_ns"]) - max(window["begin_ns"], other["begin_ns"])
        > least_ns
        for other in others
        if other.get("domains")  # without a sampler it has metered nothing
    )


def _samplers_left(pids: set[int]) -> int:
    """Return how many samplers of these programs live on, after a while."""
    until_s = time.monotonic() + LEFT_S
    while (left := _samplers_of(pids)) and time.monotonic() < until_s:
        time.sleep(0.05)
    return left


def _samplers_of(pids: set[int]) -> int:
    wanted = {(FOR, str(pid)) for pid in pids}
    found = 0
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = process.read_text().rstrip("\0").split("\0")
        except OSError:
            continue  # it has just ended
        found += tuple(words[-2:]) in wanted
    return found
