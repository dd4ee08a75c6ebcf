"""What the intake bears: power cuts, lines that are torn, doubled or huge, full disks, clocks."""

import contextlib
import os
import time
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_green.intake import lines
from jupyter_green.intake.owner import owner_of
from jupyter_green.intake.places import LEDGER_VARIABLE, intake_folder
from jupyter_green.intake.start import REFUSED_S, refuse, refused
from jupyter_green.intake.writer import METER, SAMPLER, Writer, files
from jupyter_green.ledger import questions
from jupyter_green.ledger.reading import IntakeReader
from jupyter_green.meter import bookings as bookings_module
from jupyter_green.meter.bookings import Bookings
from jupyter_green.sampler import messages
from jupyter_green.sampler.intake_marks import IntakeMarks
from jupyter_green.sampler.rest import Rest
from tests.testbench.handed_in import GONE, closed, hand_in, mark, opened, report, sensors


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "ledger"))
    return tmp_path / "ledger"


def read(ledger):
    return {each.run_id: each for each in questions.read(ledger)}


SLOW = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


# --- power cuts and lines -------------------------------------------------------------------

LIFE = [
    sensors(),
    opened("first", begin_s=0.0),
    mark(0.0001, 7.0, ("begin", "first")),
    mark(4.0, 47.0),
    opened("second", begin_s=5.0),
    mark(5.0, 57.0, ("begin", "second")),
    mark(9.0, 97.0),
    mark(10.0, 107.0, ("end", "first")),
    mark(14.0, 147.0),
]
"""Two windows of 10 W, one of which ends."""


def joules_of(name, whole):
    """Return the joules that whole lines tell of a window; ``None`` where it has not begun."""
    begin_j = last_j = None
    for line in whole:
        entry = lines.unpack(line)
        if entry["kind"] != lines.MARK:
            continue
        energy_j = entry["sample"][3][0][1]
        if entry["sample"][2] == ["begin", name]:
            begin_j = energy_j
        if begin_j is not None:
            last_j = energy_j
        if entry["sample"][2] == ["end", name]:
            break
    return None if begin_j is None else last_j - begin_j


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_power_cut_costs_what_was_not_written_and_nothing_else(tmp_path_factory, data):
    """All programs end, and of each file only a part is on the disk."""
    ledger = tmp_path_factory.mktemp("cut") / "ledger"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(LEDGER_VARIABLE, str(ledger))
        path = hand_in(ledger, *LIFE, role=SAMPLER, owner=GONE)
        meter = hand_in(ledger, closed(report("first")), closed(report("third")), owner=GONE)
        whole = {}
        for each in (path, meter):
            content = each.read_bytes()
            cut = data.draw(st.integers(0, len(content)))
            tail = data.draw(st.sampled_from([b"", b"\0" * 40, b"\xff\x00\n"]))
            each.write_bytes(content[:cut] + tail)
            whole[each] = content[:cut].splitlines(keepends=True)
            if whole[each] and not whole[each][-1].endswith(b"\n"):
                whole[each].pop()
        found = read(ledger)
        handed_in = {lines.unpack(line)["run_id"] for line in whole[meter]}
        begun = {e["run_id"] for e in map(lines.unpack, whole[path]) if e["kind"] == lines.OPENED}
        assert set(found) == handed_in | begun
        for name, each in found.items():
            if name in handed_in:
                assert (each.status, each.energy_j) == ("ok", 50.0)
            else:
                assert each.status == "died"
                joules = joules_of(name, whole[path])
                assert (each.energy_j or 0.0) == pytest.approx(joules or 0.0)
        assert read(ledger).keys() == found.keys()
        assert list(files(intake_folder(ledger))) == []


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_doubled_empty_and_foreign_lines_change_nothing(tmp_path_factory, data):
    ledger = tmp_path_factory.mktemp("lines") / "ledger"
    foreign = st.sampled_from([b"\n", b"{}\n", b"\xff\xfe\n", b"00000000 {}\n", lines.pack("moon")])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(LEDGER_VARIABLE, str(ledger))
        found = []
        for line in [*LIFE, closed(report("third"))]:
            found += [line] * data.draw(st.integers(1, 2))
            found += data.draw(st.lists(foreign, max_size=1))
        hand_in(ledger, *found, role=SAMPLER, owner=GONE)
        assert {name: each.energy_j for name, each in read(ledger).items()} == {
            "first": pytest.approx(100.0),
            "second": pytest.approx(90.0),
            "third": 50.0,
        }
        assert list(files(intake_folder(ledger))) == []


def test_a_line_of_a_gigabyte_takes_no_memory_and_hides_no_other(ledger):
    hand_in(ledger, closed(report("other")))
    questions.read(ledger)  # what is imported then is none of the line's
    path = hand_in(ledger, closed(report("before")))
    with path.open("ab") as stream:
        stream.truncate(stream.tell() + (1 << 30))
        stream.seek(0, os.SEEK_END)
        stream.write(b"\n" + closed(report("after")))
    tracemalloc.start()
    found = read(ledger)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert set(found) == {"other", "before", "after"}
    assert peak < 12 << 20
    (aside,) = (intake_folder(ledger) / "aside").iterdir()
    assert aside.stat().st_size <= 1 << 20


