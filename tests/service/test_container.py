"""The service in a container as deploy/ starts it, and a program in a container of its own.

Containers are namespaces: ``unshare`` makes those that matter here, without an engine.
"""

import contextlib
import ctypes
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
import yaml

import jupyter_green as jg
from jupyter_green.sources.variables import POWERCAP_VARIABLE, SOCKET_VARIABLE
from tests.testbench import namespace
from tests.testbench.host_service import COMMAND

DEPLOY = Path(__file__).parents[2] / "deploy"
NEW_MOUNTS, NEW_PIDS = 0x20000, 0x20000000  # unshare(2)
# What the runtime does: a control group and a namespace that begins there, which leaves the host's
# groups at their mounts; `readOnlyRootFilesystem`, the host's folders, `drop: [ALL]`.
GROUPED = 'echo $$ > "$OWN_GROUP"/cgroup.procs; exec "$@"'
CONTAINER = """
mount --bind "$SERVED" "$SERVED"
mount --bind "$COUNTERS" "$COUNTERS" && mount -o remount,bind,ro "$COUNTERS"
mount -o remount,bind,ro /
exec setpriv --inh-caps=-all --bounding-set=-all --clear-groups --regid "$GROUP" "$@"
"""

needs_namespaces = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None or namespace.missing() is not None,
    reason="only root can make containers here",
)


@pytest.fixture(scope="module")
def daemon_set():
    found = yaml.safe_load_all((DEPLOY / "kubernetes" / "jupyter-green.yaml").read_text())
    return next(each for each in found if each["kind"] == "DaemonSet")["spec"]["template"]["spec"]


def test_the_daemon_set_gives_no_more_than_it_needs(daemon_set):
    (container,) = daemon_set["containers"]
    rights = container["securityContext"]
    assert rights["capabilities"] == {"drop": ["ALL"]}
    assert rights["readOnlyRootFilesystem"] is True
    assert rights["allowPrivilegeEscalation"] is False
    assert "privileged" not in rights
    assert daemon_set["automountServiceAccountToken"] is False
    assert "hostNetwork" not in daemon_set
    mounted = {each["name"]: each for each in container["volumeMounts"]}
    for volume in daemon_set["volumes"]:
        is_socket = volume.get("hostPath", {}).get("path") == "/run/jupyter-green"
        if "hostPath" in volume and not is_socket:
            assert mounted[volume["name"]]["readOnly"] is True
    assert container["args"] == ["--group", str(rights["runAsGroup"])]


@pytest.fixture
def groups():
    """Control groups of two containers."""
    accounts = next(Path("/sys/fs/cgroup").glob("cpuacct/cpuacct.usage"), None)
    top = (accounts.parent if accounts else Path("/sys/fs/cgroup")) / f"jg-test-{os.getpid()}"
    made = [top / "own" / "container", top / "pod" / "container"]
    try:
        for folder in made:
            folder.mkdir(parents=True)
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    yield made
    until_s = time.monotonic() + 5
    for folder in (*made, *(each.parent for each in made), top):
        while folder.exists() and time.monotonic() < until_s:
            with contextlib.suppress(OSError):
                folder.rmdir()
            time.sleep(0.02)


@needs_namespaces
def test_root_without_a_right_serves_a_pod_that_has_the_folder_alone(
    truth, powercap, daemon_set, groups
):
    (container,) = daemon_set["containers"]
    group = container["securityContext"]["runAsGroup"]
    truth.add("cpu:0/package", power_w=50.0)
    root = powercap().root
    folder = Path(tempfile.mkdtemp(prefix="jupyter-green-served-"))
    folder.chmod(0o755)
    counters = root / "intel-rapl" / "intel-rapl:0" / "energy_uj"
    counters.chmod(0o400)
    namespaces = ["unshare", "--mount", "--cgroup", "--propagation", "private"]
    shell = ["sh", "-ec", GROUPED, "sh", *namespaces, "sh", "-ec", CONTAINER, "sh"]
    process = subprocess.Popen(
        [*shell, *COMMAND, "--socket", str(folder / "sock"), *container["args"]],
        env=os.environ
        | {
            POWERCAP_VARIABLE: str(root),
            "SERVED": str(folder),
            "COUNTERS": str(root),
            "GROUP": str(group),
            "OWN_GROUP": str(groups[0]),
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stderr.readline()
        assert "cpu:0/package" in line, line + process.stderr.read()
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert "CapPrm:\t0000000000000000" in status
        socket_status = (folder / "sock").stat()
        assert (socket_status.st_gid, socket_status.st_mode & 0o777) == (group, 0o660)

        found = in_a_pod(folder, group, groups[1], measured)
        assert len(found) == 4, found
        begin_ns, end_ns, energy_j, unit = found
        true_j = truth["cpu:0/package"].energy_j(begin_ns, end_ns)
        assert energy_j == pytest.approx(true_j, rel=0.03)
        assert unit == "cgroup"
        assert in_a_pod(folder, group + 1, groups[1], connected) == "Permission denied"
    finally:
        process.terminate()
        process.communicate()
        shutil.rmtree(folder)


def in_a_pod(folder, group, control_group, do):
    """Return what is found by a user of a group who has the folder alone, and none of the host's
    processes.
    """
    received, sent = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(received)
            (control_group / "cgroup.procs").write_text(str(os.getpid()))
            libc = ctypes.CDLL(None)
            assert libc.unshare(NEW_MOUNTS) == 0
            subprocess.run(["mount", "--make-rprivate", "/"], check=True)
            subprocess.run(["mount", "--bind", folder, folder], check=True)
            subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
            assert libc.unshare(NEW_PIDS) == 0
            inside = os.fork()  # the first process there
            if inside:
                os.waitpid(inside, 0)
                os._exit(0)
            assert os.getpid() == 1
            os.setgroups([group])
            os.setgid(1000)
            os.setuid(1000)
            os.environ[SOCKET_VARIABLE] = str(folder / "sock")
            os.environ.pop(POWERCAP_VARIABLE, None)
            os.write(sent, json.dumps(do(folder / "sock")).encode())
        except BaseException as error:  # noqa: BLE001  (told in the parent)
            os.write(sent, json.dumps(repr(error)).encode())
        finally:
            os._exit(0)
    os.close(sent)
    with os.fdopen(received, "rb") as heard:
        found = json.loads(heard.read())
    os.waitpid(child, 0)
    return found


def connected(place):
    """Return why the socket cannot be connected to, ``None`` where it can."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
        try:
            asked.connect(str(place))
        except OSError as error:
            return error.strerror
    return None


def measured(_):
    """Compute for 0.4 s; return begin, end, joules and whose share is told, or what is missing."""
    with jg.Meter() as meter:
        window = meter.begin()
        until_s = time.monotonic() + 0.4
        while time.monotonic() < until_s:
            pass
        report = window.end()
    if "cpu:0/package" not in report.domains:
        return " ".join(each.reason for each in report.missing)
    edges = window.recording.edges
    unit = report.share and report.share.unit
    return [edges.begin_ns, edges.end_ns, report.domains["cpu:0/package"].energy_j, unit]
