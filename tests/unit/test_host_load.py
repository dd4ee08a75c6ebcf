"""CPU time of the host and of a process tree: nothing lost, nothing counted twice."""

import shutil
import time

import pytest

from jupyter_green.sampler import lineage
from jupyter_green.sampler.host_load import LONGEST_LOOK_S, SHORTEST_LOOK_S, Container, HostLoad
from jupyter_green.sampler.lineage import Program
from jupyter_green.sampler.load import TICK_S
from jupyter_green.sampler.processes import LEAD_NAME, SAMPLER_NAME

KERNEL = 100
SERVER = 60
INIT = 1
SESSION = "JPY_SESSION_NAME=a.ipynb"


def no_clock(pid):
    raise OSError("no such clock")


@pytest.fixture(params=[True, False], ids=["counts its processes", "does not"])
def procfs(proc_tree, request):
    """A host whose processes the test starts, makes busy and ends."""

    class Procfs:
        root = proc_tree.proc
        now_ns = 0
        started = 1

        def __init__(self):
            self.host(0.0)
            self.process(SERVER, parent=INIT, image=60, start=0)
            self.process(KERNEL, parent=SERVER, session=KERNEL, environment=[SESSION])

        def host(self, busy_s, **more):
            self.told = {"busy_s": busy_s, "idle_s": 1000.0} | more
            started = self.started if request.param else None
            proc_tree.stat(**self.told, started=started)

        def process(
            self,
            pid,
            *,
            parent=KERNEL,
            session=7,
            busy_s=0.0,
            ended_s=0.0,
            start=1,
            image=None,
            environment=(),
            cgroups="0::/kernel.slice",
            name="a) b (c",
        ):
            folder = self.root / str(pid)
            if not folder.exists():
                folder.mkdir()
                self.started += 1
                self.host(**{name: self.told[name] for name in self.told.keys() - {"idle_s"}})
            user, ended = round(busy_s / TICK_S), round(ended_s / TICK_S)
            place = pid if image is None else image
            (folder / "stat").write_text(
                f"{pid} ({name}) R {parent} {pid} {session} 0 -1 0 1 2 3 4 "
                f"{user} 0 {ended} 0 20 0 1 0 {start} 1000 10 99 1 1 7{place} "
                f"{'0 ' * 19}8{place} 0 9{place} 0 0\n"
            )
            (folder / "environ").write_text("\0".join(environment))
            (folder / "cgroup").write_text(cgroups)

        def threads(self, pid, **busy_s):
            for name, seconds in busy_s.items():
                folder = self.root / str(pid) / "task" / name.strip("t")
                folder.mkdir(parents=True, exist_ok=True)
                numbers = f"{round(seconds / TICK_S)} 0 0 0 20 0 1 0 1 0 0"
                (folder / "stat").write_text(f"1 (a) R 1 1 1 0 -1 0 1 2 3 4 {numbers}\n")

        def end(self, pid):
            shutil.rmtree(self.root / str(pid))

        def load(self, **more):
            return HostLoad(
                KERNEL, self.root, no_clock, lambda: self.now_ns, adopter=lambda: INIT, **more
            )

    return Procfs()


def tree_s(load):
    return load.read().tree_busy_s


def test_the_host_is_busy_for_all_but_idle_and_stolen_time(procfs):
    each = "".join(f"cpu{n} 1 0 0 0 0 0 0 0 0 0\n" for n in range(2))
    text = f"cpu  100 20 30 9999 5000 4 6 777 50 0\n{each}intr 5\nctxt 7\n"
    (procfs.root / "stat").write_text(text)
    read = procfs.load().read()
    assert read.host_busy_s == pytest.approx((100 + 20 + 30 + 4 + 6) * TICK_S)
    assert read.cpus == 2


def test_processes_are_listed_only_where_some_were_started(procfs):
    load = procfs.load()
    assert load.read() is not None
    procfs.process(200, busy_s=1.5)
    started = procfs.started
    procfs.started -= 1
    procfs.host(0.0)
    is_seen = load.read() is not None and 200 in load.pids
    counts = b"processes" in (procfs.root / "stat").read_bytes()
    assert is_seen is not counts
    procfs.started = started
    procfs.host(0.0)
    assert load.read() is not None
    assert 200 in load.pids