# --- files of which there are many ------------------------------------------------------------


def run_ids(entries):
    return [entry["run_id"] for entry in entries]


def test_many_files_are_listed_once_and_one_that_is_sealed_before_its_turn_is_read(ledger):
    reader = IntakeReader(intake_folder(ledger))
    for run_id in ("first", "second"):
        hand_in(ledger, closed(report(run_id)))
    writer = Writer(intake_folder(ledger), owner_of(os.getpid()), METER)
    writer.write([closed(report("sealed later"))])
    assert run_ids(reader.read(1)) == ["first"]
    writer.seal()
    hand_in(ledger, closed(report("came meanwhile")))
    assert run_ids(reader.read(1)) == ["second"]
    found = []
    while reader.is_behind:
        found += reader.read(1)
    assert sorted(run_ids(found)) == ["came meanwhile", "sealed later"]
    reader.remove({"first", "second", "came meanwhile", "sealed later"})
    assert list(files(intake_folder(ledger))) == []


# --- disks that are full --------------------------------------------------------------------


@pytest.fixture
def full(ledger):
    """Return what lets the ledger's folder be written: until then a file is in its place."""
    ledger.parent.mkdir(exist_ok=True)
    ledger.write_text("")
    return ledger.unlink


def test_a_window_that_began_while_the_disk_was_full_is_not_lost(ledger, full):
    marks = IntakeMarks(ledger, os.getpid())
    marks.hear(lines.unpack(sensors())["hello"])
    begun = {"subject": {}, "started_at": "2026-05-04T03:02:01.000Z", "interval_s": 0.1}
    marks.takes([messages.BEGIN, "one", 0.1, False, 0, begun])
    marks.hear(lines.unpack(mark(0.1, 7.0, ("begin", "one")))["sample"])
    marks._do(full)
    marks.hear(lines.unpack(mark(9.0, 97.0))["sample"])
    marks.leave()
    (file,) = files(intake_folder(ledger))
    kinds = [
        lines.unpack(line)["kind"] for line in file.path.read_bytes().splitlines(keepends=True)
    ]
    assert kinds == [lines.SENSORS, lines.OPENED, lines.MARK, lines.MARK]


def test_a_window_whose_sensors_were_not_read_in_time_is_told_of(ledger):
    marks = IntakeMarks(ledger, os.getpid())
    begun = {"subject": {}, "started_at": "2026-05-04T03:02:01.000Z", "interval_s": 0.1}
    marks.takes([messages.BEGIN, "one", 0.1, False, 0, begun])
    marks.leave()
    (file,) = files(intake_folder(ledger))
    _, line = file.path.read_bytes().splitlines(keepends=True)
    assert lines.unpack(line)["run_id"] == "one"


class Ended:
    """A window that has ended."""

    begin_ns, end_ns, parent, counters = 0, 1, None, {}

    def __init__(self, run_id, label):
        self.run_id = run_id
        self._report = report(run_id, label=label)

    def wait_until_settled(self, timeout_s):
        return True

    def report_so_far(self):
        return self._report

    def before(self):
        return None


def handing_in(ledger):
    return Bookings(ledger, SimpleNamespace(book=lambda: True, rest=Rest()))


def test_reports_that_cannot_be_written_take_no_memory_without_end(ledger, full, monkeypatch):
    monkeypatch.setattr(bookings_module, "MOST_KEPT", 10_000)
    bookings = handing_in(ledger)
    for n in range(20):
        bookings.ended(Ended(f"{n}", "x" * 100))
    bookings.close()
    assert bookings.fault
    assert 0 < bookings.lost < 20
    full()
    bookings.ended(Ended("last", "y"))
    bookings.close()
    assert len(read(ledger)) == 21 - bookings.lost
    assert "last" in read(ledger)


# --- disks that others need -----------------------------------------------------------------


@pytest.fixture
def syncs(monkeypatch):
    """Return how long a file was each time that somebody waited for the disk."""
    found = []
    sync = os.fsync

    def counted(fd):
        found.append(os.fstat(fd).st_size)
        sync(fd)

    monkeypatch.setattr(os, "fsync", counted)
    return found


def wait_until(holds):
    by_s = time.monotonic() + 10.0
    while not holds() and time.monotonic() < by_s:
        time.sleep(0.01)
    return holds()


def test_windows_that_follow_each_other_wait_for_the_disk_once_in_a_while(
    ledger, syncs, monkeypatch
):
    monkeypatch.setattr(bookings_module, "WRITE_EACH_S", 60.0)
    bookings = handing_in(ledger)
    bookings.ended(Ended("first", "x"))
    assert wait_until(lambda: list(files(intake_folder(ledger))))  # it does not wait for others
    for n in range(20):
        bookings.ended(Ended(f"{n}", "x"))
        time.sleep(0.002)
    bookings.close()  # nor does the end
    assert len(syncs) == 2
    assert len(read(ledger)) == 21


