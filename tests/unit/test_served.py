"""What a host's service says is checked, and what it says foreign ends the connection."""

import json
import socket
import threading
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_green.clock import now_ns
from jupyter_green.flags import RESTARTED
from jupyter_green.meter.fitted import served
from jupyter_green.sampler import messages, wire
from jupyter_green.sampler.accumulator import DomainSample
from jupyter_green.sampler.continued import Continued
from jupyter_green.sampler.events import Fitted
from jupyter_green.sampler.greeting import About
from jupyter_green.sampler.replies import BadReplyError, reply
from jupyter_green.sampler.served import ServedSampler
from jupyter_green.sampler.translation import Translation
from jupyter_green.sampler.typed import only
from jupyter_green.sources.base import Conditions, Domain, Missing, Provenance, Scale

S = 1_000_000_000
PACKAGE = Domain("cpu:0/package", "a device", "rapl", Provenance.COUNTER, 0.001, unit_j=0.01)


def translation(offset_ns=0, continued=None):
    _, said = messages.hello([PACKAGE], [])
    about = About("a", 0.1, said["domains"], said["missing"])
    return Translation(about, offset_ns, continued or Continued())


# --- what it says ---------------------------------------------------------------------------

values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)
kinds = st.sampled_from(
    ["hello", "refused", "clock", "prepared", "sample", "conditions", "fitted", "settled", "new"]
)


@given(st.binary(max_size=200))
def test_no_line_is_worse_than_a_bad_reply(line):
    with suppress(BadReplyError):
        reply(line)


@given(kinds, st.lists(values, max_size=5))
def test_nothing_that_is_let_through_breaks_the_translation(kind, parts):
    with suppress(BadReplyError):
        translation().heard(reply(json.dumps([kind, *parts]).encode()))


@pytest.mark.parametrize(
    "said",
    [
        ["sample", S, None, [["soon", 1.0, None]], {}],
        ["sample", S, None, [[S, "much", None]], {}],
        ["sample", S, None, [[S, float("nan"), None]], {}],
        ["sample", S, None, [[S, 1.0, "much"]], {}],
        ["sample", S, ["begin", "x"], [None], {}],
        ["sample", S, None, [None], []],
        ["sample", True, None, [None], {}],
        ["sample", 2**63, None, [None], {}],
        ["conditions", [], S],
        ["conditions", {"0": 1}, S],
        ["fitted", 0, [1], [], True],
        ["fitted", 0, [], [], 1],
        ["settled", 0],
        ["settled"],
        ["clock", 0, 1.5],
        ["hello", 1, []],
        ["refused", 7],
    ],
)
def test_what_is_of_another_kind_than_it_should_be_is_no_reply(said):
    with pytest.raises(BadReplyError):
        reply(json.dumps(said).encode())


def test_what_a_later_release_says_besides_is_let_through():
    assert reply(b'["weather","fine"]') == ["weather", "fine"]
    assert translation().heard(["weather", "fine"]) is None
    more = reply(json.dumps(["sample", S, None, [[S, 1.0, None, "more"]], {}, "more"]).encode())
    assert translation().heard(more)[:3] == ["sample", S, None]


@pytest.mark.parametrize(
    "said",
    [
        ["sample", S, None, [], {}],
        ["sample", S, None, [None, None], {}],
        ["sample", S, None, [None], {"1": "rejected"}],
        ["conditions", {"x": {}}, S],
    ],
)
def test_what_is_about_other_domains_is_refused(said):
    with pytest.raises(BadReplyError, match="other domains"):
        translation().heard(reply(json.dumps(said).encode()))


# --- windows and clocks ---------------------------------------------------------------------


