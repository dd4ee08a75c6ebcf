"""The live view's history: what a page that is reloaded in mid-run gets to see."""

from jupyter_green.notebook.live import HISTORY_POINTS, _joined, _thinned


def stretch(first, last, power_w):
    """Return samples at 1 Hz; `power_w` gives each domain's watts at a time."""
    times = list(range(first, last))
    return {
        "t_s": times,
        "energy_j": [300.0 * t for t in times],
        "gaps": [],
        "power_w": {id_: [watts(t) for t in times] for id_, watts in power_w.items()},
    }


def test_a_peak_is_kept_though_the_joules_grow_by_more():
    history = _thinned(stretch(0, 50_000, {"gpu:0": lambda t: 700.0 if t == 25_010 else 300.0}))
    assert len(history["t_s"]) <= HISTORY_POINTS
    assert max(history["power_w"]["gpu:0"]) == 700.0
    at = history["t_s"].index(25_010)
    assert history["energy_j"][at] == 300.0 * 25_010


def test_a_domain_that_comes_later_is_unknown_before():
    before = stretch(0, 2, {"cpu": lambda t: 10.0})
    joined = _joined(before, stretch(2, 4, {"cpu": lambda t: 10.0, "gpu:0": lambda t: 50.0}))
    assert joined["power_w"] == {"cpu": [10.0] * 4, "gpu:0": [None, None, 50.0, 50.0]}
    assert joined["t_s"] == [0, 1, 2, 3]