def test_what_follows_a_report_is_written_without_another_one(ledger, monkeypatch):
    monkeypatch.setattr(bookings_module, "WRITE_EACH_S", 0.05)
    bookings = handing_in(ledger)
    bookings.ended(Ended("first", "x"))
    assert wait_until(lambda: len(list(files(intake_folder(ledger)))) == 1)
    bookings.ended(Ended("second", "x"))
    assert wait_until(lambda: len(list(files(intake_folder(ledger)))) == 2)


def test_marks_are_in_their_file_at_once_and_on_the_disk_a_little_later(ledger, syncs, monkeypatch):
    monkeypatch.setattr("jupyter_green.sampler.intake_marks.SYNC_EACH_S", 0.2)
    marks = IntakeMarks(ledger, os.getpid())
    begun = {"subject": {}, "started_at": "2026-05-04T03:02:01.000Z", "interval_s": 0.1}

    def size():
        return sum(file.path.stat().st_size for file in files(intake_folder(ledger)))

    for n in range(8):  # each in a window of its own, which ends within the next one
        marks.takes([messages.BEGIN, f"{n}", 0.1, False, 0, begun])
        before = size()
        marks.hear(lines.unpack(mark(n, 10.0 * n, ("begin", f"{n}")))["sample"])
        assert wait_until(lambda before=before: size() > before)
    assert wait_until(lambda: syncs and syncs[-1] == size())
    assert len(syncs) < 8
    marks.leave()


def test_a_slow_disk_costs_no_window_however_fast_they_follow_each_other(ledger, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: time.sleep(0.05))
    marks = IntakeMarks(ledger, os.getpid())
    begun = {"subject": {}, "started_at": "2026-05-04T03:02:01.000Z", "interval_s": 0.1}
    names = [f"{n}" for n in range(200)]
    for name in names:
        marks.takes([messages.BEGIN, name, 0.1, False, 0, begun])
        for edge in ("begin", "end"):
            marks.hear(lines.unpack(mark(0.1, 7.0, (edge, name)))["sample"])
    marks.leave()
    in_order = sorted(files(intake_folder(ledger)), key=lambda file: file.order)
    written = b"".join(file.path.read_bytes() for file in in_order)
    entries = [lines.unpack(line) for line in written.splitlines(keepends=True)]
    assert [e["run_id"] for e in entries if e["kind"] == lines.OPENED] == names


# --- clocks ---------------------------------------------------------------------------------


def test_a_later_report_replaces_the_first_though_the_clock_was_set_back(ledger, monkeypatch):
    bookings = handing_in(ledger)
    bookings.ended(Ended("one", "first"))
    bookings.close()
    monkeypatch.setattr("time.time_ns", lambda: 1)
    bookings.ended(Ended("one", "later"))
    bookings.close()
    assert read(ledger)["one"].label == "later"


def test_files_are_in_order_though_the_clock_was_set_back(ledger, monkeypatch):
    first = hand_in(ledger, *LIFE[:4], role=SAMPLER, owner=GONE)
    monkeypatch.setattr("time.time_ns", lambda: 1)
    hand_in(ledger, sensors(), mark(9.0, 97.0), role=SAMPLER, owner=GONE)
    assert next(iter(files(intake_folder(ledger)))).path == first
    assert read(ledger)["first"].energy_j == pytest.approx(90.0)


def test_a_refusal_of_the_future_ends_as_any_other(ledger):
    ledger.mkdir()
    refuse(ledger, "no room")
    assert refused(ledger, within_s=REFUSED_S)
    for age_s in (2 * REFUSED_S, -2 * REFUSED_S):
        now_s = (ledger / "refused").stat().st_mtime
        os.utime(ledger / "refused", (now_s - age_s, now_s - age_s))
        assert not refused(ledger, within_s=REFUSED_S)
        refuse(ledger, "no room")


def test_a_boot_that_is_over_leaves_no_window_open(ledger):
    """After a reboot, process ids are used again: also that of this test."""
    here = GONE._replace(pid=os.getpid(), boot="0ld00000", start=0)
    life = [line for line in LIFE if b'"opened"' not in line]
    hand_in(ledger, life[0], opened("first", here), *life[1:], role=SAMPLER, owner=here)
    assert read(ledger)["first"].status == "died"


def test_a_folder_that_can_only_be_read_is_read(ledger):
    hand_in(ledger, closed(report("one")))
    assert set(read(ledger)) == {"one"}
    folder = Path(ledger)
    folder.chmod(0o500)
    with contextlib.ExitStack() as stack:
        stack.callback(folder.chmod, 0o700)
        assert set(read(ledger)) == {"one"}
