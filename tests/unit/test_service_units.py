"""Whose a program is: control groups of both versions, process sessions, and what is hidden."""

import os
import signal
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

from jupyter_green.sampler.load import TICK_S
from jupyter_green.sampler.processes import Procfs
from jupyter_green.service import units as units_module
from jupyter_green.service.control_groups import ControlGroup, ControlGroups
from jupyter_green.service.sessions import Sessions
from jupyter_green.service.units import NoUnitError, Place, Unit, Units

ADA, BOB = 100, 200
S = 1_000_000_000
POD = "pod0123abcd-4567-89ab-cdef-0123456789ab"


def no_clock(pid):
    raise OSError("no such clock")


class Host:
    """A procfs and its control groups, in a folder."""

    def __init__(self, root):
        self.proc, self.groups = root / "proc", root / "groups"
        (self.proc / "self").mkdir(parents=True)
        self.groups.mkdir()
        self.now_ns = 0
        self.mounted = ""
        self.shows_groups("self", "0::/system.slice/jupyter-green.service")

    def mount(self, kind, name="", options="rw", root="/"):
        place = self.groups / name
        place.mkdir(exist_ok=True)
        self.mounted += f"31 23 0:28 {root} {place} rw,nosuid shared:9 - {kind} cgroup {options}\n"
        (self.proc / "self" / "mountinfo").write_text(
            f"23 1 0:1 / / rw - ext4 /dev/vda rw\n{self.mounted}"
        )

    def shows_groups(self, pid, *lines):
        (self.proc / str(pid)).mkdir(exist_ok=True)
        (self.proc / str(pid) / "cgroup").write_text("\n".join(lines) + "\n")

    def group(self, path, *, usage_s, version=2):
        folder = self.groups / path.strip("/")
        folder.mkdir(parents=True, exist_ok=True)
        if version == 2:
            (folder / "cpu.stat").write_text(f"usage_usec {round(usage_s * 1e6)}\nuser_usec 1\n")
        else:
            (folder / "cpuacct.usage").write_text(f"{round(usage_s * 1e9)}\n")
        return folder

    def process(self, pid, *, session, busy_s=0.0, parent=1, ended_s=0.0, start=1):
        (self.proc / str(pid)).mkdir(exist_ok=True)
        ticks, ended = round(busy_s / TICK_S), round(ended_s / TICK_S)
        before = f"S {parent} {session} {session} 0 -1 0 0 0 0 0 {ticks} 0 {ended} 0"
        fields = f"{before} 20 0 1 0 {start} " + " ".join(["0"] * 30)
        (self.proc / str(pid) / "stat").write_text(f"{pid} (a) b) {fields}\n")

    def ends(self, pid):
        for path in (self.proc / str(pid)).iterdir():
            path.unlink()
        (self.proc / str(pid)).rmdir()

    def found(self, pid):
        group = ControlGroups(self.proc).of(pid)
        return group and (str(group.folder.relative_to(self.groups)), group.version)


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


# --- control groups -------------------------------------------------------------------------


def test_version_2_counts_microseconds(host):
    host.mount("cgroup2")
    host.shows_groups(ADA, "0::/user.slice/ada.scope")
    host.group("user.slice/ada.scope", usage_s=12.5)
    assert host.found(ADA) == ("user.slice/ada.scope", 2)
    assert ControlGroups(host.proc).of(ADA).read_s() == 12.5


@pytest.mark.parametrize("controllers", ["cpuacct", "cpu,cpuacct"])
def test_version_1_counts_nanoseconds(host, controllers):
    host.mount("cgroup", "memory", "rw,memory")
    host.mount("cgroup", "cpu", f"rw,{controllers}")
    host.shows_groups(ADA, "9:memory:/elsewhere", f"2:{controllers}:/docker/ada", "0::/")
    host.group("cpu/docker/ada", usage_s=1.25, version=1)
    assert host.found(ADA) == ("cpu/docker/ada", 1)
    assert ControlGroups(host.proc).of(ADA).read_s() == 1.25


def test_of_both_version_2_is_taken_where_it_has_a_group(host):
    host.mount("cgroup", "cpu", "rw,cpuacct")
    host.mount("cgroup2", "unified")
    host.group("cpu/ada", usage_s=1.0, version=1)
    host.group("unified/user.slice", usage_s=2.0)
    host.shows_groups(ADA, "2:cpuacct:/ada", "0::/user.slice")
    assert host.found(ADA) == ("unified/user.slice", 2)
    host.shows_groups(ADA, "2:cpuacct:/ada", "0::/")
    assert host.found(ADA) == ("cpu/ada", 1)


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        (f"/kubepods/burstable/{POD}/abc123", f"kubepods/burstable/{POD}"),
        (
            f"/kubepods.slice/kubepods-{POD.replace('-', '_')}.slice/cri-containerd-1.scope",
            f"kubepods.slice/kubepods-{POD.replace('-', '_')}.slice",
        ),
        ("/slurm/uid_1000/job_7/step_0/task_0", "slurm/uid_1000/job_7"),
        ("/system.slice/slurmstepd.scope/job_7/step_0/user/task_0", None),
        ("/system.slice/docker-0123abcd.scope", "system.slice/docker-0123abcd.scope"),
    ],
)
def test_a_pod_and_a_job_are_one_unit(host, path, whole):
    whole = whole or "system.slice/slurmstepd.scope/job_7"
    host.mount("cgroup2")
    host.shows_groups(ADA, f"0::{path}")
    host.group(whole, usage_s=3.0)
    host.group(path, usage_s=1.0)
    assert host.found(ADA) == (whole, 2)


