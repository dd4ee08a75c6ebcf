"""Runs a command where the bench stands at the kernel's own places.

In a private mount namespace ``/sys/class/powercap`` is a file system that shows
the truth, so that programs with a fixed path read it unmodified. Where a machine's
sysfs has no such class, an overlay over ``/sys/class`` gives it one, because sysfs
itself allows no mkdir. The processors' ``physical_package_id`` are replaced where
the tree has another number of packages than the machine has sockets. Nothing of
this is seen outside, and it is gone when the command has ended.

    python -m tests.testbench.namespace -- COMMAND...

runs a command by hand on a small bench: a package of 45 W, memory of 6 W and a GPU
of 180 W. In tests, :func:`wrap` gives the command line.
"""

from __future__ import annotations

import argparse
import functools
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from . import powercap
from .nvml import Nvml
from .powercap import Zone
from .truth import Truth

CLASSES = Path("/sys/class")
PACKAGE_IDS = "devices/system/cpu/cpu[0-9]*/topology/physical_package_id"
CHECKOUT = Path(__file__).parents[2]

_ENTER = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from tests.testbench.namespace import enter; enter()"
)


def wrap(command: Sequence[str], truth: Truth, zones: Iterable[Zone] | None = None) -> list[str]:
    """Return the command line that runs `command` on the bench at the kernel's places.

    It needs what :func:`missing` asks for. Give it the environment of
    :attr:`~tests.testbench.nvml.Nvml.env` for the GPUs.
    """
    plan = powercap.plan(powercap.zones_of(truth) if zones is None else zones)
    fd, plan_path = tempfile.mkstemp(prefix="plan-", suffix=".txt", dir=truth.path.parent)
    with os.fdopen(fd, "w") as file:
        file.write(plan)
    here = [sys.executable, "-c", _ENTER, str(CHECKOUT)]
    return [*_unshare(), *here, str(truth.path), plan_path, *command]


def read_only(command: Sequence[str], folder: Path) -> list[str]:
    """Return the command line that runs `command` where a folder can only be read, by root too.

    It needs what :func:`missing` asks for.
    """
    script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    return [*_unshare(), "sh", "-c", script, str(folder), *command]


def enter() -> None:
    """Inside the namespace: put everything in place, then become the command."""
    truth_path, plan_path, *command = sys.argv[1:]
    plan = Path(plan_path).read_text()
    mountpoint = CLASSES / "powercap"
    with tempfile.TemporaryDirectory() as scratch:
        _mount("-t", "tmpfs", "tmpfs", scratch)
        if not mountpoint.is_dir():
            _add_class(mountpoint.name, Path(scratch))
        _show_sockets(plan, Path(scratch))
        _mount("--lazy", scratch, program="umount")
    served = powercap.start("fuse", Path(truth_path), mountpoint, plan)
    assert served.process.stdin
    # The server ends with its standard input. The command inherits the pipe's
    # other end, so the one lives as long as the other.
    os.set_inheritable(served.process.stdin.fileno(), True)
    os.execvp(command[0], command)


def _add_class(name: str, scratch: Path) -> None:
    upper, work = scratch / "upper", scratch / "work"
    upper.mkdir()
    work.mkdir()
    options = f"lowerdir={CLASSES},upperdir={upper},workdir={work}"
    _mount("-t", "overlay", "overlay", "-o", options, str(CLASSES))
    (CLASSES / name).mkdir()


def _show_sockets(plan: str, scratch: Path) -> None:
    names = re.findall(r"^text\t.*/name\tpackage-(\d+)", plan, re.MULTILINE)
    sockets = sorted({int(number) for number in names})
    files = sorted(Path("/sys").glob(PACKAGE_IDS))
    if not sockets or {int(file.read_text()) for file in files} == set(sockets):
        return
    for number, file in enumerate(files):
        shown = scratch / f"package-{number}"
        shown.write_text(f"{sockets[number * len(sockets) // len(files)]}\n")
        _mount("--bind", str(shown), str(file))


def _mount(*arguments: str, program: str = "mount") -> None:
    subprocess.run([program, *arguments], check=True)


def _unshare() -> list[str]:
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *user, "--mount", "--propagation", "private"]


@functools.cache
def missing() -> str | None:
    """Return why no namespace can be made on this machine, ``None`` where one can."""
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC))
        trial = [*_unshare(), "mount", "-t", "tmpfs", "tmpfs", tempfile.gettempdir()]
        done = subprocess.run(trial, capture_output=True, text=True, check=False)
    except OSError as error:
        return f"{error.filename}: {error.strerror}"
    if done.returncode:
        return f"no mount namespace of one's own: {done.stderr.strip()}"
    return None


def main() -> None:
    """Run a command by hand on a small bench."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--truth", type=Path, help="a truth file, instead of the small bench")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    if reason := missing():
        raise SystemExit(reason)
    with tempfile.TemporaryDirectory() as folder:
        if arguments.truth:
            truth = Truth.open(arguments.truth)
        else:
            truth = Truth.create(Path(folder, "truth"))
            truth.add("cpu:0/package", power_w=45.0)
            truth.add("cpu:0/dram", power_w=6.0, offset=50_000_000)
            truth.add("gpu:0", power_w=180.0)
        with truth:
            command = wrap(arguments.command, truth)
            env = os.environ | Nvml(truth).env
            raise SystemExit(subprocess.run(command, env=env, check=False).returncode)


if __name__ == "__main__":
    main()
