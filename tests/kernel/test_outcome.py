"""``--metric`` and ``--per`` in a real kernel: read when the cell ends, however it ends."""

import pytest


@pytest.mark.parametrize("end", ["", "\n1/0", "\nraise KeyboardInterrupt"])
def test_they_are_read_however_the_cell_ends(kernel, end):
    ran = kernel.run(f"%%energy --metric acc --metric n=len(rows) --per n_tokens token\n"
                     f"acc, rows, n_tokens = 0.9532, [1, 2], 512{end}")  # fmt: skip
    (report,) = ran.reports
    assert report["metric"] == {"acc": 0.9532, "n": 2.0}
    assert report["per"] == {"count": 512.0, "unit": "token"}
    assert report["status"] == ("ok" if not end else "error" if "1/0" in end else "interrupted")
    shown = ran.of("update_display_data")[-1]["data"]
    assert "/token" in shown["text/plain"]
    assert "acc 0.9532" in shown["text/plain"]
    assert "0.9532" in shown["text/html"]


def test_what_fails_is_a_note_and_no_error_of_the_cell(kernel):
    ran = kernel.run("%%energy --metric gone --metric inf=float('inf')\n40 + 2")
    assert (ran.status, ran.value) == ("ok", "42")
    (report,) = ran.reports
    assert report["metric"] == {}
    assert [note.split(":")[0] for note in report["notes"]] == [
        "gone is not known",
        "inf is not known",
    ]
    assert "NameError" in ran.of("update_display_data")[-1]["data"]["text/html"]


def test_a_line_that_is_wrong_runs_nothing(kernel):
    ran = kernel.run("%%energy --metric acc=1+\nran = 1")
    assert ran.reply["ename"] == "UsageError"
    assert kernel.run("'ran' in dir()").value == "False"


def test_they_are_read_in_a_cell_of_one_line_and_in_a_quiet_one(kernel):
    assert kernel.run("%%energy --metric acc\nacc = 0.5").reports[0]["metric"] == {"acc": 0.5}
    kernel.run("%%energy -q -v r --metric acc\nacc = 0.25")
    assert kernel.run("r.metric").value == "{'acc': 0.25}"