def test_a_system_that_counts_none_has_them_listed_each_time(procfs):
    procfs.started = 0  # as gVisor's
    procfs.host(0.0)
    load = procfs.load()
    assert load.read() is not None
    procfs.process(200)
    procfs.started = 0
    procfs.host(0.0)
    assert load.read() is not None
    assert 200 in load.pids


def test_without_a_stat_file_there_is_no_load(tmp_path):
    assert HostLoad(1, tmp_path).read() is None


def test_the_tree_is_the_root_and_all_below_it(procfs):
    procfs.process(200, busy_s=1.0)
    procfs.process(50, parent=200, busy_s=2.0)  # a lower number than its parent
    procfs.process(300, parent=1, busy_s=40.0)
    load = procfs.load()
    assert tree_s(load) == pytest.approx(3.0)
    assert load.pids == {KERNEL, 200, 50}


def test_a_child_that_comes_later_joins_and_a_stranger_does_not(procfs):
    load = procfs.load()
    before_s = tree_s(load)
    procfs.process(200, busy_s=1.5)
    procfs.process(300, parent=1, busy_s=9.0)
    procfs.process(301, parent=300, busy_s=9.0)
    assert tree_s(load) - before_s == pytest.approx(1.5)


def test_a_child_between_two_readings_counts_through_its_parent(procfs):
    load = procfs.load()
    before_s = tree_s(load)
    procfs.process(KERNEL, parent=SERVER, session=KERNEL, ended_s=0.8)
    assert tree_s(load) - before_s == pytest.approx(0.8)


def test_a_child_that_ends_is_not_counted_twice(procfs):
    procfs.process(200, busy_s=2.0)
    load = procfs.load()
    before_s = tree_s(load)
    procfs.end(200)
    procfs.process(KERNEL, parent=SERVER, session=KERNEL, ended_s=2.3)
    assert tree_s(load) - before_s == pytest.approx(0.3)
    assert tree_s(load) - before_s == pytest.approx(0.3)


def test_a_whole_branch_that_ends_is_not_counted_twice(procfs):
    procfs.process(200, busy_s=2.0)
    procfs.process(201, parent=200, busy_s=1.0)
    load = procfs.load()
    before_s = tree_s(load)
    procfs.end(200)
    procfs.end(201)
    procfs.process(KERNEL, parent=SERVER, session=KERNEL, ended_s=3.1)
    assert tree_s(load) - before_s == pytest.approx(0.1)


def test_a_child_that_nobody_waited_for_keeps_what_was_seen(procfs):
    procfs.process(200, busy_s=2.0)
    load = procfs.load()
    before_s = tree_s(load)
    procfs.end(200)  # SIGCHLD is ignored: the kernel's figures do not move
    procfs.process(KERNEL, parent=SERVER, session=KERNEL, busy_s=0.5)
    assert tree_s(load) - before_s == pytest.approx(0.5)


def test_a_grandchild_that_init_adopts_stays_in_the_tree(procfs):
    procfs.process(200)
    procfs.process(201, parent=200, busy_s=1.0)
    load = procfs.load()
    before_s = tree_s(load)
    procfs.end(200)
    procfs.process(201, parent=1, busy_s=4.0)
    assert tree_s(load) - before_s == pytest.approx(3.0)
    procfs.end(201)
    assert tree_s(load) - before_s == pytest.approx(3.0)


def test_a_daemon_of_the_kernels_session_is_found(procfs):
    load = procfs.load()
    before_s = tree_s(load)
    procfs.process(500, parent=1, session=KERNEL, busy_s=1.0)
    assert tree_s(load) - before_s == pytest.approx(1.0)


def test_a_shared_session_says_nothing_where_the_kernel_does_not_lead_it(procfs):
    procfs.process(KERNEL, parent=SERVER, session=42)
    procfs.process(500, parent=1, session=42, busy_s=1.0)
    load = procfs.load()
    assert tree_s(load) == 0
    assert load.pids == {KERNEL}


