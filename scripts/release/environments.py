"""Installs a wheel in fresh environments, oldest and newest, and uses it there, without Node."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from .steps import StepFault, Steps, run

TOOLS = ("check-wheel-contents>=0.6", "pyroma>=4.2", "twine>=6", "uv>=0.5")
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
EXTRAS = ("run", "lab", "studies", "postgres", "otel", "parquet", "amd", "apple")
"""What a user may choose; each is installed by itself."""
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


def tools(folder: Path) -> Path:
    """Return the folder with the programs that check, installed if it is not there."""
    programs = folder / "bin"
    if not (programs / "uv").exists():
        run([sys.executable, "-m", "venv", folder])
        run([programs / "python", "-m", "pip", "install", "--quiet", *TOOLS])
    return programs


def check(built: Path, folder: Path, programs: Path, steps: Steps) -> None:
    """Install and use the wheel in each environment."""
    (wheel,) = built.glob("*.whl")
    environment = _without_node(folder.parent / "bin")
    here = "{}.{}".format(*sys.version_info)
    wanted = [Installed(python, way) for python in PYTHONS for way in (LOWEST, NEWEST)]
    wanted += [Installed(here, way, extra) for extra in EXTRAS for way in (LOWEST, NEWEST)]
    wanted += [Installed(here, NEWEST, "run", server) for server in SERVERS]
    for each in wanted:
        interpreter = _interpreter(programs, each.python)
        if interpreter is None:
            steps.skip(str(each), f"no Python {each.python} on this machine")
            continue

        def step(each: Installed = each, interpreter: str = interpreter) -> str:
            return _installed(each, interpreter, wheel, folder, programs, environment)

        steps.take(str(each), step)


def _installed(
    each: Installed,
    interpreter: str,
    wheel: Path,
    folder: Path,
    programs: Path,
    environment: dict[str, str],
) -> str:
    """Install the wheel, and use it; return what is told of it."""
    shutil.rmtree(folder, ignore_errors=True)
    run([programs / "uv", "venv", "--quiet", "--python", interpreter, folder])
    python = folder / "bin" / "python"
    name = f"jupyter-green[{each.extra}] @ {wheel.as_uri()}" if each.extra else str(wheel)
    beside = [each.beside] if each.beside else []
    run(
        [programs / "uv", "pip", "install", "--quiet", "--python", python, "--link-mode", "hardlink",
         "--resolution", each.resolution, name, *beside]
    )  # fmt: skip
    run([programs / "uv", "pip", "check", "--quiet", "--python", python])
    with_path = {**environment, "PATH": f"{folder / 'bin'}{os.pathsep}{environment['PATH']}"}
    home = folder / "home"
    home.mkdir()
    with_path |= {"HOME": str(home), "JUPYTER_DATA_DIR": str(home / "data")}
    said = run([python, "-I", USE, each.extra], cwd=home, env=with_path).strip()
    if each.extra == "lab" or each.beside:
        listed = run([folder / "bin" / "jupyter", "labextension", "list"], cwd=home, env=with_path)
        (line,) = [line for line in listed.splitlines() if "jupyter-green" in line]
        if "enabled" not in line or "OK" not in line:
            raise StepFault(listed)
    return said.splitlines()[-1]


def _interpreter(programs: Path, version: str) -> str | None:
    """Return a Python of this version: one that is here, or that uv can fetch."""
    try:
        return run([programs / "uv", "python", "find", "--quiet", version]).strip()
    except StepFault:
        pass
    try:
        run([programs / "uv", "python", "install", "--quiet", version])
        return run([programs / "uv", "python", "find", "--quiet", version]).strip()
    except StepFault:
        return None


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
