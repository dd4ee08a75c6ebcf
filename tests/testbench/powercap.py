"""RAPL: trees in powercap's layout, whose counters show the truth, served live.

The layout is that of Documentation/power/powercap/powercap.rst: one folder per
control type, the zones nested in it, and a flat link to every zone. Unlike on the
kernel's own file system the control types' folders lie beside the links.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import build
from .truth import Device, Truth

POWERCAP_VARIABLE = "JUPYTER_GREEN_POWERCAP"

RAPL = "intel-rapl"
RAPL_MMIO = "intel-rapl-mmio"

_TIMEOUT_S = 10.0
_CAP_SYS_ADMIN = 21  # <linux/capability.h>


@dataclass(frozen=True)
class Zone:
    """One powercap zone: what its ``name`` says, and the device behind its counter.

    A `control_type` of :data:`RAPL_MMIO` makes the mirror that processors show
    through their memory-mapped registers.
    """

    name: str
    device: Device
    children: Sequence[Zone] = ()
    control_type: str = RAPL


def zones_of(truth: Truth) -> list[Zone]:
    """Return the usual zones of the devices in the truth, by the devices' names.

    ``cpu:N/package`` is the zone ``package-N``, ``cpu:N/dram`` and the like are its
    children, and ``psys`` is a zone beside the packages.
    """
    names = [device.name for device in truth.devices]
    packages = sorted(name for name in names if re.fullmatch(r"cpu:\d+/package", name))
    zones = []
    for package in packages:
        socket = package.partition("/")[0]
        parts = [name for name in names if name.startswith(f"{socket}/") and name != package]
        children = [Zone(part.partition("/")[2], truth[part]) for part in parts]
        zones.append(Zone(f"package-{socket.partition(':')[2]}", truth[package], children))
    if "psys" in names:
        zones.append(Zone("psys", truth["psys"]))
    return zones


def plan(zones: Iterable[Zone]) -> str:
    """Return the tree as powercapd wants it told, one node per line."""
    return "".join("\t".join(node) + "\n" for node in _nodes(list(zones)))


def _nodes(zones: Sequence[Zone]) -> Iterator[tuple[str, ...]]:
    numbers: Counter[str] = Counter()
    for control_type in dict.fromkeys([RAPL, *(zone.control_type for zone in zones)]):
        yield "folder", control_type
        yield "text", f"{control_type}/enabled", "1"
        yield "link", f"{control_type}/subsystem", ".."
    for zone in zones:
        name = f"{zone.control_type}:{numbers[zone.control_type]}"
        numbers[zone.control_type] += 1
        yield from _zone_nodes(zone, zone.control_type, name)


def _zone_nodes(zone: Zone, parent: str, name: str) -> Iterator[tuple[str, ...]]:
    folder = f"{parent}/{name}"
    yield "folder", folder
    yield "link", name, folder
    yield "link", f"{folder}/subsystem", "/".join([".."] * (folder.count("/") + 1))
    yield "text", f"{folder}/name", zone.name
    yield "text", f"{folder}/enabled", "1"
    yield "counter", f"{folder}/energy_uj", zone.device.name
    yield "text", f"{folder}/max_energy_range_uj", str(zone.device.wrap_range)
    if zone.device.power_limit_w:
        limit_uw = str(round(zone.device.power_limit_w * 1e6))
        yield "text", f"{folder}/constraint_0_name", "long_term"
        yield "text", f"{folder}/constraint_0_power_limit_uw", limit_uw
        yield "text", f"{folder}/constraint_0_max_power_uw", limit_uw
        yield "text", f"{folder}/constraint_0_time_window_us", "999424"
    for number, child in enumerate(zone.children):
        yield from _zone_nodes(child, folder, f"{name}:{number}")


class Powercap:
    """A tree at `root`, served by a process of its own until it is closed.

    The process also ends, and unmounts what it mounted, when this one is killed.
    """

    def __init__(self, root: Path, process: subprocess.Popen[str]) -> None:
        self.root = root
        self.process = process

    @property
    def env(self) -> dict[str, str]:
        """What a child's environment needs so that the meter reads this tree."""
        return {POWERCAP_VARIABLE: str(self.root)}

    def energy_uj(self, zone: str) -> Path:
        """Return the counter's path of a zone such as ``intel-rapl:0``."""
        return self.root / zone / "energy_uj"

    def close(self) -> None:
        """Stop serving."""
        if self.process.stdin:
            self.process.stdin.close()
        try:
            self.process.wait(_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        if str(self.root) in Path("/proc/mounts").read_text().split():  # it was killed
            subprocess.run(["umount", "--lazy", str(self.root)], check=True)

    def __enter__(self) -> Powercap:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def serve_tree(truth: Truth, root: Path, zones: Iterable[Zone] | None = None) -> Powercap:
    """Serve real files below `root`, rewritten each millisecond.

    What is read may be some milliseconds old on a busy machine. A failing device
    shows an empty file. Root reads it whatever its mode.
    """
    return start("tree", truth.path, root, plan(zones_of(truth) if zones is None else zones))


def serve_fuse(truth: Truth, root: Path, zones: Iterable[Zone] | None = None) -> Powercap:
    """Serve a file system mounted on `root`, computed at the read, with real errors.

    Needs what :func:`fuse_missing` asks for.
    """
    return start("fuse", truth.path, root, plan(zones_of(truth) if zones is None else zones))


def start(way: str, truth_path: Path, root: Path, plan: str) -> Powercap:
    """Start powercapd and wait until everything is in place."""
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [str(build.powercapd()), way, str(truth_path), str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,  # a signal to the tests' group leaves it time to unmount
        )
        assert process.stdin
        assert process.stdout
        served = Powercap(root, process)
        process.stdin.write(plan + "end\n")
        process.stdin.flush()
        if process.stdout.readline() != "ready\n":
            served.close()
            errors.seek(0)
            raise RuntimeError(errors.read().strip() or "powercapd ended without a word")
    return served


@functools.cache
def fuse_missing() -> str | None:
    """Return why FUSE cannot be served on this machine, ``None`` where it can."""
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        return f"/dev/fuse cannot be opened: {error.strerror}"
    status = Path("/proc/self/status").read_text()
    capabilities = re.search(r"^CapEff:\s*(\w+)$", status, re.MULTILINE)
    if not capabilities or not int(capabilities[1], 16) >> _CAP_SYS_ADMIN & 1:
        return "mounting needs root (CAP_SYS_ADMIN)"
    return None
