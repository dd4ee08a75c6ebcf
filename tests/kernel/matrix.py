"""Runs these tests on many versions of ipykernel, IPython and Python: ``make matrix``.

Each combination gets an environment of its own in ``build/matrix/``, kept for the next time,
and what was seen is written beside them, as a table. Interpreters that this machine lacks are
named and left out.

    python -m tests.kernel.matrix [--only TEXT] [--jobs N]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .conformance.record import ALL_VARIABLE

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "matrix"

NEEDS = (
    "anywidget", "ipywidgets>=8.1", "jupyter-client>=8", "matplotlib>=3.9", "nbclient>=0.10",
    "nbconvert>=7.16", "nvidia-ml-py>=12.535", "papermill", "psutil>=5.9", "ptyprocess",
    "pyRAPL>=0.2.3.1", "pytest>=8.2", "pytest-timeout>=2.3", "tqdm>=4.66",
)  # fmt: skip

TESTS = (
    "conformance", "test_cell.py", "test_unload.py", "test_subshells.py", "test_programs.py",
    "test_terminal.py",
)  # fmt: skip


@dataclass(frozen=True)
class Combination:
    """Versions that are tried together."""

    python: str
    ipykernel: str
    ipython: str

    def __str__(self) -> str:
        return f"python{self.python}-ipykernel{self.ipykernel}-ipython{self.ipython}"


COMBINATIONS = (
    Combination("3.10", "6.29.0", "8.18.0"),
    Combination("3.11", "6.29.5", "8.39.0"),
    Combination("3.12", "6.31.0", "9.0.2"),
    Combination("3.11", "7.0.1", "9.2.0"),
    Combination("3.12", "7.1.0", "9.6.0"),
    Combination("3.12", "7.2.0", "9.10.1"),
    Combination("3.13", "7.3.0", "9.14.1"),
    Combination("3.11", "7.4.0", "8.18.1"),
    Combination("3.13", "7.4.0", "9.16.1"),
    Combination("3.13", "7.4.0", "9.18.1"),
)
"""The ends of both ranges, each minor of ipykernel, and steps through those of IPython."""


@dataclass(frozen=True)
class Outcome:
    """What came of the tests with one combination."""

    combination: Combination
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    duration_s: float = 0.0
    note: str = ""


def interpreter(version: str) -> str | None:
    """Return a Python of this version, ``None`` where there is none that runs."""
    for found in (shutil.which(f"python{version}"), sys.executable):
        if found is None:
            continue
        asked = subprocess.run(
            [found, "-c", "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        said, _, executable = asked.stdout.strip().partition(" ")
        if said == version:
            return executable
    return None


def environment(combination: Combination) -> Path | None:
    """Make an environment, or take the one that there is; return its Python."""
    folder = FOLDER / str(combination)
    python = folder / "bin" / "python"
    done = folder / "installed.json"
    wanted = [
        f"ipykernel=={combination.ipykernel}",
        f"ipython=={combination.ipython}",
        *NEEDS,
    ]
    if done.exists() and json.loads(done.read_text()) == wanted:
        return python
    found = interpreter(combination.python)
    if found is None:
        return None
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([found, "-m", "venv", folder], check=True)
    subprocess.run([python, "-m", "pip", "install", "-qq", *wanted], check=True)
    # The package itself as it stands here, without building its front end anew.
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([python, "-c", asked], check=True, capture_output=True, text=True)
    Path(packages.stdout.strip(), "jupyter_green.pth").write_text(f"{ROOT}\n")
    done.write_text(json.dumps(wanted))
    return python


def run(combination: Combination) -> Outcome:
    """Run the tests with one combination."""
    try:
        python = environment(combination)
    except subprocess.CalledProcessError as error:
        return Outcome(combination, note=f"could not be installed: {error}")
    if python is None:
        return Outcome(combination, note=f"no Python {combination.python} on this machine")
    began = time.monotonic()
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    env = os.environ | {"PATH": path, ALL_VARIABLE: "all"}
    tests = [str(Path(__file__).parent / test) for test in TESTS]
    log = FOLDER / f"{combination}.log"
    with log.open("w") as out:
        subprocess.run(
            [python, "-m", "pytest", *tests, "-q", "--timeout=600", "-p", "no:cacheprovider"],
            cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    last = log.read_text().rstrip().rpartition("\n")[2]
    counts = {kind: int(n) for n, kind in re.findall(r"(\d+) (passed|failed|skipped|error)", last)}
    return Outcome(
        combination,
        counts.get("passed", 0),
        counts.get("failed", 0) + counts.get("error", 0),
        counts.get("skipped", 0),
        time.monotonic() - began,
        "" if counts else f"see {log.relative_to(ROOT)}",
    )


def table(outcomes: list[Outcome]) -> str:
    """Return what came of it, as Markdown."""
    lines = ["| Python | ipykernel | IPython | passed | failed | skipped | |", "|" + "---|" * 7]
    for o in outcomes:
        c = o.combination
        numbers = f"{o.passed} | {o.failed} | {o.skipped}"
        lines.append(f"| {c.python} | {c.ipykernel} | {c.ipython} | {numbers} | {o.note} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run all combinations, or those asked for; return how many went wrong."""
    parser = argparse.ArgumentParser(description="Run the kernel's tests on many versions.")
    parser.add_argument("--only", default="", help="a part of a combination's name")
    parser.add_argument("--jobs", type=int, default=1, help="how many at once")
    asked = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    chosen = [one for one in COMBINATIONS if asked.only in str(one)]
    outcomes = []
    with ThreadPoolExecutor(asked.jobs) as pool:
        for outcome in pool.map(run, chosen):
            outcomes.append(outcome)
            print(f"{outcome.combination}: {outcome.passed} passed, {outcome.failed} failed, "
                  f"{outcome.skipped} skipped in {outcome.duration_s:.0f} s {outcome.note}",
                  flush=True)  # fmt: skip
    text = table(outcomes)
    (FOLDER / "table.md").write_text(text)
    print(text)
    return sum(outcome.failed > 0 or not outcome.passed for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())
