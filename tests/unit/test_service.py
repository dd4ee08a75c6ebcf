"""The parts of a host's service by themselves: its protocol, what it tells, what waits."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_green.flags import BELOW_RESOLUTION
from jupyter_green.report.fields import DomainReport
from jupyter_green.report.record import domain_of, domain_record
from jupyter_green.sampler import wire
from jupyter_green.sampler.accumulator import DomainSample
from jupyter_green.sampler.continued import Continued
from jupyter_green.service.allowance import MARKS_PER_S, Allowance
from jupyter_green.service.disclosure import Disclosure
from jupyter_green.service.left import Left
from jupyter_green.sources.base import Domain, Provenance

S = 1_000_000_000


def domain(id_="cpu:0/package", provenance=Provenance.COUNTER, unit_j=1e-6):
    return Domain(
        id=id_,
        device="a device",
        source="rapl",
        provenance=provenance,
        resolution_s=0.001,
        unit_j=unit_j,
        wrap_range=262_143_328_850,
    )


def found(energy_j, uncertainty_j, id_="cpu:0/package"):
    return DomainReport(
        id=id_,
        device="a device",
        source="rapl",
        energy_j=energy_j,
        uncertainty_j=uncertainty_j,
        mean_power_w=energy_j / 2.0,
        provenance=Provenance.COUNTER,
        resolution_s=0.001,
        counted=True,
    )


# --- the protocol ---------------------------------------------------------------------------

values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


@given(st.binary(max_size=200))
def test_no_line_is_worse_than_a_bad_request(line):
    with suppress(wire.BadRequestError):
        wire.request(line)


@given(
    st.sampled_from(
        ["hello", "clock", "prepare", "begin", "end", "follow", "watch host", "look", "last"]
    ),
    values,
)
def test_no_request_with_anything_behind_its_name_is_worse(kind, rest):
    line = json.dumps([kind, *(rest if isinstance(rest, list) else [rest])]).encode()
    with suppress(wire.BadRequestError):
        assert wire.request(line)[0] == kind


@pytest.mark.parametrize(
    "request_",
    [
        ["hello", 1, 2],
        ["clock", 7],
        ["prepare"],
        ["begin", 3, 0.1, False],
        ["end", 3, 5, 9],
        ["follow", ["end", 3, 5, 9], ["begin", 4, 1, True]],
        ["watch host", 10],
        ["look"],
        ["keep", "0f" * 16],
        ["last", "0f" * 16],
    ],
)
def test_what_clients_send_is_understood(request_):
    assert wire.request(json.dumps(request_).encode()) == request_


@pytest.mark.parametrize("key", ["", "0f" * 15, "0f" * 17, "0F" * 16, "../" * 11, 0, None, []])
def test_a_key_is_random_digits_and_names_nothing(key):
    for kind in ("keep", "last"):
        with pytest.raises(wire.BadRequestError):
            wire.request(json.dumps([kind, key]).encode())


def test_the_newest_protocol_of_both_is_spoken():
    assert wire.chosen(wire.OLDEST, wire.NEWEST + 5) == wire.NEWEST
    assert wire.chosen(wire.NEWEST + 1, wire.NEWEST + 5) is None
    assert wire.chosen(0, wire.OLDEST - 1) is None


# --- what is told ---------------------------------------------------------------------------


@given(st.floats(0, 1e6), st.sampled_from([0.001, 0.01, 0.5]))
def test_joules_so_far_are_steps_that_never_fall_and_are_never_ahead(energy_j, quantum_j):
    told = Disclosure(quantum_j)
    _, shown_j, _ = told.sample(domain(), DomainSample(5, energy_j, None, 123))
    assert shown_j / quantum_j == pytest.approx(round(shown_j / quantum_j), abs=1e-3)
    assert energy_j - quantum_j * 1.001 - 1e-6 <= shown_j <= energy_j + 1e-6
    _, later_j, _ = told.sample(domain(), DomainSample(6, energy_j + quantum_j, None, 124))
    assert later_j >= shown_j


@given(st.floats(0, 1e4), st.floats(0, 1))
def test_the_true_joules_of_a_window_stay_within_its_uncertainty(energy_j, uncertainty_j):
    told = Disclosure(0.01).report(domain(), found(energy_j, uncertainty_j), 2.0)
    assert abs(told.energy_j - energy_j) + uncertainty_j <= told.uncertainty_j + 1e-9
    assert told.mean_power_w == pytest.approx(told.energy_j / 2.0)


def test_a_window_of_less_than_a_step_is_no_zero():
    told = Disclosure(0.01).report(domain(), found(0.003, 0.0001), 0.001)
    assert told.energy_j == 0.0
    assert BELOW_RESOLUTION in told.flags


def test_only_a_processors_counters_are_rounded():
    told = Disclosure(0.01)
    assert told.domain(domain()).unit_j == 0.01
    assert told.domain(domain()).wrap_range * 0.01 == pytest.approx(262143.33, abs=0.01)
    for other in (domain("gpu:0"), domain("cpu", Provenance.ESTIMATE)):
        assert told.domain(other) is other
        assert told.sample(other, DomainSample(1, 1.2345678, 3.0, None)) == [1, 1.2345678, 3.0]


def test_a_domain_is_read_back_as_it_was_written():
    one = found(12.5, 0.25)
    assert domain_of(json.loads(json.dumps(domain_record(one)))) == one


# --- what waits -----------------------------------------------------------------------------


def test_a_seconds_marks_are_given_at_once_and_then_so_many_a_second():
    marks = Allowance().marks
    turns = [marks.take(100.0) for _ in range(100)]
    assert turns.count(100.0) == MARKS_PER_S
    late = [turn for turn in turns if turn > 100.0]
    assert late == pytest.approx([100.0 + n / MARKS_PER_S for n in range(1, 81)])


def test_who_has_waited_for_a_turn_leaves_it_to_the_next():
    marks = Allowance().marks
    turns = [marks.take(100.0) for _ in range(22)]
    marks.give_back()
    assert marks.take(100.0) == turns[-1]


def test_what_was_not_asked_for_is_not_saved_up():
    marks = Allowance().marks
    assert marks.take(100.0) == 100.0
    turns = [marks.take(500.0) for _ in range(50)]
    assert turns.count(500.0) == MARKS_PER_S


# --- a service in the place of another ------------------------------------------------------


def joules(*points):
    """Return samples of a domain: its time in seconds and its joules."""
    return [(int(s * S), energy_j) for s, energy_j in points]


def test_on_the_same_scale_joules_go_on_as_they_are():
    seen = Continued()
    seen.begin("a", {})
    assert seen.moved("x", [S, 7.0, None]) == (7.0, False)
    seen.begin("a", {"x": DomainSample(S, 7.0, None, None)})
    assert seen.moved("x", [3 * S, 9.0, None]) == (9.0, False)


def test_on_another_scale_they_go_on_at_the_last_power():
    seen = Continued()
    seen.begin("a", {})
    for t_ns, energy_j in joules((1, 10.0), (2, 60.0), (3, 110.0)):
        seen.moved("x", [t_ns, energy_j, None])
    seen.begin("b", {"x": DomainSample(3 * S, 110.0, None, None)})
    assert seen.moved("x", [5 * S, 1.0, None]) == (pytest.approx(210.0), True)
    assert seen.moved("x", [6 * S, 51.0, None]) == (pytest.approx(260.0), False)


def test_a_service_finds_what_the_one_before_has_left(tmp_path):
    path = tmp_path / "left"
    first = Left(path)
    assert not first.latest
    first.leave({"x": DomainSample(5, 6.0, None, 7)})
    assert path.stat().st_mode & 0o777 == 0o600
    second = Left(path)
    assert second.latest == {"x": DomainSample(5, 6.0, None, 7)}
    assert second.scale == first.scale


def test_a_service_that_counts_anew_counts_on_another_scale(tmp_path):
    """The one before was killed as its first window had begun and nothing was read yet."""
    path = tmp_path / "left"
    first = Left(path)
    first.leave({})
    second = Left(path)
    assert not second.latest
    assert second.scale != first.scale


@pytest.mark.parametrize("text", ["", "{}", "[]", "1", '{"host": 1}'])
def test_what_it_cannot_use_it_leaves_alone(tmp_path, text):
    path = tmp_path / "left"
    path.write_text(text)
    assert not Left(path).latest


def test_what_is_old_or_of_another_boot_it_leaves_alone(tmp_path):
    path = tmp_path / "left"
    Left(path).leave({"x": DomainSample(5, 6.0, None, 7)})
    record = json.loads(path.read_text())
    for change in ({"t_ns": record["t_ns"] - 120 * S}, {"host": "another"}):
        path.write_text(json.dumps(record | change))
        assert not Left(path).latest
