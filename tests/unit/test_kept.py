"""What a sampler keeps of open windows, and the report that is made of it when the program died."""

import io

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from jupyter_green.cli import died as cli_died
from jupyter_green.cli.died import write_reports
from jupyter_green.meter.died import report_of_died
from jupyter_green.meter.summary import Subject
from jupyter_green.notebook.live.messages import LIVE_MIME_TYPE
from jupyter_green.report.fields import MIME_TYPE
from jupyter_green.report.report import Report
from jupyter_green.sampler import kept as kept_module
from jupyter_green.sampler import messages
from jupyter_green.sampler.accumulator import DomainSample
from jupyter_green.sampler.kept import KeepingOutbox, KeptByClient, read_kept
from jupyter_green.sampler.last_sample import CLAIM as CLAIM_NAME
from jupyter_green.sampler.last_sample import Claim
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


def run(outbox, window, begin_s, end_s, *, dies=False, ends=True):
    """Have a window begin and end, or the program die in it."""
    take = outbox.put if isinstance(outbox, KeepingOutbox) else outbox.hear
    take(sample(begin_s, (messages.BEGIN, window)))
    between = samples(begin_s, end_s)
    for first in range(0, len(between), 10):
        take([messages.BATCH, between[first : first + 10]])
    if not ends:
        return
    if dies:
        assert outbox.open_windows == (window,)
    take(sample(end_s, (messages.END, window)))
    take([messages.SETTLED, window, 0])


def report(folder, window="w"):
    return report_of_died(read_kept(folder), window, Subject(label="fit"), STARTED_AT, 0.1)


def test_the_report_has_the_joules_up_to_the_end(outbox, tmp_path):
    run(outbox, "before", 1.0, 5.0)
    assert outbox.is_complete
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
        assert len(outbox.kept.messages) <= 100
    outbox.put(sample(2010.0, (messages.END, "w")))
    outbox.put([messages.SETTLED, "w", 0])
    outbox.leave()
    died = report(tmp_path)
    assert died.energy_j == pytest.approx(POWER_W * 2001.0, rel=0.01)
    assert not died.gaps


# --- behind a host's service ----------------------------------------------------------------

CLAIM = Claim("/nowhere", "0f" * 16, 0, {DOMAIN.id: 0.0})


@pytest.fixture
def connection(tmp_path):
    """Return what makes connections of one program, each of which keeps what it hears."""

    def connect(*, goes_on=False):
        made = KeptByClient(tmp_path, lambda: CLAIM)
        made.takes([messages.RESUME, {DOMAIN.id: [0, 0.0, None, None]} if goes_on else {}])
        made.hear(messages.hello([DOMAIN], []))
        return made

    return connect


def heard_until(folder, end_s):
    """Return what was kept, and what the service has read as the program was killed."""
    kept = read_kept(folder)
    assert [CLAIM_NAME, CLAIM.to_record()] in kept
    return [*(each for each in kept if each[0] != CLAIM_NAME), sample(end_s, (messages.END, "w"))]


def test_what_a_client_hears_is_kept_as_it_comes(connection, tmp_path):
    client = connection()
    client.hear(sample(1.0))  # nothing is open
    assert not list(tmp_path.iterdir())
    run(client, "before", 1.0, 5.0)
    run(client, "w", 10.0, 15.0, ends=False)
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    died = report_of_died(heard_until(tmp_path, 15.2), "w", Subject(), STARTED_AT, 0.1)
    assert died.energy_j == pytest.approx(POWER_W * 5.2, rel=0.01)
    assert died.duration_s == pytest.approx(5.2)
    assert len(died.trace.t_s) > 20


def test_what_a_client_hears_for_long_has_bounded_room(connection, tmp_path, monkeypatch):
    monkeypatch.setattr(kept_module, "MOST_KEPT", 100)
    run(connection(), "w", 10.0, 110.0, ends=False)
    assert len(read_kept(tmp_path)) <= 103
    died = report_of_died(heard_until(tmp_path, 110.0), "w", Subject(), STARTED_AT, 0.1)
    assert died.energy_j == pytest.approx(POWER_W * 100.0, rel=0.01)


def test_a_window_that_went_on_with_another_service_is_whole(connection, tmp_path):
    run(connection(), "w", 10.0, 12.0, ends=False)
    run(connection(goes_on=True), "w", 13.0, 15.0, ends=False)
    died = report_of_died(heard_until(tmp_path, 15.0), "w", Subject(), STARTED_AT, 0.1)
    assert died.duration_s == pytest.approx(5.0)
    assert died.energy_j == pytest.approx(POWER_W * 5.0, rel=0.02)


def test_without_the_service_what_was_kept_ends_with_what_was_heard_last(
    connection, tmp_path, monkeypatch
):
    run(connection(), "w", 10.0, 15.0, ends=False)
    place = {"label": "fit", "stage": None, "execution_count": 1, "run_id": "w"}
    place |= {"started_at": STARTED_AT, "interval_s": 0.1}
    output = new_output("display_data", data={LIVE_MIME_TYPE: place})
    notebook = new_notebook(cells=[new_code_cell("x", outputs=[output])])
    monkeypatch.setattr(cli_died, "PATIENCE_S", 0.2)
    write_reports(notebook, tmp_path, "x.ipynb")  # nobody is there
    died = Report.from_dict(notebook.cells[0].outputs[0].data[MIME_TYPE])
    assert (died.status, died.duration_s) == ("died", pytest.approx(4.9))
    assert str(died).startswith("fit: at least 196")
    assert "first 4.90 s" in died.notes[0]
