"""A host's joules by user, pod and job: the parts are the whole, and units are few."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_green.metrics import shares
from jupyter_green.metrics.shares import GONE_S, IDLE, MOST_UNITS, OTHER, Shares
from jupyter_green.metrics.units import HostUnits
from jupyter_green.sources.base import Domain, Provenance

PACKAGE = Domain("cpu:0/package", "a device", "rapl", Provenance.COUNTER, 0.001)
CORE = Domain("cpu:0/core", "cores", "rapl", Provenance.COUNTER, 0.001, counted=False)
BOARD = Domain("gpu:0", "a board", "nvml", Provenance.COUNTER, 0.1)
DOMAINS = (PACKAGE, CORE, BOARD)
UID = "0f9d4c7e-1111-2222-3333-444455556666"
SLICE = f"{UID.replace('-', '_')}.slice"


class Host:
    """A host whose units use what a test says; one slot lasts 10 s."""

    def __init__(self, idle_w=()):
        self.now_s = 0.0
        self.energy_j = 0.0
        self.busy_s = 0.0
        self.used = {}
        self.shares = Shares(dict(idle_w), self, self, lambda: self.now_s)

    def used_s(self):
        return dict(self.used)

    def host(self):
        return self.busy_s, 4

    def go(self, energy_j=0.0, busy_s=0.0, seconds=10.0, **used_s):
        """Let some time pass, in which units use CPU time."""
        self.now_s += seconds
        self.energy_j += energy_j
        self.busy_s += busy_s
        for name, more_s in used_s.items():
            self.used[name] = self.used.get(name, 0.0) + more_s
        self.shares.add(DOMAINS, {each.id: self.energy_j for each in DOMAINS})

    def of(self, unit):
        return self.shares.energy_j.get((PACKAGE.id, unit))


def test_joules_are_divided_by_cpu_time_above_idle():
    host = Host({PACKAGE.id: 3.0})
    host.go()
    host.go(100.0, 10.0, ada=6.0, bob=1.0)
    assert {unit: host.of(unit) for unit in ("ada", "bob", OTHER, IDLE)} == {
        "ada": 42.0,
        "bob": 7.0,
        OTHER: 21.0,
        IDLE: 30.0,
    }
    assert {domain for domain, _ in host.shares.energy_j} == {PACKAGE.id}


def test_without_a_baseline_there_is_no_idle_part():
    host = Host()
    host.go()
    host.go(100.0, 10.0, ada=10.0)
    assert (host.of("ada"), host.of(OTHER), host.of(IDLE)) == (100.0, 0.0, None)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**9),
            st.floats(0, 100),
            st.dictionaries(st.sampled_from("abcde"), st.floats(0, 50)),
        ),
        max_size=12,
    ),
    st.sampled_from([(), {PACKAGE.id: 5.0}.items()]),
)
def test_the_parts_are_the_whole_to_the_microjoule_and_never_fall(slots, idle_w):
    host = Host(idle_w)
    host.go()
    before = {}
    for energy_uj, busy_s, used_s in slots:
        host.go(energy_uj * 1e-6, busy_s, **used_s)
        now = host.shares.energy_j
        assert all(now[key] >= energy_j for key, energy_j in before.items())
        before = now
    whole_uj = round(host.energy_j * 1e6)
    assert abs(sum(round(j * 1e6) for j in before.values()) - whole_uj) <= len(slots)


def test_more_units_than_there_is_room_for_are_others():
    host = Host()
    host.go()
    host.go(1000.0, 500.0, **{f"user:{n}": 1.0 for n in range(2 * MOST_UNITS)})
    units = {unit for _, unit in host.shares.energy_j}
    assert len(units) == MOST_UNITS + 1
    assert host.of(OTHER) == pytest.approx(1000.0 * (1 - MOST_UNITS / 500))


def test_a_unit_that_has_gone_makes_room_after_some_time():
    host = Host()
    host.go()
    host.go(10.0, 1.0, ada=1.0)
    del host.used["ada"]
    host.go(10.0, 1.0, seconds=GONE_S / 2)
    assert host.of("ada") == 10.0
    host.go(10.0, 1.0, seconds=GONE_S)
    assert host.of("ada") is None
    host.go(10.0, 1.0, ada=1.0)
    assert host.of("ada") == 10.0


def test_a_unit_that_comes_has_used_what_it_shows():
    host = Host()
    host.go()
    host.go(10.0, 4.0, ada=1.0)
    assert host.of("ada") == 2.5


def test_what_is_too_short_to_be_divided_is_divided_later():
    host = Host()
    host.go()
    host.go(10.0, 0.25, seconds=shares.SLOT_S / 4, ada=0.25)
    assert host.of("ada") is None
    host.go(10.0, 0.25, seconds=shares.SLOT_S, ada=0.25)
    assert host.of("ada") == 20.0


def test_after_a_gap_joules_begin_anew():
    host = Host()
    host.go()
    host.shares.forget_joules()
    host.energy_j = -50.0
    host.go(0.0, 5.0, ada=5.0)
    host.go(10.0, 5.0, ada=5.0)
    assert host.of("ada") == 10.0


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("user.slice/user-0.slice", "user:root"),
        ("user.slice/user-4294967000.slice", "user:4294967000"),
        ("system.slice/jupyter-ada-singleuser.service", "user:ada"),
        (f"kubepods.slice/kubepods-pod{SLICE}", f"pod:{UID}"),
        (f"kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{SLICE}", f"pod:{UID}"),
        (f"kubepods/besteffort/pod{UID}", f"pod:{UID}"),
        ("system.slice/slurmstepd.scope/job_17", "job:17"),
        ("slurm/uid_1000/job_17", "job:17"),
    ],
)
@pytest.mark.parametrize("version", [1, 2])
def test_users_pods_and_jobs_are_named_by_their_control_groups(tmp_path, folder, name, version):
    group(tmp_path / folder, version, 1.5)
    group(tmp_path / "system.slice/ssh.service", version, 7.0)
    group(tmp_path / f"{folder}/kernel-5", version, 1.0)
    assert HostUnits([(tmp_path, version)]).used_s() == {name: 1.5}


def test_a_users_session_and_server_are_one_unit(tmp_path):
    group(tmp_path / "user.slice/user-0.slice", 2, 1.5)
    group(tmp_path / "system.slice/jupyter-root-singleuser.service", 2, 2.0)
    assert HostUnits([(tmp_path, 2)]).used_s() == {"user:root": 3.5}


def test_a_unit_in_both_versions_is_one(tmp_path):
    for version in (2, 1):
        group(tmp_path / str(version) / "user.slice/user-0.slice", version, float(version))
    roots = [(tmp_path / "2", 2), (tmp_path / "1", 1)]
    assert HostUnits(roots).used_s() == {"user:root": 2.0}


def group(folder, version, used_s):
    """Make files as those of a control group."""
    folder.mkdir(parents=True)
    if version == 1:
        (folder / "cpuacct.usage").write_text(f"{used_s * 1e9:.0f}\n")
    else:
        (folder / "cpu.stat").write_text(f"usage_usec {used_s * 1e6:.0f}\nuser_usec 1\n")
