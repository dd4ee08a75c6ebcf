"""What a front end is sent while a metered cell runs."""

import itertools
import json
import os
import signal
import time

import jsonschema
import pytest

from jupyter_green.report.report import Report

from .conftest import LAB

WIDGET = "application/vnd.jupyter.widget-view+json"
BUSY = """%%energy --label busy
import time
end = time.monotonic() + 2
while time.monotonic() < end: pass"""
LONG = "%%energy --label long\nimport time\ntime.sleep(2)"
SAMPLER_PID = "import jupyter_green.meter.shared as m; m.shared_meter().sampler_pid"


def arrival_times(ran):
    """Seconds at which the kernel sent the live messages, from the first one on."""
    times = [
        m["header"]["date"].timestamp()
        for m in ran.messages
        if m["msg_type"] == "comm_msg" and m["content"]["data"].get("method") == "custom"
    ]
    return [t - times[0] for t in times]


def kinds(live):
    """The kinds of the messages, with one end: a kernel that is idle late has refined it."""
    found = [m["kind"] for m in live]
    return found[:-1] if found[-2:] == ["end", "end"] else found


def test_the_view_is_told_that_its_cell_waits_for_somebody_to_type(kernel):
    message = kernel.start("%%energy\nanswer = input('? ')", LAB, allow_stdin=True)
    kernel.client.get_stdin_msg(timeout=20)
    time.sleep(0.5)
    kernel.client.input("42")
    ran = kernel.finish(message)
    waits = [m["now"].get("waits") for m in ran.live if m["kind"] == "samples"]
    assert True in waits
    assert set(waits) <= {True, None}


def test_the_widget_appears_before_the_body_and_is_replaced_in_place(kernel):
    ran = kernel.run("%%energy\nprint('body')", LAB)
    kinds = [m["msg_type"] for m in ran.messages]
    assert kinds.index("display_data") < kinds.index("stream") < kinds.index("update_display_data")
    shown, replaced = ran.of("display_data"), ran.of("update_display_data")
    assert (len(shown), len(replaced)) == (1, 1), (shown, replaced)  # seen once to be (2, …)
    (shown,), (replaced,) = shown, replaced
    assert WIDGET in shown["data"]
    assert "text/html" in shown["data"]
    assert replaced["transient"]["display_id"] == shown["transient"]["display_id"]
    assert set(replaced["data"]) == {
        "application/vnd.jupyter-green.report.v1+json",
        "text/html",
        "text/latex",
        "text/plain",
    }
    Report.from_dict(ran.reports[0])
    assert ran.reports[0]["cell_id"] == LAB["cellId"]


def test_the_messages_are_numbered_complete_and_say_who_they_belong_to(kernel):
    ran = kernel.run(LONG, LAB)
    live = ran.live
    kinds_seen = kinds(live)
    assert kinds_seen == ["begin", *["samples"] * (len(kinds_seen) - 2), "end"]
    assert [m["seq"] for m in live] == list(range(len(live)))
    assert {m["run_id"] for m in live} == {ran.reports[0]["run_id"]}
    assert {m["cell_id"] for m in live} == {LAB["cellId"]}
    assert all(m["label"] == "long" and "state" not in m for m in live)
    assert live[-1]["report"] == ran.reports[0]
    samples = [m for m in live if m["kind"] == "samples"]
    times = [t for m in samples for t in m["t_s"]]
    assert times == sorted(set(times))
    joules = [e for m in samples for e in m["energy_j"]]
    assert joules == sorted(joules)
    # The last point is up to a sampling period before the end.
    assert 0.8 < joules[-1] / ran.reports[0]["energy_j"] < 1.05


def test_a_cell_that_is_over_at_once_sends_no_curve(kernel):
    ran = kernel.run("%%energy\npass", LAB)
    assert kinds(ran.live) == ["begin", "end"]
    updates = [c["data"].get("state", {}) for c in ran.of("comm_msg")]
    assert not any("history" in state for state in updates)


def test_all_widgets_have_one_layout_which_is_made_again_if_somebody_closes_it(kernel):
    first, second = (kernel.run("%%energy\npass", LAB) for _ in range(2))
    assert [_model(c) for c in second.of("comm_open")] == ["AnyModel"]
    layouts = {ran.of("comm_open")[-1]["data"]["state"]["layout"] for ran in (first, second)}
    assert len(layouts) == 1
    kernel.run("from ipywidgets import Widget; Widget.close_all()")
    third = kernel.run("%%energy\npass", LAB)
    assert [_model(c) for c in third.of("comm_open")] == ["LayoutModel", "AnyModel"]
    kernel.run("%reload_ext jupyter_green")
    assert kernel.run("len(Widget.widgets)").value == "0"


def _model(opened):
    return opened["data"]["state"]["_model_name"]


