"""Sums that are kept beside the rows: they are those that all rows give, whatever happened."""

import math
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from jupyter_green.intake import lines
from jupyter_green.intake.places import LEDGER_VARIABLE
from jupyter_green.ledger import questions, stores, sums
from jupyter_green.ledger.day_sums import ENTRY_WAYS, HOST, PAUSES
from jupyter_green.ledger.days import FIRST, LAST
from jupyter_green.ledger.entries import group_of, last_runs
from jupyter_green.ledger.groups import DOMAIN, NO_DOMAIN, Group, add_window, own_of
from jupyter_green.ledger.groups import WAYS as WAYS_OF_ALL
from jupyter_green.ledger.kept import last_good, outermost
from jupyter_green.ledger.pauses import BETWEEN, add_pause, own_of_pauses
from jupyter_green.ledger.row import pause_row_of, row_of
from jupyter_green.ledger.schema import parts, windows
from jupyter_green.ledger.schema import sums as kept_sums
from jupyter_green.ledger.sqlite import SqliteFile
from jupyter_green.ledger.store import Store
from jupyter_green.sources.base import Provenance, Scale
from tests.testbench.handed_in import closed, report

WAYS = [way for way in ENTRY_WAYS if way not in (HOST, PAUSES)]
START = datetime(2026, 5, 4, 20, tzinfo=timezone.utc)
HOUR_S = 3600.0
EARLIER_H = -2 * 365 * 24
"""Before any day on which this is tested."""


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "ledger"))
    return tmp_path / "ledger"


def some_of(run_id, written_ns, begin_h, length_h, pause=None, **fields):
    """A window by the hours of its begin and its length, and the pause of so many before it."""
    handed = {name: fields.pop(name) for name in ("parent", "session", "project") if name in fields}
    scale = fields.pop("scale", None)
    found = report(
        run_id,
        started_at=(START + timedelta(hours=begin_h)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        duration_s=length_h * HOUR_S,
        **fields,
    )
    domains = {name: replace(each, scale=scale) for name, each in found.domains.items()}
    found = replace(found, domains=domains)
    begin_s = (begin_h + 100) * HOUR_S
    if pause:
        hours, energy_j = pause
        used = dict.fromkeys(domains, (energy_j, 0.5))
        begin_ns = round((begin_s - hours * HOUR_S) * 1e9)
        handed["pause"] = {"begin_ns": begin_ns, "domains": used}
    entry = lines.unpack(closed(found, written_ns, begin_s=begin_s, **handed))
    row = row_of(entry, {})
    before = pause_row_of(entry, row)
    return [row] if before is None else [row, before]


def near(a, b):
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-6)


def same(found, meant):
    """Whether two groups have the same figures."""
    counts = [(g.windows, g.failed, g.unmeasured) for g in (found, meant)]
    figures = [
        (g.sum_j, g.duration_s, *(f for j in (g.measured, g.estimated) for f in figures_of(j)))
        for g in (found, meant)
    ]
    bounds = [(g.measured.is_at_least, g.estimated.is_at_least) for g in (found, meant)]
    return counts[0] == counts[1] and bounds[0] == bounds[1] and all(map(near, *figures))


def figures_of(joules):
    return joules.energy_j, joules.variance, *joules.scale_range


def full(metered, own, way, first, last):
    """The sums of all rows, of which those of some days are taken."""
    groups = {}
    for each, own_j in zip(metered, own, strict=True):
        if first <= each.day <= last:
            for name, part, part_own in parted(each, own_j, way):
                key = each.project or "", name
                add_window(groups.setdefault(key, Group(name)), part, part_own)
    return groups


def full_pauses(ledger, metered, first, last):
    """What all pauses used, of which those of some days are taken."""
    pauses = questions.read_pauses(ledger)
    groups = {}
    for each, own_j in zip(pauses, own_of_pauses(pauses, metered), strict=True):
        if first <= each.day <= last:
            key = each.project or "", BETWEEN
            add_pause(groups.setdefault(key, Group(BETWEEN)), each, own_j)
    return groups


def parted(each, own, way):
    """A window, or for each of its devices one with that device's joules alone."""
    if way != DOMAIN:
        return [(WAYS_OF_ALL[way](each), each, own)]
    if not each.parts:
        return [(NO_DOMAIN, each, own)]
    return [
        (part.device, replace(each, parts=[part], energy_j=part.energy_j), [own_j])
        for part, own_j in zip(each.parts, own, strict=True)
    ]


def kept_of(metered, own, first, last):
    good = {each.run_id for each in last_good_of_all(metered, first, last)}
    outer = outermost(metered)
    kept = Group("kept")
    for each, own_j in zip(metered, own, strict=True):
        if first <= each.day <= last and outer[each.run_id] in good:
            add_window(kept, each, own_j)
    return kept


def last_good_of_all(metered, first, last):
    """The last good runs of a range, and what can be run again by no name."""
    outer = outermost(metered)
    tops = [each for each in metered if outer[each.run_id] == each.run_id]
    nameless = [each for each in tops if not each.label and not each.cell_id]
    within = [each for each in tops if first <= each.day <= last]
    return [*last_good(within), *(each for each in nameless if each.status == "ok")]


def groups_of(entries, project=None):
    """The groups of several periods together, all as those of one project if that is given."""
    groups = {}
    for of, name, figures in entries:
        key = of if project is None else project, name
        groups.setdefault(key, Group(name)).add(group_of(name, figures))
    return groups