def test_windows_are_numbers_there_and_names_here_and_times_are_of_each_ones_clock():
    ours = translation(offset_ns=7)
    (begun,) = ours.said(["begin", "w", 0.1, True, now_ns(), None])
    assert begun == ["begin", 0, 0.1, True]
    assert ours.said(["end", "w", 50, [20, 40]]) == [["end", 0, 27, 47]]
    heard = ours.heard(["sample", S, ["end", 0], [[S, 3.0, None]], {}])
    assert heard == ["sample", S - 7, ["end", "w"], [[S - 7, 3.0, None, None]], {}]
    missing = [{"id": "gpu:0", "reason": "none", "remedy": "none", "later": 1}]
    fitted = ours.heard(["fitted", 0, [], missing, True])
    assert fitted == [
        "fitted",
        "w",
        [],
        [{"id": "gpu:0", "reason": "none", "remedy": "none"}],
        True,
        {},
    ]
    said = {"reason": "hidden", "remedy": "ask"}
    assert ours.heard(["fitted", 0, [], [], True, said])[5] == said
    assert ours.heard(["fitted", 0, [], [], True, 7])[5] == {}
    assert ours.has_windows
    assert ours.heard(["settled", 0, 2]) == ["settled", "w", 2]
    assert not ours.has_windows
    assert ours.heard(["settled", 0, 2]) is None


def test_a_window_that_began_on_another_connection_is_not_fitted_by_this_one():
    continued = Continued()
    ours = translation(continued=continued)
    ours.said(["resume", {"cpu:0/package": [S, 5.0, None, None]}])
    ours.said(["begin", "w", 0.1, True, 0, None])
    assert ours.heard(["fitted", 0, [], [], True]) is None
    heard = ours.heard(["sample", 2 * S, None, [[2 * S, 0.0, None]], {}])
    assert heard[3:] == [[[2 * S, 5.0, None, None]], {"0": RESTARTED}]


# --- the connection -------------------------------------------------------------------------


class Seeker:
    """Who looked for the service."""

    def __init__(self):
        self.continued = Continued()
        self.avoided = []

    def avoid(self, why):
        self.avoided.append(why)

    def connected(self, path, answer_s=None):
        raise FileNotFoundError

    def offer(self, ready):
        raise AssertionError("there is none")


def serve(listener, words):
    """Greet one client, tell it the time, and then say something."""
    connected, _ = listener.accept()
    with connected, connected.makefile("rb") as lines, suppress(BrokenPipeError):
        for line in lines:
            kind, *rest = wire.request(line)
            if kind == "hello":
                _, about = messages.hello([PACKAGE], [])
                about |= {"scale": "a", "interval_s": 0.1}
                connected.sendall(messages.encode(["hello", 1, about]))
            elif rest == [4]:
                connected.sendall(messages.encode(["clock", 4, now_ns()]) + words)
            else:
                connected.sendall(messages.encode(["clock", rest[0], now_ns()]))


@pytest.mark.parametrize(
    "words",
    [b"nonsense\n", b'["sample",1,null,[],{}]\n', b'["settled"]\n', b"\xff\n", b"x" * (2 << 20)],
    ids=["no JSON", "too few domains", "too little", "not UTF-8", "no end"],
)
def test_a_service_that_says_nonsense_later_is_left(tmp_path, monkeypatch, words):
    monkeypatch.setenv("JUPYTER_GREEN_LEDGER", "off")
    place = tmp_path / "sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        listener.listen(1)
        thread = threading.Thread(target=serve, args=(listener, words), daemon=True)
        thread.start()
        seeker = Seeker()
        served = ServedSampler(str(place), seeker, 10.0)
        kinds_heard = [messages.decode(line)[0] for line in served.lines()]
        thread.join()
    assert kinds_heard == ["hello"]
    (why,) = seeker.avoided
    assert why.startswith("it sent nonsense: ")