@pytest.mark.parametrize(
    ("path", "group"),
    [
        (f"/../../{POD}/abc", f"kubepods/{POD}"),
        ("/../../../user.slice", "user.slice"),
        ("/below", "kubepods/meter/own/below"),
        ("/../../..", None),
    ],
)
def test_a_container_that_is_handed_the_hosts_groups_finds_them(host, path, group):
    host.shows_groups("self", "0::/")
    (host.group("kubepods/meter/own", usage_s=1.0) / "cgroup.procs").write_text(f"{os.getpid()}\n")
    (host.group("kubepods/other/own", usage_s=1.0) / "cgroup.procs").write_text(f"1{os.getpid()}\n")
    host.mount("cgroup2", "../own")
    host.mount("cgroup2", root="/../../..")
    host.shows_groups(ADA, f"0::{path}")
    if group:
        host.group(group, usage_s=5.0)
    assert host.found(ADA) == (group and (group, 2))


@pytest.mark.parametrize(
    "path",
    ["/", "/system.slice/jupyter-green.service", "/../ada", "/not/shown", "/no/cpu", "/../.."],
)
def test_what_is_no_group_of_its_own_is_none(host, path):
    """The root, the service's own, what lies outside of what is shown, and what counts nothing."""
    host.mount("cgroup2")
    host.group("system.slice/jupyter-green.service", usage_s=1.0)
    (host.groups / "no" / "cpu").mkdir(parents=True)
    host.shows_groups(ADA, f"0::{path}")
    assert host.found(ADA) is None


def test_a_group_may_have_a_name_of_any_bytes(host):
    host.mount("cgroup2")
    name = b"ada\xff:\x85\xe2\x80\xa8.scope"
    (host.proc / str(ADA)).mkdir()
    (host.proc / str(ADA) / "cgroup").write_bytes(b"0::/" + name + b"\n")
    host.group(os.fsdecode(name), usage_s=7.0)
    assert ControlGroups(host.proc).of(ADA).read_s() == 7.0


def test_where_a_part_of_the_groups_is_mounted_paths_are_below_it(host):
    host.mount("cgroup2", root="/kubepods")
    host.group("ada", usage_s=1.0)
    host.shows_groups(ADA, "0::/kubepods/ada")
    assert host.found(ADA) == ("ada", 2)
    host.shows_groups(ADA, "0::/other/ada")
    assert host.found(ADA) is None


def test_a_process_that_is_hidden_has_no_group(host):
    host.mount("cgroup2")
    with pytest.raises(OSError, match="No such file"):
        ControlGroups(host.proc).of(ADA)


# --- sessions -------------------------------------------------------------------------------


def session_of(host, number=ADA):
    procfs = Procfs(host.proc, no_clock)
    return Sessions(procfs, lambda: host.now_ns).session(number)


def test_a_session_counts_all_of_its_processes_and_those_that_have_ended(host):
    host.process(ADA, session=ADA, busy_s=1.0)
    host.process(ADA + 1, session=ADA, parent=ADA, busy_s=2.0)
    host.process(BOB, session=BOB, busy_s=50.0)
    session = session_of(host)
    before_s = session.read_s()
    host.process(ADA, session=ADA, busy_s=1.5)
    host.process(ADA + 2, session=ADA, parent=1, busy_s=0.25)  # it has left its parent
    host.process(BOB, session=BOB, busy_s=60.0)
    host.now_ns += S
    assert session.read_s() - before_s == pytest.approx(0.75)
    host.ends(ADA + 1)
    host.now_ns += S
    host.process(ADA, session=ADA, busy_s=1.5, ended_s=2.5)  # inherits what its child has used
    assert session.read_s() - before_s == pytest.approx(1.25)
    host.ends(ADA + 2)
    host.now_ns += S
    assert session.read_s() - before_s == pytest.approx(1.25)


def test_processes_are_listed_once_for_all_sessions_that_are_looked_at_together(host, monkeypatch):
    host.process(ADA, session=ADA, busy_s=1.0)
    host.process(BOB, session=BOB, busy_s=2.0)
    listed = []
    pids = Procfs.pids
    monkeypatch.setattr(Procfs, "pids", lambda self: listed.append(1) or pids(self))
    sessions = Sessions(Procfs(host.proc, no_clock), lambda: host.now_ns)
    both = sessions.session(ADA), sessions.session(BOB)
    assert [each.read_s() for each in both] == [1.0, 2.0]
    assert len(listed) == 1
    host.now_ns += S
    assert [each.read_s() for each in both] == [1.0, 2.0]
    assert len(listed) == 2


