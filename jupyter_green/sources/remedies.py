"""What a person can do about a counter that cannot be read, least privilege first.

Reading RAPL is a power side channel: whoever reads it often enough learns about
other users' and processes' work (CVE-2020-8694; PLATYPUS, Lipp et al., IEEE S&P
2021). Linux therefore keeps ``energy_uj`` to root since 5.10, and container
runtimes hide it. Each remedy says whom it lets see what.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Remedy:
    """One way out.

    Parameters
    ----------
    text
        What it does, as the beginning of a sentence.
    command
        One line to copy, empty where there is nothing to type.
    exposes
        What it lets whom see or do, empty where it gives nothing away.
    """

    text: str
    command: str = ""
    exposes: str = ""

    def __str__(self) -> str:
        command = f": `{self.command}`" if self.command else ""
        exposes = f" ({self.exposes})" if self.exposes else ""
        return f"{self.text}{command}{exposes}."


def compose(remedies: Iterable[Remedy]) -> str:
    """Return the remedies as the one string that a `Missing` holds."""
    first, *others = map(str, remedies)
    return " ".join([first, *(f"Or {text[0].lower()}{text[1:]}" for text in others)])


def of(text: str) -> tuple[Remedy, ...]:
    """Return the remedies that a `Missing`'s string was composed of, none if it was not."""
    return next((remedies for remedies in _ALL if compose(remedies) == text), ())


_UDEV_RULE = (
    'SUBSYSTEM=="powercap", KERNEL=="intel-rapl*:*", '
    'RUN+="/bin/chgrp rapl /sys%p/energy_uj", RUN+="/bin/chmod 440 /sys%p/energy_uj"'
)

ONE_GROUP = Remedy(
    "Let one group read the counters, then log in again",
    f"sudo groupadd -f rapl && sudo usermod -aG rapl $USER && echo '{_UDEV_RULE}' | sudo tee "
    "/etc/udev/rules.d/70-rapl.rules && sudo udevadm control --reload && sudo "
    "udevadm trigger --subsystem-match=powercap",
    "its members can spy on others' programs through their power, CVE-2020-8694; "
    "`chmod a+r` would let everyone",
)
PERFMON = Remedy(
    "Run Jupyter with CAP_PERFMON",
    "sudo -E setpriv --reuid=$USER --regid=$(id -g) --init-groups --inh-caps=+perfmon "
    '--ambient-caps=+perfmon "$(command -v jupyter)" lab',
    "its notebooks can profile every process and the kernel",
)
_AS_ROOT = "and, as root, can change any file mounted from the host"
"""What ``--user root`` gives away, in each remedy that has it."""

PERFMON_CONTAINER = Remedy(
    "In a container, add CAP_PERFMON",
    "docker run --cap-add=PERFMON --user root IMAGE",
    f"its programs can profile every process of the host {_AS_ROOT}",
)
BIND_MOUNT = Remedy(
    "In a container, mount the host's counters and read them as root",
    "docker run --user root -v /sys/devices/virtual/powercap:/host/powercap:ro "
    "-e JUPYTER_GREEN_POWERCAP=/host/powercap IMAGE",
    f"its programs see the whole host's power {_AS_ROOT}",
)
UNMASK = Remedy(
    "Unmask the system paths",
    "docker run --user root --security-opt systempaths=unconfined "
    "--security-opt apparmor=unconfined IMAGE",
    f"its programs see and can change much more of the host's /proc and /sys {_AS_ROOT}",
)
PARANOID = Remedy(
    "Open the system-wide perf counters until the next boot",
    "sudo sysctl kernel.perf_event_paranoid=0",
    "every user can watch every processor's power and events",
)
LOAD_DRIVER = Remedy("On bare metal, load the driver", "sudo modprobe intel_rapl_msr")
MEASURE_OUTSIDE = Remedy(
    "Virtual machines and containers rarely see RAPL: measure on the host, or accept the CPU "
    "estimate"
)
ESTIMATE = Remedy("Measure on Linux, or accept the CPU estimate")
DEFAULT_READER = Remedy(
    "Use the default reader, which has no such limit",
    "unset JUPYTER_GREEN_RAPL",
)

RAPL_UNREADABLE = (ONE_GROUP, PERFMON, BIND_MOUNT)
RAPL_HIDDEN = (BIND_MOUNT, PERFMON_CONTAINER, UNMASK)
RAPL_ABSENT = (MEASURE_OUTSIDE, LOAD_DRIVER)
RAPL_ELSEWHERE = (ESTIMATE,)
PERF_FORBIDDEN = (PERFMON, PERFMON_CONTAINER, PARANOID)
PYRAPL_UNFIT = (DEFAULT_READER,)

_ALL = (
    *(RAPL_UNREADABLE, RAPL_HIDDEN, RAPL_ABSENT, RAPL_ELSEWHERE),
    *(PERF_FORBIDDEN, PYRAPL_UNFIT),
)
