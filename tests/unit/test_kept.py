"""What a sampler keeps of open windows, and the report that is made of it when the program died."""

import io

import pytest

from jupyter_green.meter.died import report_of_died
from jupyter_green.meter.summary import Subject
from jupyter_green.report.report import Report
from jupyter_green.sampler import kept as kept_module
from jupyter_green.sampler import messages
from jupyter_green.sampler.accumulator import DomainSample
from jupyter_green.sampler.kept import KeepingOutbox, read_kept
from jupyter_green.sources.base import Domain, Provenance

POWER_W = 40.0
STARTED_AT = "2026-01-02T03:04:05Z"
DOMAIN = Domain(
    "cpu:0/package", "a processor", "rapl", Provenance.COUNTER, resolution_s=0.001, counted=True
)


@pytest.fixture
def outbox(tmp_path):
    outbox = KeepingOutbox(io.BytesIO(), lambda: None, tmp_path)
    outbox.put(messages.hello([DOMAIN], []))
    return outbox


def sample(t_s, mark=None):
    t_ns = int(t_s * 1e9)
    figures = DomainSample(t_ns, POWER_W * t_s, None, int(POWER_W * t_s * 1e6))
    return messages.sample(t_ns, mark, [figures], {})


def samples(begin_s, end_s, every_s=0.1):
    count = round((end_s - begin_s) / every_s)
    return [sample(begin_s + every_s * n) for n in range(1, count)]


def run(outbox, window, begin_s, end_s, *, dies=False):
    """Have a window begin and end, or the program die in it."""
    outbox.put(sample(begin_s, (messages.BEGIN, window)))
    between = samples(begin_s, end_s)
    for first in range(0, len(between), 10):
        outbox.put([messages.BATCH, between[first : first + 10]])
    if dies:
        assert outbox.open_windows == (window,)
    outbox.put(sample(end_s, (messages.END, window)))
    assert outbox.is_complete is False
    outbox.put([messages.SETTLED, window, 0])
    assert outbox.is_complete


def report(folder, window="w"):
    return report_of_died(read_kept(folder), window, Subject(label="fit"), STARTED_AT, 0.1)


def test_the_report_has_the_joules_up_to_the_end(outbox, tmp_path):
    run(outbox, "before", 1.0, 5.0)
    run(outbox, "w", 10.0, 15.0, dies=True)
    outbox.leave()
    died = report(tmp_path)
    assert died.energy_j == pytest.approx(POWER_W * 5.0, rel=0.01)
    assert (died.status, died.label, died.duration_s) == ("died", "fit", 5.0)
    assert died.started_at == STARTED_AT
    assert not died.gaps
    assert len(died.trace.t_s) > 20
    assert Report.from_dict(died.to_dict()).to_dict() == died.to_dict()


def test_a_window_of_which_nothing_was_left_has_no_report(outbox, tmp_path):
    assert report(tmp_path) is None
    run(outbox, "w", 10.0, 15.0, dies=True)
    outbox.leave()
    assert report(tmp_path, "another") is None


def test_a_long_window_keeps_all_joules_in_bounded_room(outbox, tmp_path, monkeypatch):
    monkeypatch.setattr(kept_module, "MOST_KEPT", 100)
    outbox.put(sample(9.0, (messages.BEGIN, "w")))
    for n in range(2000):  # windows that are opened and closed within it count, too
        run_s = 10.0 + n
        outbox.put(sample(run_s, (messages.BEGIN, f"inner {n}")))
        outbox.put(sample(run_s + 0.5, (messages.END, f"inner {n}")))
        outbox.put([messages.SETTLED, f"inner {n}", 0])
        assert len(outbox._messages) <= 100
    outbox.put(sample(2010.0, (messages.END, "w")))
    outbox.put([messages.SETTLED, "w", 0])
    outbox.leave()
    died = report(tmp_path)
    assert died.energy_j == pytest.approx(POWER_W * 2001.0, rel=0.01)
    assert not died.gaps