def test_a_program_that_has_begun_a_session_since_it_was_seen_is_in_that(host):
    host.process(BOB, session=BOB)
    host.process(ADA, session=BOB, busy_s=1.0)
    sessions = Sessions(Procfs(host.proc, no_clock), lambda: host.now_ns)
    assert sessions.session(BOB).read_s() == 1.0
    host.process(ADA, session=ADA, busy_s=1.0)
    assert sessions.number_of(ADA) == ADA
    assert sessions.session(ADA).read_s() == 1.0


def test_what_is_hidden_is_in_no_session(host):
    sessions = Sessions(Procfs(host.proc, no_clock), lambda: host.now_ns)
    assert sessions.number_of(ADA) is None
    assert sessions.session(ADA).read_s() == 0.0


def test_all_who_ask_have_the_same_session(host):
    sessions = Sessions(Procfs(host.proc, no_clock), lambda: host.now_ns)
    held = sessions.session(ADA)
    assert sessions.session(ADA) is held


# --- units ----------------------------------------------------------------------------------


@pytest.fixture
def units(host):
    sessions = Sessions(Procfs(host.proc, no_clock), lambda: host.now_ns)
    return Units(ControlGroups(host.proc), sessions)


@pytest.fixture
def connected(monkeypatch):
    """Return the service's end of a connection whose other end is a process of that number."""
    ours, theirs = socket.socketpair()

    def by(pid):
        monkeypatch.setattr(units_module, "peer", lambda _: SimpleNamespace(pid=pid, uid=1, gid=1))
        return ours

    yield by
    ours.close()
    theirs.close()


def test_the_unit_is_the_control_group_else_the_session(host, connected):
    host.mount("cgroup2")
    group = host.group("ada.scope", usage_s=4.0)
    host.process(ADA, session=ADA, busy_s=1.0)
    host.shows_groups(ADA, "0::/ada.scope")
    sessions = Sessions(Procfs(host.proc, no_clock), lambda: host.now_ns)
    units = Units(ControlGroups(host.proc), sessions)
    found = units.of(connected(ADA))
    assert (found.kind, found.uses, found.read_s()) == ("cgroup", ControlGroup(group, 2), 4.0)
    assert found.has(units.place(ADA))
    host.shows_groups(ADA, "0::/")
    found = units.of(connected(ADA))
    assert (found.kind, found.uses.number) == ("session", ADA)
    assert found.has(units.place(ADA))
    assert not found.has(Place(None, BOB))


def test_a_group_of_several_users_is_nobodys(host, connected, monkeypatch):
    """Where one service starts the kernels of all, its group is all of them."""
    host.mount("cgroup2")
    host.group("hub.service", usage_s=4.0)
    host.process(ADA, session=ADA)
    host.shows_groups(ADA, "0::/hub.service")
    users = {1000}
    monkeypatch.setattr(ControlGroup, "users", lambda self: users)
    units = Units(ControlGroups(host.proc), Sessions(Procfs(host.proc, no_clock)))
    assert units.of(connected(ADA)).kind == "cgroup"
    monkeypatch.setattr(units_module, "USERS_S", 0.0)
    users = {1000, 1001}
    units = Units(ControlGroups(host.proc), Sessions(Procfs(host.proc, no_clock)))
    assert units.of(connected(ADA)).kind == "session"


def test_whose_processes_are_in_a_group_is_seen_below_it_too(tmp_path):
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "cgroup.procs").write_text("1\n")
    (below / "cgroup.procs").write_text(f"{os.getpid()}\n999999999\n")
    assert ControlGroup(tmp_path, 2).users() == {os.getuid()} - {0}


def test_a_program_of_another_process_namespace_has_no_unit_and_is_told_why(units, connected):
    with pytest.raises(NoUnitError, match="another namespace") as told:
        units.of(connected(0))
    assert "hostPID" in told.value.remedy


def test_a_program_whose_processes_are_hidden_has_no_unit_and_is_told_why(units, connected):
    with pytest.raises(NoUnitError, match="may not see") as told:
        units.of(connected(ADA))
    assert "hidepid" in told.value.remedy


def test_a_session_that_began_outside_of_the_namespace_is_no_unit_and_says_why(
    host, units, connected
):
    """Of what is started in a container from without, as by docker exec, the number is 0."""
    host.process(ADA, session=0, busy_s=1.0)
    with pytest.raises(NoUnitError, match="outside") as told:
        units.of(connected(ADA))
    assert "setsid" in told.value.remedy


def test_the_number_of_a_program_that_has_ended_may_be_anothers(tmp_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "sock"))
        listener.listen(1)
        code = "import socket,sys; s=socket.socket(1); s.connect(sys.argv[1]); input()"
        client = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "sock")],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        accepted, _ = listener.accept()
        with accepted:
            real = Units()
            assert isinstance(real.of(accepted), Unit)
            client.send_signal(signal.SIGKILL)
            client.communicate()
            with pytest.raises(NoUnitError):
                real.of(accepted)