def test_a_process_that_has_left_the_tree_is_found_by_what_its_environment_names(procfs):
    load = procfs.load()
    before_s = tree_s(load)
    named = [SESSION, f"{lineage.VARIABLE}=5-5 {Program(KERNEL, 1)}"]
    procfs.process(500, parent=INIT, session=500, busy_s=1.0, start=9, environment=named)
    procfs.process(501, parent=500, session=500, busy_s=0.5, start=9)
    other = [SESSION, f"{lineage.VARIABLE}={Program(KERNEL, 7)}"]
    procfs.process(502, parent=SERVER, session=502, busy_s=8.0, start=9, environment=other)
    assert tree_s(load) - before_s == pytest.approx(1.5)


def test_a_rank_is_of_the_tree_from_when_it_is_its_command(procfs):
    named = {"environment": [f"{lineage.VARIABLE}={Program(KERNEL, 5)}"]}
    procfs.process(KERNEL, parent=SERVER, session=KERNEL, start=5, name=LEAD_NAME.decode())
    for pid in (500, 501):
        procfs.process(pid, parent=SERVER, start=4, busy_s=0.1, image=1)
    load = procfs.load()
    before_s = tree_s(load)
    for pid in (500, 501):
        procfs.process(pid, parent=SERVER, start=4, busy_s=0.2, image=2)
    assert tree_s(load) == before_s
    procfs.process(500, parent=SERVER, start=4, busy_s=1.2, image=3, **named)
    procfs.process(501, parent=SERVER, start=4, busy_s=9.0, image=4)  # another one meters it
    assert tree_s(load) - before_s == pytest.approx(1.0)
    procfs.process(500, parent=SERVER, start=4, busy_s=1.5, image=3, **named)
    assert tree_s(load) - before_s == pytest.approx(1.3)
    assert load.pids == {KERNEL, 500}


def test_a_fork_that_has_left_the_tree_is_found_by_where_it_lies_in_memory(procfs):
    load = procfs.load()
    before_s = tree_s(load)
    procfs.process(500, parent=INIT, session=500, busy_s=1.0, start=9, image=KERNEL)
    assert tree_s(load) - before_s == pytest.approx(1.0)


def test_an_orphan_has_ended_in_the_middle_between_two_looks(procfs):
    load = procfs.load()
    before_s = tree_s(load)
    fields = {"parent": INIT, "session": 500, "start": 9}
    fields["environment"] = [f"{lineage.VARIABLE}={Program(KERNEL, 1)}"]
    for busy_s in (1.0, 1.2):
        procfs.process(500, busy_s=busy_s, **fields)
        assert tree_s(load) - before_s == pytest.approx(busy_s)
        procfs.now_ns += 250_000_000
    procfs.end(500)
    assert tree_s(load) - before_s == pytest.approx(1.3)
    procfs.now_ns += 250_000_000
    assert tree_s(load) - before_s == pytest.approx(1.3)


def test_forks_of_a_program_that_forks_kernels_are_not_the_kernels(procfs):
    procfs.process(KERNEL, parent=SERVER, session=KERNEL, image=60)
    load = procfs.load()
    before_s = tree_s(load)
    procfs.process(500, parent=SERVER, session=500, busy_s=1.0, start=9, image=60)
    assert tree_s(load) == before_s


def test_where_nothing_shows_who_has_started_a_process_that_is_unclear(procfs):
    load = procfs.load()
    load.read()
    procfs.process(500, parent=INIT, session=500, busy_s=1.0, start=9)
    procfs.process(501, parent=500, session=500, busy_s=0.5, start=9)
    read = load.read()
    assert read.unclear_busy_s == pytest.approx(1.5)
    assert read.tree_busy_s == 0.0
    procfs.end(500)
    procfs.end(501)
    assert load.read().unclear_busy_s == pytest.approx(1.5)


USUAL = ["A=1", "B=2", "C=3"]


