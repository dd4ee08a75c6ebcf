"""Asks whether everything can be installed without a compiler, also where this check cannot run."""

from __future__ import annotations

from pathlib import Path

from .steps import Steps, run

WITHOUT = {"apple": "3.14"}
"""Extras that have no wheel for a Python: they need a compiler there."""
PLATFORMS = {
    "Linux": "x86_64-unknown-linux-gnu",
    "Windows": "x86_64-pc-windows-msvc",
    "macOS": "aarch64-apple-darwin",
}


def check(
    uv: Path, pythons: tuple[str, ...], extras: tuple[str, ...], ways: tuple[str, ...], steps: Steps
) -> None:
    """Let uv choose versions that have wheels, for each system, Python and way of choosing.

    Nothing is installed, so none of these Pythons has to be here.
    """
    for system, platform in PLATFORMS.items():
        for python in pythons:
            have = [extra for extra in extras if WITHOUT.get(extra) != python]
            chosen = [word for extra in have for word in ("--extra", extra)]
            for way in ways:
                target = ["--python-version", python, "--python-platform", platform]
                how = ["--resolution", way, "--only-binary", ":all:", "--no-header"]
                steps.take(
                    f"wheels for {system}, {way}, Python {python}",
                    lambda words=(*target, *how, *chosen): _choose(uv, words),
                )


def _choose(uv: Path, words: tuple[str, ...]) -> str:
    lines = run([uv, "pip", "compile", "--quiet", "--no-annotate", "pyproject.toml", *words])
    return f"{sum('==' in line for line in lines.splitlines())} packages"