def test_a_busy_cell_updates_at_least_four_times_a_second_and_at_most_ten(kernel):
    kernel.run("%%energy\npass", LAB)
    times = arrival_times(kernel.run(BUSY, LAB))
    assert max(b - a for a, b in itertools.pairwise(times)) < 0.25 * 2
    assert 4 * 2 <= len(times) <= 10 * 2 + 5


def test_what_was_sampled_while_the_gil_was_held_comes_at_full_resolution(kernel):
    held = (
        "%%energy\nimport ctypes, time\ntime.sleep(1.2)\n"
        "ctypes.PyDLL(None).usleep(2_000_000)\ntime.sleep(0.5)"
    )
    live = kernel.run(held, LAB).live[1:-1]
    largest = max(live, key=lambda m: len(m["t_s"]))
    assert largest["t_s"][-1] - largest["t_s"][0] > 1.5
    assert len(largest["t_s"]) >= 8  # 20 where no other program keeps the sampler from its time
    times = [t for m in live for t in m["t_s"]]
    assert max(b - a for a, b in itertools.pairwise(times)) < 1


def test_the_history_comes_for_views_that_were_late(kernel):
    ran = kernel.run(LONG, LAB)
    histories = [
        c["data"]["state"]["history"]
        for c in ran.of("comm_msg")
        if "history" in c["data"].get("state", {})
    ]
    assert len(histories) >= 2  # after 0.5 s, 1 s and at the end
    assert histories[-1]["kind"] == "samples"
    sent = [m for m in ran.live if m["kind"] == "samples" and m["seq"] <= histories[-1]["seq"]]
    assert histories[-1]["t_s"] == [t for m in sent for t in m["t_s"]]


def test_a_page_that_comes_late_learns_whose_place_an_output_holds(kernel):
    ran = kernel.run("%%energy\n1", LAB)
    place = ran.of("display_data")[0]["data"]["application/vnd.jupyter-green.live.v1+json"]
    assert place == {"schema": "jupyter-green.live.v1", "run_id": ran.reports[0]["run_id"]}
    kinds = [m["msg_type"] for m in ran.messages]
    assert kinds.index("comm_open") < kinds.index("display_data")


def test_the_messages_say_how_fine_and_how_fresh_each_domain_is(kernel):
    ran = kernel.run(LONG, LAB)
    live = ran.live
    assert all(domain["resolution_s"] > 0 for domain in live[0]["domains"])
    before_s = 0.0
    for now in (message["now"] for message in live[1:-1]):
        for id_, figures in now["domains"].items():  # on a busy machine messages are farther apart
            assert before_s - 0.5 < figures["t_s"] < ran.reports[0]["duration_s"] + 0.5, id_
        before_s = now["t_s"]
    peaks = [m["now"]["peak_power_w"] for m in live[1:-1] if m["now"]["peak_power_w"] is not None]
    assert peaks == sorted(peaks)
    watts = [m["now"]["power_w"] for m in live[1:-1] if m["now"]["power_w"] is not None]
    assert peaks[-1] >= max(watts)


def test_the_baseline_is_told_once_it_is_known(kernel):
    assert "baseline_w" not in kernel.run("%%energy\n1", LAB).live[0]["domains"][0]
    kernel.run(
        "import jupyter_green.meter.shared as m\n"
        "from jupyter_green.meter.baseline import Baseline\n"
        "ids = [d.id for d in m.shared_meter().discover().domains]\n"
        "m.shared_meter().baseline = Baseline('2026-01-02T03:04:05Z', 10.0,\n"
        "    {id_: 12.5 for id_ in ids}, {id_: 0.5 for id_ in ids})"
    )
    live = kernel.run("%%energy\n1", LAB).live
    kernel.run("m.shared_meter().baseline = None")
    assert {domain["baseline_w"] for domain in live[0]["domains"]} == {12.5}


def test_a_report_that_cannot_be_made_is_said_in_its_place(kernel):
    kernel.run(
        "import jupyter_green.notebook.output.bundle as o\n"
        "kept = o.bundle\n"
        "def broken(report): raise RuntimeError('no <report> today')\n"
        "o.bundle = broken"
    )
    ran = kernel.run("%%energy\n40 + 2", LAB)
    kernel.run("o.bundle = kept")
    assert (ran.status, ran.value) == ("ok", "42")
    assert (ran.live[-1]["kind"], ran.live[-1]["report"]) == ("end", None)
    assert "no <report> today" in ran.live[-1]["error"]
    (replaced,) = ran.of("update_display_data")
    assert WIDGET not in replaced["data"]
    assert "no &lt;report&gt; today" in replaced["data"]["text/html"]


def test_no_widget_where_no_front_end_would_show_it(kernel):
    ran = kernel.run("%%energy\n1")
    assert ran.of("comm_open") == ran.live == []
    (shown,), (replaced,) = ran.of("display_data"), ran.of("update_display_data")
    assert WIDGET not in shown["data"]
    assert "text/html" in replaced["data"]