@pytest.mark.parametrize(
    ("environment", "more", "unclear"),
    [
        ([], {}, True),
        ([], {"parent": SERVER}, False),  # nobody is adopted by that one
        ([], {"start": 3}, False),  # was there before the kernel
        ([], {"cgroups": "0::/cron.service"}, False),
        ([*USUAL, SESSION], {}, True),
        ([*USUAL, "JPY_SESSION_NAME=another.ipynb"], {}, False),
        (USUAL, {}, False),  # what the kernel has from its server, and nothing of its own
        (["A=1"], {}, True),  # an environment of its own
        (["A=1", f"{lineage.VARIABLE}=7-7"], {}, False),  # another metered program's
    ],
)
def test_what_is_known_to_be_others_is_not_unclear(procfs, environment, more, unclear):
    ours = [*USUAL, SESSION]
    procfs.process(KERNEL, parent=SERVER, session=KERNEL, start=5, environment=ours)
    load = procfs.load()
    load.read()
    fields = {"parent": INIT, "start": 9} | more
    procfs.process(500, session=500, busy_s=1.0, environment=environment, **fields)
    read = load.read()
    assert (read.unclear_busy_s, read.tree_busy_s) == (1.0 if unclear else 0.0, 0.0)


def test_samplers_are_nobodys_load_even_if_they_were_seen_before_they_said_so(procfs):
    load = procfs.load()
    procfs.process(200, busy_s=0.3)
    procfs.process(201, busy_s=0.3, name=SAMPLER_NAME.decode())
    assert tree_s(load) == pytest.approx(0.3)
    procfs.process(200, busy_s=0.5, name=SAMPLER_NAME.decode())
    assert tree_s(load) == pytest.approx(0.0)
    procfs.process(KERNEL, parent=SERVER, session=KERNEL, busy_s=0.1)
    assert tree_s(load) == pytest.approx(0.1)


def test_what_there_was_before_has_used(procfs):
    procfs.process(200, busy_s=1.0)
    just_now = round(time.clock_gettime(time.CLOCK_BOOTTIME) / TICK_S)
    procfs.process(202, busy_s=1.0, start=just_now)
    procfs.threads(KERNEL, t100=1.0, t101=2.0)
    load = procfs.load()
    load.read()
    before = load.standing()
    procfs.process(202, busy_s=9.0, start=just_now)
    procfs.process(200, busy_s=1.5)
    procfs.process(201, busy_s=7.0)
    procfs.threads(KERNEL, t100=1.1, t101=2.2, t102=5.0)
    load.read()
    assert load.used_since(before) == pytest.approx(0.5 + 0.1 + 0.2)


def test_it_is_looked_often_and_less_often_where_that_takes_long(procfs):
    load = procfs.load()
    load.read()
    assert SHORTEST_LOOK_S <= load.interval_s <= LONGEST_LOOK_S
    load._took_s = 0.0
    assert load.interval_s == SHORTEST_LOOK_S
    load._took_s = 0.1
    assert load.interval_s == LONGEST_LOOK_S


def test_the_containers_time_stands_beside_the_hosts(procfs):
    read = procfs.load(container=Container(lambda: 12.5, 2)).read()
    assert (read.container_busy_s, read.container_cpus) == (12.5, 2)

    def hidden():
        raise OSError

    assert procfs.load(container=Container(hidden, 2)).read().container_busy_s is None


def test_another_process_with_the_number_of_an_ended_one(procfs):
    procfs.process(200, busy_s=2.0)
    load = procfs.load()
    before_s = tree_s(load)
    procfs.process(200, parent=1, busy_s=50.0, start=2, image=201)
    procfs.process(KERNEL, parent=SERVER, session=KERNEL, ended_s=2.0)
    assert tree_s(load) - before_s == pytest.approx(0.0)
    assert load.pids == {KERNEL}


def test_when_the_kernel_is_gone_its_time_stands(procfs):
    procfs.process(KERNEL, parent=SERVER, session=KERNEL, busy_s=3.0)
    load = procfs.load()
    assert tree_s(load) == pytest.approx(3.0)
    procfs.end(KERNEL)
    assert tree_s(load) == pytest.approx(3.0)
    assert load.pids == frozenset()
