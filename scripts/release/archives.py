"""Looks into an sdist and a wheel, by the tools that are there for it and by our own rules."""

from __future__ import annotations

import zipfile
from pathlib import Path

from .steps import StepError, Steps, run

LEAST_RATING = 8
"""Of 10, by Pyroma: it wants an e-mail address, and the project gives none."""

RENDER = """
from rattler_build import Stage0Recipe, VariantConfig
for package in Stage0Recipe.from_file("deploy/conda/recipe.yaml").render(VariantConfig()):
    print(package)
"""


def check(built: Path, tools: Path, steps: Steps) -> None:
    """Check all that was built."""
    (wheel,) = built.glob("*.whl")
    (sdist,) = built.glob("*.tar.gz")
    steps.take(
        "twine check --strict",
        lambda: run([tools / "twine", "check", "--strict", wheel, sdist])[:0],
    )
    steps.take("check-wheel-contents", lambda: run([tools / "check-wheel-contents", wheel])[:0])
    rating = ["--min", str(LEAST_RATING), sdist]
    steps.take("pyroma", lambda: run([tools / "pyroma", *rating])[:0])
    steps.take("workflows and citation", lambda: _files_for_others(tools))
    steps.take("the conda recipe renders", lambda: run([tools / "python", "-c", RENDER]).strip())
    steps.take("a wheel without tests and maps", lambda: _only_what_runs(wheel))


def _files_for_others(tools: Path) -> str:
    """Check what GitHub reads against its schemas, and workflows for what may be abused."""
    workflows = sorted(Path(".github/workflows").glob("*.yml"))
    schemas = {"github-workflows": workflows, "citation-file-format": [Path("CITATION.cff")]}
    for schema, files in schemas.items():
        run([tools / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files])
    run([tools / "zizmor", "--offline", "--no-progress", *workflows])
    return f"{len(workflows)} workflows"


def _only_what_runs(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    surplus = [
        name
        for name in names
        if name.endswith((".map", ".ts", ".tsx")) or {"tests", "node_modules"} & {*name.split("/")}
    ]
    if surplus:
        raise StepError("\n".join(surplus))
    return f"{len(names)} files, {wheel.stat().st_size / 1e6:.2f} MB"
