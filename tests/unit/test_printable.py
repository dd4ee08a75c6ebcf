"""Texts from outside reach no terminal and no page with escape sequences or turned round."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from jupyter_green.cli.main import main
from jupyter_green.cli.table import metered_cells, table
from jupyter_green.doctor import text as doctor_text
from jupyter_green.doctor.examination import Absence, Diagnosis, Place, Sensor
from jupyter_green.estimator.quantity import Interval
from jupyter_green.meter.baseline import Baseline
from jupyter_green.notebook import doctor as doctor_page
from jupyter_green.notebook.cells.cell_meter import _say_broken
from jupyter_green.notebook.output import bundle, compact
from jupyter_green.notebook.output import repeats as repeats_page
from jupyter_green.notebook.session.reports import Metered
from jupyter_green.notebook.session.table import session_table
from jupyter_green.printable import (
    LONGEST_MESSAGE,
    message_of,
    printable,
    printable_lines,
    shortened,
)
from jupyter_green.repeats.result import Repeats
from jupyter_green.report.fields import MIME_TYPE
from jupyter_green.sources import remedies
from jupyter_green.sources.base import MAX_REASON, Discovery, Domain, Missing, Provenance, Scale
from jupyter_green.sources.discovery import open_sources
from jupyter_green.sources.remedies import Remedy
from tests.testbench import reports
from tests.testbench.uses import framed, printed, unfit

CASES = json.loads((Path(__file__).parents[1] / "data" / "printable_cases.json").read_text())
BAD = "\x1b[31m\u202e\x00\nevil\ud800"


def bad(name):
    """A name that would colour a terminal, turn a line round and break it."""
    return f"{name}{BAD}"


DOMAIN = reports.domain(
    bad("gpu:0"),
    device=bad("NVIDIA"),
    flags=(bad("a-later-flag"),),
    note=bad("a note"),
    scale=Scale(1.5, bad("board"), bad("a paper")),
)
REPORT = replace(
    reports.report(DOMAIN, reports.domain("cpu:0/core", counted=False, note=bad("inside"))),
    label=bad("fit"),
    stage=bad("training"),
    missing=(Missing(bad("rapl"), bad("not here"), bad("go `elsewhere`")),),
    flags=(bad("another-flag"),),
)
OTHER = replace(reports.report(reports.domain(bad("gpu:1")), at_s=60), label=bad("fit 2"))
RUNS = tuple(replace(REPORT, run_id=f"run {k}") for k in range(3))


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case["text"]))
def test_a_text_is_printed_as_the_panel_does(case):
    assert printable(case["text"]) == case["printed"]
    assert not unfit(case["printed"])


def test_line_breaks_stay_where_they_are_wanted():
    assert printable_lines("one\n\x1b[31mtwo\r\n") == "one\n\ufffd[31mtwo \n"


class Session:
    """A session in which the report was metered."""

    forgotten = 0

    def all(self):
        return [Metered(REPORT, Interval(0, 9))]


def session_bundle(by):
    made = session_table(Session(), by, lambda report: report.label)
    assert made is not None
    return made.bundle


def notebook():
    data = {MIME_TYPE: REPORT.to_dict(), "text/plain": str(REPORT)}
    cell = new_code_cell(bad("fit()"), outputs=[new_output("display_data", data)])
    broken = {MIME_TYPE: {**REPORT.to_dict(), "status": bad("fine"), bad("x"): 1}}
    other = new_code_cell(bad("rest()"), outputs=[new_output("display_data", broken)])
    return new_notebook(cells=[cell, other])


def diagnosis():
    sensor = Sensor(
        id=bad("gpu:0"), device=bad("NVIDIA H100 with a name that goes on"), source="nvml",
        provenance="counter", counted=True, note=bad("a note"), flags=(), permission="granted",
        mean_power_w=70.0, nominal_period_s=0.1, observed_period_s=None, observed_margin_s=None,
        reported_power_w=None, agrees=None,
    )  # fmt: skip
    place = Place("0", "CPython", bad("Linux"), 2, 2.0, True, 0, (bad("torch"),), None, "")
    absence = Absence(bad("rapl"), bad("not here"), (Remedy(bad("Measure on the host")),))
    return Diagnosis(3.0, place, (sensor,), (absence,), ())


DISCOVERY = Discovery(
    (Domain(bad("gpu:0"), bad("NVIDIA"), "nvml", Provenance.COUNTER, 0.1, note=bad("a note")),),
    (Missing(bad("rapl"), bad("not here"), bad("go elsewhere")),),
)
PRINTERS = {
    "the report's line, table, page and compact line": lambda: "".join(printed(REPORT)),
    "a cell's text/plain": lambda: bundle.bundle(REPORT)["text/plain"],
    "a compact cell's text/plain": lambda: compact.bundle(REPORT)["text/plain"],
    "the place of a running cell": lambda: json_text(bundle.placeholder(bad("fit"))),
    "no report": lambda: json_text(bundle.no_report(bad("it broke"))),
    "a comparison": lambda: str(REPORT.compare(OTHER)),
    "a sum": lambda: str(REPORT + OTHER),
    "runs": lambda: json_text(repeats_page.bundle(Repeats(1, RUNS), None)),
    "a session by cell": lambda: json_text(session_bundle("cell")),
    "a session by stage": lambda: json_text(session_bundle("stage")),
    "a session by domain": lambda: json_text(session_bundle("domain")),
    "the command line's table": lambda: table(metered_cells(notebook())),
    "the doctor in a shell": lambda: doctor_text.text(diagnosis()),
    "the doctor in a notebook": lambda: doctor_page.html(diagnosis()),
    "what can be measured": lambda: str(DISCOVERY),
    "a baseline": lambda: str(Baseline("2026-01-01T00:00:00Z", 9.0, {BAD: 1.0}, {BAD: 0.1})),
}


def json_text(data):
    """What a bundle holds for people."""
    return data["text/plain"] + data["text/html"]


@pytest.mark.parametrize("printer", PRINTERS)
def test_no_printer_shows_an_escape_sequence(printer):
    text = PRINTERS[printer]()
    assert "\ufffd[31m" in text or printer == "a session by stage"
    assert unfit(text) == []


def test_a_line_stays_a_line():
    assert "\n" not in str(REPORT)
    assert [row for row in REPORT.table().splitlines() if not row.strip()] == []
    assert len(table(metered_cells(notebook())).split("\ntotal")) == 2


def test_frames_can_be_printed():
    framed(REPORT)
    assert list(REPORT.to_frame().index) == [printable(id_) for id_ in REPORT.domains]


def test_a_figure_has_no_escape_sequence(tmp_path):
    page = tmp_path / "figure.svg"
    REPORT.plot().savefig(page)
    drawn = page.read_text(encoding="utf-8")
    assert "\x1b" not in drawn
    assert "\u202e" not in drawn


def test_a_refused_sum_names_a_board_without_its_escape_sequence():
    here = replace(REPORT, host="one", domains={"gpu:0": replace(DOMAIN, board=bad("GPU-1"))})
    with pytest.raises(ValueError, match=r"board GPU-1\ufffd\[31m") as refused:
        here + replace(here, run_id="other", host="two")
    assert unfit(str(refused.value)) == []


def test_the_record_keeps_what_was_said():
    assert REPORT.to_dict()["label"] == bad("fit")


def test_a_file_with_an_escape_sequence_in_its_name_or_text_is_refused_in_one_line(
    tmp_path, capsys
):
    path = tmp_path / "\x1b[31mevil.ipynb"
    for content in ("{", "[" * 100_000, json.dumps({"nbformat": 4, "cells": bad("x") * 10_000})):
        path.write_text(content)
        assert main(["execute", str(path)]) == 2
        said = capsys.readouterr().err
        assert unfit(said) == []
        assert said.count("\n") == 1
        assert len(said) <= LONGEST_MESSAGE + 1
        assert "is not a" in said


def test_no_message_is_longer_than_a_person_reads():
    driver = "it broke " * 2000
    missing = Missing("gpu:0", driver, driver)
    assert len(missing.reason) == len(missing.remedy) == MAX_REASON
    assert missing.reason.endswith("…")
    assert len(message_of(RuntimeError(driver))) == LONGEST_MESSAGE
    assert len(bundle.no_report(driver)["text/plain"]) == LONGEST_MESSAGE
    named = Domain("gpu:0" * 100, "NVIDIA " * 100, "nvml", Provenance.COUNTER, 0.1)
    made = replace(REPORT, missing=(missing,), domains={named.id: reports.domain(named.id)})
    assert type(made).from_dict(made.to_dict()).missing == (missing,)


def test_a_driver_that_says_too_much_is_cut_short(capsys):
    def probe(_):
        raise RuntimeError("\x1b[31mno " * 5000)

    sources, missing = open_sources({}, probes=[("nvml", probe)])
    for source in sources:
        source.close()
    (nvml,) = (each for each in missing if each.id == "nvml")
    assert len(nvml.reason) == MAX_REASON
    made = replace(REPORT, missing=(nvml,))
    for text in printed(made):
        assert unfit(text) == []
    _say_broken(RuntimeError("\x1b[31mno " * 5000))
    said = capsys.readouterr().err
    assert unfit(said) == []
    assert len(said) < 2000


@pytest.mark.parametrize("longest", [1, 5, 100])
def test_a_text_is_cut_off_where_it_is_too_long(longest):
    assert shortened("x" * 100, longest) == "x" * (longest if longest == 100 else longest - 1) + (
        "" if longest == 100 else "…"
    )


def test_composed_remedies_have_room_in_a_report():
    for name, together in vars(remedies).items():
        if isinstance(together, tuple) and together and isinstance(together[0], Remedy):
            missing = Missing("rapl", "not here", remedies.compose(together))
            assert remedies.of(missing.remedy) == together, name


def test_a_remedy_as_root_says_what_root_may_do():
    as_root = [
        each
        for each in vars(remedies).values()
        if isinstance(each, Remedy) and "--user root" in each.command
    ]
    assert len(as_root) >= 3
    for remedy in as_root:
        assert re.search(r"as root, can change any file mounted from the host", remedy.exposes)
