"""A cluster of Slurm on this machine: a controller and some nodes in a folder of their own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "srun")
START_S = 30

_CONF = """\
ClusterName=bench
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={root}/munge/socket
CryptoType=crypto/munge
StateSaveLocation={root}/state
SlurmdSpoolDir={root}/%n
SlurmctldPidFile={root}/slurmctld.pid
SlurmdPidFile={root}/%n.pid
SlurmctldLogFile={root}/slurmctld.log
SlurmdLogFile={root}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
TaskProlog={root}/of_node
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
KillWait=30
{nodes}
PartitionName=all Nodes=ALL Default=YES MaxTime=10 State=UP OverSubscribe=FORCE
"""
_OF_NODE = """\
#!/bin/sh
cat {root}/$SLURMD_NODENAME.env
"""


def missing() -> str:
    """Say why there can be no cluster here; empty where there can."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    absent = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if absent:
        return f"no {', '.join(absent)}: apt-get install slurm-wlm munge"
    return "" if os.geteuid() == 0 else "its programs want root"


@contextmanager
def cluster(root: Path, of_nodes: Sequence[Mapping[str, str]]) -> Iterator[dict[str, str]]:
    """Start a node for each environment, ``n1`` the first; yield that of its users."""
    ports = _free_ports(1 + len(of_nodes))
    nodes = [
        f"NodeName=n{number} NodeHostname=localhost NodeAddr=127.0.0.1 Port={port} CPUs=8"
        for number, port in enumerate(ports[1:], start=1)
    ]
    conf = root / "slurm.conf"
    conf.write_text(_CONF.format(port=ports[0], root=root, nodes="\n".join(nodes)))
    for number, env in enumerate(of_nodes, start=1):
        told = "".join(f"export {name}={value}\n" for name, value in env.items())
        (root / f"n{number}.env").write_text(told)
        (root / f"n{number}").mkdir()
    prolog = root / "of_node"
    prolog.write_text(_OF_NODE.format(root=root))
    prolog.chmod(0o755)
    (root / "state").mkdir()
    munge = root / "munge"
    munge.mkdir(mode=0o700)
    key = munge / "key"
    key.write_bytes(os.urandom(64))
    key.chmod(0o400)
    user = os.environ | {"SLURM_CONF": str(conf), "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    user = {name: value for name, value in user.items() if not name.startswith("SLURM_JOB")}
    places = [f"--{n}={munge}/{n}" for n in ("socket", "pid-file", "log-file", "seed-file")]
    programs = [
        ["munged", "--foreground", "--force", f"--key-file={key}", *places],
        ["slurmctld", "-D", "-f", str(conf)],
        *(["slurmd", "-D", "-N", f"n{n}", "-f", str(conf)] for n in range(1, len(of_nodes) + 1)),
    ]
    with ExitStack() as ended:
        for words in programs:
            ended.callback(_end, subprocess.Popen(
                words, env=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ))  # fmt: skip
            if words[0] == "munged":
                _until((munge / "socket").exists)
        _until(lambda: _idle_nodes(user) == len(of_nodes))
        yield user


def _end(program: subprocess.Popen[bytes]) -> None:
    program.terminate()
    try:
        program.wait(5)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


def _idle_nodes(user: Mapping[str, str]) -> int:
    words = ["sinfo", "--noheader", "--Node", "--states=idle", "--format=%N"]
    done = subprocess.run(words, env=user, capture_output=True, text=True, check=False)
    return len(done.stdout.split())


def _until(what: object) -> None:
    until_s = time.monotonic() + START_S
    while not what():  # type: ignore[operator]
        if time.monotonic() > until_s:
            raise RuntimeError("the cluster does not start: its logs say why")
        time.sleep(0.05)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as kept:
        found = [kept.enter_context(socket.socket()) for _ in range(count)]
        for each in found:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in found]
