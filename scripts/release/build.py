"""Builds what git holds in two folders of different names, and compares the bytes."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tarfile
from pathlib import Path

from .steps import StepError, Steps, run

FOLDERS = ("one", "the other, with a longer name")


def twice(folder: Path, built: Path, steps: Steps) -> None:
    """Build the sdist, and the wheel from it, in each of two folders; keep one's in `built`."""
    outcomes = []
    for name in FOLDERS:
        checkout = folder / name / "checkout"
        into = folder / name / "dist"

        def step(checkout: Path = checkout, into: Path = into) -> str:
            _unpack(checkout)
            run([sys.executable, "-m", "build", "--outdir", into, checkout])
            return ", ".join(sorted(path.name for path in into.iterdir()))

        if not steps.take(f"build in {name!r}", step):
            return
        outcomes.append(into)
        shutil.rmtree(checkout)
    shutil.copytree(outcomes[0], built)
    steps.take("the same bytes in both folders", lambda: _compare(*outcomes))


def _unpack(checkout: Path) -> None:
    """Write what the last commit holds."""
    checkout.parent.mkdir(parents=True)
    archive = checkout.with_suffix(".tar")
    run(["git", "archive", "--output", archive, "HEAD"])
    with tarfile.open(archive) as opened:
        opened.extractall(checkout, filter="data")
    archive.unlink()


def _compare(one: Path, other: Path) -> str:
    names = sorted(path.name for path in one.iterdir())
    if names != sorted(path.name for path in other.iterdir()):
        raise StepError(f"{names} in one folder only")
    digests = {}
    for name in names:
        digests[name] = hashlib.sha256((one / name).read_bytes()).hexdigest()
        if digests[name] != hashlib.sha256((other / name).read_bytes()).hexdigest():
            raise StepError(f"{name} differs")
    return ", ".join(f"{name} sha256 {digest[:16]}" for name, digest in digests.items())