def test_without_widgets_a_cell_ends_with_its_final_figure(kernel_with, truth, nvml):
    truth.add("gpu:0", power_w=200.0)
    environment = {k: v for k, v in os.environ.items() if k != "CUDA_VISIBLE_DEVICES"}
    kernel = kernel_with(environment | nvml.env)
    kernel.run("%load_ext jupyter_green")
    kernel.run("%%energy\npass")  # the first use probes the sensors
    kernel.run("import time; time.sleep(0.5)")
    # Shorter by far than the GPU's refresh; a program that runs notebooks takes nothing later.
    ran = kernel.run("%%energy\npass")
    (report,) = ran.reports
    last = "get_ipython().magics_manager.registry['EnergyMagics']._session.all()[-1].report"
    final = json.loads(kernel.run(f"import json; print(json.dumps({last}.to_dict()))").text)
    assert report == final
    later = kernel.run("time.sleep(0.5)")
    assert later.of("update_display_data") == []


def test_a_thread_that_outlives_the_cell_changes_nothing(kernel):
    ran = kernel.run(
        "%%energy\nimport threading, time\n"
        "threading.Thread(target=time.sleep, args=(0.5,)).start()\n'done'",
        LAB,
    )
    assert (ran.value, len(ran.reports)) == ("'done'", 1)


def test_a_killed_sampler_leaves_cell_and_report(kernel):
    kernel.run("%%energy\n1")
    pid = int(kernel.run(SAMPLER_PID).value)
    request = kernel.start("%%energy\nimport time; time.sleep(1.5)\n'done'", LAB)
    time.sleep(0.7)
    os.kill(pid, signal.SIGKILL)
    ran = kernel.finish(request)
    assert (ran.status, ran.value) == ("ok", "'done'")
    assert ran.reports[0]["gaps"]
    assert ran.reports[0]["energy_j"] > 0


def test_a_killed_kernel_takes_its_sampler_with_it(kernel_with):
    kernel = kernel_with()
    kernel.run("%load_ext jupyter_green")
    kernel.run("%%energy\n1")
    pid = int(kernel.run(SAMPLER_PID).value)
    kernel.start("%%energy\nimport time; time.sleep(30)")
    time.sleep(0.5)
    kernel.manager.provisioner.process.kill()
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("the sampler lives on")


def test_a_broken_meter_leaves_the_cell_alone(kernel):
    kernel.run(
        "import jupyter_green.notebook.cells.cell_meter as c\n"
        "kept = c.shared_meter\n"
        "def broken(): raise RuntimeError('no meter today')\n"
        "c.shared_meter = broken"
    )
    ran = kernel.run("%%energy\n40 + 2")
    kernel.run("c.shared_meter = kept")
    assert (ran.status, ran.value) == ("ok", "42")
    assert "no meter today" in ran.text
    assert "%reload_ext" in ran.text


@pytest.mark.parametrize("front_end", [LAB, None], ids=["live", "static"])
def test_a_summary_that_fails_is_said_in_the_reports_place(kernel, front_end):
    kernel.run(
        "import jupyter_green.meter.window as m\n"
        "summary = m.Window._summary\n"
        "def broken(self): raise RuntimeError('no sums today')\n"
        "m.Window._summary = broken"
    )
    ran = kernel.run("%%energy\n40 + 2", front_end)
    kernel.run("m.Window._summary = summary")
    assert (ran.status, ran.value) == ("ok", "42")
    (replaced,) = ran.of("update_display_data")
    assert set(replaced["data"]) == {"text/html", "text/plain"}
    assert "no report: RuntimeError: no sums today" in replaced["data"]["text/plain"]
    if front_end:
        assert ran.live[-1]["kind"] == "end"
        assert "no sums today" in ran.live[-1]["error"]


def test_a_cells_address_is_not_in_the_report(kernel):
    address = "vscode-notebook-cell:/home/lovelace/secret.ipynb#W1"
    first, second = (kernel.run("%%energy\n1", {"cellId": address}) for _ in range(2))
    assert "lovelace" not in str(first.reports) + str(first.live)
    assert first.reports[0]["cell_id"] == second.reports[0]["cell_id"] is not None


def test_the_report_fits_the_schema(kernel):
    import json
    from importlib import resources

    schema = json.loads(
        (resources.files("jupyter_green.report") / "report.v1.schema.json").read_text()
    )
    jsonschema.validate(kernel.run("%%energy\n1").reports[0], schema)


def test_loading_the_extension_imports_nothing_heavy(kernel_with):
    kernel = kernel_with()
    before = "import sys; had = set(sys.modules)"
    kernel.run(before)
    kernel.run("%load_ext jupyter_green")
    loaded = kernel.run(
        "[m for m in ('matplotlib', 'numpy', 'scipy', 'torch', 'optuna', 'sklearn', 'anywidget',"
        " 'pynvml', 'pandas') if m in sys.modules and m not in had]"
    )
    assert loaded.value == "[]"
