"""The live view's history: what a page that is reloaded in mid-run gets to see."""

import json
import random

from jupyter_green.notebook.live.history import HISTORY_POINTS, MOST_GAPS, History


def stretch(first, last, power_w, gaps=()):
    """Return samples at 1 Hz; `power_w` gives each domain's watts at a time."""
    times = list(range(first, last))
    return {
        "t_s": times,
        "energy_j": [300.0 * t for t in times],
        "gaps": [list(gap) for gap in gaps],
        "now": {"t_s": times[-1]},
        "power_w": {id_: [watts(t) for t in times] for id_, watts in power_w.items()},
    }


def test_a_peak_is_kept_though_the_joules_grow_by_more():
    history = History()
    history.add(stretch(0, 50_000, {"gpu:0": lambda t: 700.0 if t == 25_010 else 300.0}))
    record = history.record()
    assert len(record["t_s"]) <= HISTORY_POINTS
    assert max(record["power_w"]["gpu:0"]) == 700.0
    at = record["t_s"].index(25_010)
    assert record["energy_j"][at] == 300.0 * 25_010


def test_what_was_told_of_other_hosts_stays_until_more_is():
    history = History()
    for second, told in enumerate([{}, {"elsewhere": "first"}, {}, {"elsewhere": "second"}, {}]):
        samples = stretch(second, second + 1, {"cpu": lambda t: 10.0})
        history.add(samples | {"now": samples["now"] | told})
    assert history.record()["now"] == {"t_s": 4, "elsewhere": "second"}


def test_a_domain_that_comes_later_is_unknown_before_and_one_that_goes_after():
    history = History()
    history.add(stretch(0, 2, {"cpu": lambda t: 10.0}))
    history.add(stretch(2, 4, {"cpu": lambda t: 10.0, "gpu:0": lambda t: 50.0}))
    history.add(stretch(4, 5, {"gpu:0": lambda t: 50.0}))
    record = history.record()
    assert record["power_w"] == {
        "cpu": [10.0] * 4 + [None],
        "gpu:0": [None, None, 50.0, 50.0, 50.0],
    }
    assert record["t_s"] == [0, 1, 2, 3, 4]


def test_a_day_takes_no_more_room_than_an_hour_and_its_last_joules_are_exact():
    history = History()
    noise = random.Random(0)
    sizes = []
    for hour in range(24):
        for at in range(hour * 3600, (hour + 1) * 3600, 60):
            watts = {f"gpu:{n}": lambda t: 300 + noise.random() for n in range(4)}
            history.add(stretch(at, at + 60, watts, [(at, at + 0.5)]))
        assert len(history) <= 2 * HISTORY_POINTS
        sizes.append(len(json.dumps(history.record())))
    assert max(sizes) < 1.5 * min(sizes)
    record = history.record()
    assert record["t_s"][0] == 0
    assert record["t_s"][-1] == 24 * 3600 - 1
    assert record["energy_j"][-1] == 300.0 * (24 * 3600 - 1)
    assert record["t_s"] == sorted(set(record["t_s"]))
    assert len(record["gaps"]) == MOST_GAPS


def test_the_widest_of_many_gaps_are_kept_in_their_order():
    history = History()
    gaps = [(t, t + (5 if t % 7 == 0 else 1)) for t in range(300)]
    history.add(stretch(0, 300, {"cpu": lambda t: 1.0}, gaps))
    kept = history.record()["gaps"]
    assert len(kept) == MOST_GAPS
    assert kept == sorted(kept)
    assert [g for g in kept if g[1] - g[0] == 5] == [list(g) for g in gaps if g[1] - g[0] == 5]


def test_a_record_is_not_changed_by_what_comes_later():
    history = History()
    history.add(stretch(0, 3, {"cpu": lambda t: 1.0}))
    record = history.record()
    before = json.dumps(record)
    history.add(stretch(3, 6, {"cpu": lambda t: 1.0}))
    assert json.dumps(record) == before
