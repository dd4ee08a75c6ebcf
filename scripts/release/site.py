"""Follows the site in an environment that holds the wheel and what its pages ask for.

Each block of a page that a reader types or runs is done, also those that take minutes and that the
tests leave out for it. What was shown is written beside the environment, and has to hold what
the page promises.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import yaml

from tests.kernel.pages import DOCS, Reader, blocks
from tests.testbench.kernel import Kernel

from .steps import StepError, Steps

EXTRAS = ("lab", "studies", "dask")
ASKED_FOR = ("matplotlib", "mlflow", "pandas", "pytest", "scikit-learn")
"""What pages name besides these extras."""
FOLDERS = ("tutorials/", "how-to/")
PROMISED: Mapping[str, Mapping[str, str]] = {
    "tutorials/five-minutes.md": {
        "a first figure": r"make data: ≈? ?\d.* [mk]?J\b",
        "the baseline, or why there is none": r"net energy above this|No baseline: ",
        "a sum by stage": r"(?m)^training .*\d [mk]?J\b",
    },
    "tutorials/two-models.md": {
        "a verdict": r"uses [\d.]+ (%|times) |no difference larger than|not enough rounds",
    },
    "tutorials/training.md": {
        "a statement": r"\\subsection\*\{For the EU AI Act",
        "its grams": r"g/kWh \(Germany",
    },
    "how-to/other-tools.md": {"runs in MLflow": r"runs? logged, 0 were there"},
    "tutorials/no-sensors.md": {
        "what is missing and the remedy": r"Not read here:",
        "an estimate that looks like one": r"all of it: ≈",
    },
}
PATIENCE_S = 600.0


def check(python: Path, folder: Path, variables: Mapping[str, str], steps: Steps) -> None:
    """Follow every tutorial and how-to, each by somebody who has done nothing before.

    Parameters
    ----------
    python
        That of the environment; nothing of this checkout is importable there.
    folder
        Where readers live, and what they were shown is kept.
    variables
        The environment's, without what this program's own Python was given.
    """
    for name in _pages():
        steps.take(f"follow {name}", lambda name=name: _follow(name, python, folder, variables))


def _pages() -> list[str]:
    nav = yaml.safe_load((DOCS.parent / "mkdocs.yml").read_text("utf-8"))["nav"]
    return [page for page in re.findall(r"'([\w/-]+\.md)'", repr(nav)) if page.startswith(FOLDERS)]


def _follow(name: str, python: Path, folder: Path, variables: Mapping[str, str]) -> str:
    home = folder / name.removesuffix(".md").replace("/", "-")
    shutil.rmtree(home, ignore_errors=True)
    kernels: list[Kernel] = []

    def start(env: dict[str, str], there: Path) -> Kernel:
        kernels.append(Kernel(env, there, python))
        return kernels[-1]

    reader = Reader(home, {**variables}, start, PATIENCE_S)
    (home / "pytest.ini").write_text("[pytest]\n")  # else this checkout's settings are found
    done = [block for block in blocks(DOCS / name) if block.is_to_do]
    try:
        for block in done:
            reader.follow(block)
    except AssertionError as failure:
        raise StepError(f"{failure}\n{''.join(reader.told[-1:])[-2000:]}") from failure
    finally:
        for kernel in kernels:
            kernel.close()
        told = "\n".join(reader.told)
        home.with_suffix(".txt").write_text(told, "utf-8")
    promised = PROMISED.get(name, {})
    if absent := [what for what, pattern in promised.items() if not re.search(pattern, told)]:
        raise StepError(f"not shown: {', '.join(absent)}\n{told[-3000:]}")
    return f"{len(done)} blocks" + "".join(f", {what}" for what in promised)