def test_the_joules_of_a_service_arrive_with_their_time_here(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_GREEN_LEDGER", "off")
    place = tmp_path / "sock"
    said = messages.encode(["sample", 5 * S, None, [[5 * S, 2.5, 50.0]], {}])
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        listener.listen(1)
        thread = threading.Thread(target=serve, args=(listener, said), daemon=True)
        thread.start()
        served = ServedSampler(str(place), Seeker(), 10.0)
        lines = served.lines()
        hello = messages.decode(next(lines))
        assert messages.discovered(hello) == ((PACKAGE,), ())
        sample = messages.sampled(messages.decode(next(lines)), [PACKAGE])
        served.hang_up()
        assert list(lines) == []
        thread.join()
    assert sample.domains == {PACKAGE.id: DomainSample(5 * S, 2.5, 50.0, None)}


def test_a_sample_of_a_time_to_come_is_refused():
    soon, late = now_ns() + S // 2, now_ns() + 3 * S
    assert translation().heard(["sample", soon, None, [[soon, 1.0, None]], {}])
    with pytest.raises(BadReplyError, match="time to come"):
        translation().heard(["sample", late, None, [[late, 1.0, None]], {}])
    ahead = translation(offset_ns=10 * S)  # the service's clock is
    assert ahead.heard(["sample", late, None, [[late, 1.0, None]], {}])


# --- types ----------------------------------------------------------------------------------


CONDITIONS = {"utilization_percent": 5, "process_ids": None, "process_percent": [[7, 0.5]]}


def test_what_a_later_release_says_besides_is_left_out_and_what_is_absent_is_at_its_default():
    known = only(Conditions, {**CONDITIONS, "later": 1})
    assert known["utilization_percent"] == 5
    assert known["temperature_c"] is None
    assert known["is_throttled"] is False
    assert "later" not in known


@pytest.mark.parametrize(
    ("kind", "entry"),
    [
        (Conditions, {"temperature_c": "hot"}),
        (Conditions, {"power_limit_w": True}),
        (Conditions, {"utilization_percent": 10**40}),
        (Conditions, {"utilization_percent": float("nan")}),
        (Conditions, {"process_ids": [1.5]}),
        (Conditions, {"process_percent": [[7]]}),
        (Conditions, {"process_percent": {"7": 1}}),
        (Conditions, {"is_throttled": 1}),
        (Missing, {"id": "gpu:0", "reason": "none"}),
        (Missing, {"id": "gpu:0", "reason": 7, "remedy": "none"}),
        (Domain, {"id": "x", "device": "", "source": "", "provenance": "guess", "resolution_s": 1}),
        (Scale, {"factor": "2", "group": "", "source": ""}),
    ],
)
def test_a_field_of_another_type_is_refused(kind, entry):
    with pytest.raises(BadReplyError):
        only(kind, entry)


def test_conditions_of_another_type_end_the_connection():
    with pytest.raises(BadReplyError, match="conditions"):
        translation().heard(["conditions", {"0": {"temperature_c": "hot"}}, S])


@pytest.mark.parametrize("name", ["utilization_percent", "power_limit_w"])
def test_conditions_that_cannot_be_end_the_connection(name):
    assert translation().heard(["conditions", {"0": {name: 0, "temperature_c": -5}}, S])
    with pytest.raises(BadReplyError, match="less than nothing"):
        translation().heard(["conditions", {"0": {name: -1}}, S])


# --- whose the joules are -------------------------------------------------------------------


SHARE = {
    "cpu_share": 0.5,
    "cpu_share_uncertainty": 0.01,
    "energy_j": 5.0,
    "uncertainty_j": 0.1,
    "gpu_share": {},
    "unit": "cgroup",
    "others_j": 5.0,
    "domains": {
        "cpu:0/package": {
            "by": "cpu-time",
            "energy_j": 5.0,
            "uncertainty_j": 0.1,
            "others_j": 5.0,
        }
    },
}


def whose(said):
    return served(Fitted("w", [], (), True, said), [PACKAGE])


def test_the_share_of_a_service_is_that_of_the_report():
    found = whose({"share": SHARE, "flags": ["host-busy"]})
    assert (found.share.energy_j, found.share.others_j, found.share.unit) == (5.0, 5.0, "cgroup")
    assert found.is_host_busy
    assert not found.notes


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"share": 7},
        {"share": {}},
        {"share": {**SHARE, "unit": "pod"}},
        {"share": {**SHARE, "cpu_share": 1.5}},
        {"share": {**SHARE, "others_j": -1}},
        {"share": {**SHARE, "domains": {}}},
        {"share": {**SHARE, "domains": {"gpu:0": SHARE["domains"]["cpu:0/package"]}}},
        {"flags": 7, "reason": 1, "remedy": 2},
        {"reason": "without a remedy"},
    ],
)
def test_a_share_that_is_none_is_left_out(said):
    found = whose(said)
    assert found.share is None
    assert not found.is_host_busy
    assert not found.notes


def test_why_there_is_no_share_is_said_as_it_may_be_shown():
    (said,) = whose({"reason": "it is\x1b[31m red", "remedy": "Paint it."}).notes
    assert said.startswith("Whose the joules are is not known, as it is")
    assert said.endswith(". Paint it.")
    assert "\x1b" not in said