def assert_true(ledger, first=20260101, last=20261231):
    metered = questions.read(ledger)
    own = own_of(metered)
    kept = kept_of(metered, own, first, last)
    (database,) = stores.read_from(ledger)
    with database.reading() as connection:
        asked = sums.Asked(connection, first, last)
        found = {way: groups_of(asked.entries(way)) for way in (*WAYS, PAUSES)}
        of_all = {way: groups_of(asked.entries_of_all(way), "") for way in WAYS}
        runs = list(last_runs(asked.runs()))
    for way, entries in of_all.items():
        meant = full([replace(each, project=None) for each in metered], own, way, first, last)
        if way != "project":
            assert entries.keys() == meant.keys(), way
            assert all(same(group, meant[key]) for key, group in entries.items()), way
    for way, entries in found.items():
        if way == PAUSES:
            meant = full_pauses(ledger, metered, first, last)
        else:
            meant = full(metered, own, way, first, last)
        assert entries.keys() == meant.keys(), way
        for key, group in entries.items():
            assert same(group, meant[key]), (way, key, group, meant[key])
        total = Group("kept")
        for *_, is_here, figures in runs:
            if is_here:
                total.add(group_of("kept", figures))
        assert same(total, kept), (total, kept)


ids = st.sampled_from([f"w{n}" for n in range(12)])
named = st.sampled_from([None, "a", "b"])
some_rows = st.builds(
    some_of,
    ids,
    st.integers(1, 3),
    st.integers(0, 80),
    st.sampled_from([0.5, 1, 3, 9, 30]),
    parent=st.none() | ids,
    session=named,
    project=named,
    label=named,
    notebook=named,
    stage=named,
    cell_id=named,
    execution_count=st.sampled_from([None, 1, 2]),
    status=st.sampled_from(["ok", "ok", "error", "died"]),
    energy_j=st.sampled_from([1.0, 50.0, 300.0]),
    by=st.sampled_from([Provenance.COUNTER, Provenance.ESTIMATE]),
    flags=st.sampled_from([(), (), ("host-lost",)]),
    pause=st.none()
    | st.tuples(st.sampled_from([0.5, 2, 12, 40]), st.sampled_from([0.0, 9.0, 400.0])),
    scale=st.sampled_from([None, Scale(1.05, "one", ""), Scale(2.0, "two", "")]),
)
steps = st.lists(
    st.lists(some_rows, min_size=1, max_size=4)
    | st.sets(ids, min_size=1, max_size=2)
    | st.sampled_from(["settle", "ask", "without pauses"]),
    max_size=10,
)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps, st.integers(4, 8), st.integers(4, 9))
def test_sums_are_those_of_all_rows(ledger, course, one, other):
    """Rows that come late or are refined or forgotten, in any order, settled or not between."""
    for path in ledger.glob("ledger.sqlite*"):
        path.unlink()
    store = Store(SqliteFile(ledger / "ledger.sqlite"))
    for step in course:
        if step == "settle":
            while store.settle():
                pass
        elif step == "ask":
            assert_true(ledger)
        elif isinstance(step, list):
            store.book([row for rows in step for row in rows])
        else:
            gone = step
            if step == "without pauses":
                gone = {each.run_id for each in questions.read_pauses(ledger, project="a")}
            with store._engine.begin() as connection:
                sums.forget(connection, sorted(gone))
                for table in (windows, parts):
                    connection.execute(delete(table).where(table.c.run_id.in_(gone)))
    assert_true(ledger)
    while store.settle():
        pass
    assert_true(ledger)
    assert_true(ledger, 20260500 + min(one, other), 20260500 + max(one, other))
    store.close()


def test_a_window_on_the_next_day_takes_its_joules_out_of_a_pause_over_midnight(ledger):
    store = Store(SqliteFile(ledger / "ledger.sqlite"))
    store.book(some_of("w", 1, 40, 1, pause=(24, 900.0), session="a"))  # from 20:00 + 16 h
    while store.settle():
        pass
    store.book(some_of("other", 1, 30, 2, energy_j=300.0, session="b"))
    assert_true(ledger)
    (database,) = stores.read_from(ledger)
    with database.reading() as connection:
        ((_, name, figures),) = sums.Asked(connection).entries(PAUSES)
    pause = group_of(name, figures)
    assert pause.measured.energy_j == pytest.approx(600.0)
    store.close()


@pytest.fixture
def filled(ledger):
    """A store with windows of five days in three months, settled."""
    store = Store(SqliteFile(ledger / "ledger.sqlite"))
    hours = (0, 1, 24, 50, 30 * 24, 60 * 24)
    for n, hour in enumerate(hours):
        store.book(some_of(f"w{n}", 1, EARLIER_H + hour, 0.5, label="a"))
    while store.settle():
        pass
    yield store
    store.close()


def test_all_days_that_are_over_are_answered_by_one_sum(ledger, filled, monkeypatch):
    def read(*_):
        raise AssertionError("rows were read")

    monkeypatch.setattr(sums, "day_sums", read)
    with filled.database.reading() as connection:
        asked = sums.Asked(connection)
        assert [period for period in asked._true if period < 0] == list(asked._true)
        assert sum(figures[0] for *_, figures in asked.entries("label")) == 6


def test_a_sum_that_was_overwritten_is_worked_out_from_rows_and_made_anew(ledger, filled):
    with filled._engine.begin() as connection:
        torn = {"body": b"torn"}
        connection.execute(update(kept_sums).where(kept_sums.c.period != 20240504).values(torn))
    assert_true(ledger, FIRST, LAST)
    filled.book(some_of("late", 1, EARLIER_H + 3, 0.5, label="a"))
    while filled.settle():
        pass
    assert_true(ledger, FIRST, LAST)
    with filled.database.reading() as connection:
        bodies = connection.scalars(select(kept_sums.c.body))
        assert b"torn" not in [bytes(body) for body in bodies]
