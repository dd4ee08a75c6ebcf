"""Installs a wheel in fresh environments, oldest and newest, and uses it there, without Node."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import pythons, site, wheels
from .steps import StepError, Steps, run

TOOLS = (
    "check-jsonschema>=0.33",
    "check-wheel-contents>=0.6",
    "py-rattler-build>=0.60",
    "pyroma>=4.2",
    "twine>=6",
    "uv>=0.5",
    "zizmor>=1.10",
)
DEVELOPERS = {"bench", "dev", "test"}
SERVERS = ("jupyterlab==4.2.*", "jupyterlab", "notebook==7.*")
NODE = ("node", "nodejs", "npm", "npx", "jlpm", "yarn")
USE = Path(__file__).with_name("use.py")
LOWEST = "lowest-direct"
"""The floors that we name; what those need in turn is the newest that they take."""
NEWEST = "highest"


@dataclass(frozen=True)
class Installed:
    """What is installed together."""

    python: str
    resolution: str
    extra: str = ""
    beside: str = ""

    def __str__(self) -> str:
        extra = f"[{self.extra}]" if self.extra else ""
        beside = f" beside {self.beside}" if self.beside else ""
        return f"jupyter-green{extra}{beside}, {self.resolution}, Python {self.python}"


def extras() -> tuple[str, ...]:
    """Return what a user may choose, by the project's own list."""
    project = Path("pyproject.toml").read_text("utf-8")
    listed = project.partition("[project.optional-dependencies]\n")[2].partition("\n[")[0]
    return tuple(n for n in re.findall(r"(?m)^(\w+) = \[", listed) if n not in DEVELOPERS)


def tools(folder: Path) -> Path:
    """Return the folder with the programs that check, with all that is installed in it."""
    programs = folder / "bin"
    if not programs.exists():
        run([sys.executable, "-m", "venv", folder])
    run([programs / "python", "-m", "pip", "install", "--quiet", *TOOLS])
    return programs


def check(built: Path, programs: Path, folder: Path, steps: Steps) -> None:
    """Install and use the wheel in each environment, one after the other below `folder`."""
    (wheel,) = built.glob("*.whl")
    variables = _without_node(folder.parent / "bin")
    here = pythons.HERE
    wanted = [Installed(python, way) for python in pythons.SUPPORTED for way in (LOWEST, NEWEST)]
    chosen = extras()
    wanted += [Installed(here, way, extra) for extra in chosen for way in (LOWEST, NEWEST)]
    wanted += [Installed(here, NEWEST, "run", server) for server in SERVERS]
    interpreters = {
        version: pythons.interpreter(version, programs / "uv") for version in pythons.SUPPORTED
    }
    ends = (pythons.SUPPORTED[0], pythons.SUPPORTED[-1])
    wheels.check(programs / "uv", ends, chosen, (LOWEST, NEWEST), steps)
    for number, each in enumerate(wanted):
        interpreter = interpreters[each.python]
        if interpreter is None:
            steps.skip(str(each), f"no Python {each.python} on this machine")
            continue

        def step(
            each: Installed = each, interpreter: str = interpreter, own: Path = folder / str(number)
        ) -> str:
            # Of the one before something may still run, and write into what is removed.
            shutil.rmtree(folder, ignore_errors=True)
            run([programs / "uv", "venv", "--quiet", "--python", interpreter, own])
            _install(each, wheel, programs / "uv", own)
            said = _use(each, own, variables)
            return f"{said}; {_first_figure(own)}" if each.beside else said

        steps.take(str(each), step)


def follow_the_site(built: Path, programs: Path, folder: Path, steps: Steps) -> None:
    """Do what tutorials and how-tos say, where there is the wheel and no checkout."""
    (wheel,) = built.glob("*.whl")
    variables = _without_node(folder.parent / "bin")
    path = f"{folder / 'bin'}{os.pathsep}{variables['PATH']}"

    def step() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        run([programs / "uv", "venv", "--quiet", "--python", sys.executable, folder])
        at = ["--quiet", "--python", folder / "bin" / "python"]
        asked_for = f"{wheel}[{','.join(site.EXTRAS)}]"
        run([programs / "uv", "pip", "install", *at, asked_for, *site.ASKED_FOR])

    if steps.take("follow the site: its environment", step):
        own = {**variables, "PATH": path}
        site.check(folder / "bin" / "python", folder.with_name("readers"), own, steps)


def _install(each: Installed, wheel: Path, uv: Path, folder: Path) -> None:
    at = ["--quiet", "--python", folder / "bin" / "python"]
    # The project's own list first: of a wheel, uv would take for direct the wheel alone.
    extra = ["--extra", each.extra] if each.extra else []
    wanted = ["--requirements", "pyproject.toml", *extra, *filter(None, [each.beside])]
    # What is built from its source is not what users get, and says nothing of a floor.
    how = ["--resolution", each.resolution, "--only-binary", ":all:"]
    run([uv, "pip", "install", *at, *how, *wanted])
    run([uv, "pip", "install", *at, "--no-deps", wheel])
    run([uv, "pip", "check", *at])


def _use(each: Installed, folder: Path, variables: Mapping[str, str]) -> str:
    """Meter something with what is installed; return what is told of it."""
    home = folder / "home"
    home.mkdir()
    path = f"{folder / 'bin'}{os.pathsep}{variables['PATH']}"
    own = {**variables, "PATH": path, "HOME": str(home), "JUPYTER_DATA_DIR": str(home / "data")}
    said = run([folder / "bin" / "python", "-I", USE, each.extra], home, own).strip()
    if each.extra == "lab" or each.beside:
        listed = run([folder / "bin" / "jupyter", "labextension", "list"], home, own)
        (line,) = [line for line in listed.splitlines() if "jupyter-green" in line]
        if "enabled" not in line or "OK" not in line:
            raise StepError(listed)
    return said.splitlines()[-1]


def _first_figure(folder: Path) -> str:
    """Meter a cell by the leaf, as a user of this environment's front end does."""
    return run([sys.executable, "scripts/first_figure.py", folder]).splitlines()[-2].strip()


def _without_node(folder: Path) -> dict[str, str]:
    """Return an environment whose PATH has all that ours has, but for Node."""
    folder.mkdir(exist_ok=True)
    for directory in os.get_exec_path():
        if ".venv" in directory:
            continue
        for program in Path(directory).glob("*"):
            link = folder / program.name
            if program.name not in NODE and not link.is_symlink():
                link.symlink_to(program)
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "PYTHON", "VIRTUAL"))
    }
    return {**kept, "PATH": str(folder)}
