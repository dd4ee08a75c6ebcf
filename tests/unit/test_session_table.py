"""What a session metered: nothing twice, by cell, stage and domain."""

import re
from dataclasses import replace

import pytest

from jupyter_green.estimator.quantity import Energy, Interval
from jupyter_green.meter.between import Between
from jupyter_green.notebook import place
from jupyter_green.notebook.session.reports import Metered, SessionReports, outermost
from jupyter_green.notebook.session.table import session_table
from jupyter_green.sources.base import Scale
from tests.testbench.reports import domain, report

SECOND = 1_000_000_000


def metered(begin_s, end_s, energy_j=10.0, **fields):
    made = report(
        domain(energy_j=energy_j, uncertainty_j=0.4),
        at_s=begin_s,
        duration_s=end_s - begin_s,
        mean_power_w=energy_j / (end_s - begin_s),
        **fields,
    )
    return Metered(made, Interval(int(begin_s * SECOND), int(end_s * SECOND)))


def session(*those):
    made = SessionReports()
    made._metered.extend(those)
    return made


def table(by, *those):
    return session_table(session(*those), by, lambda r: r.label or "unnamed")


def cells(line):
    return re.split(r"\s{2,}", line.strip())


CELL = {"cell_id": "c1", "cell_hash": "h", "execution_count": 3}


def test_windows_within_others_and_windows_that_cross():
    outer, inner = metered(0, 10), metered(2, 4)
    same = metered(0, 10, run_id="the same stretch")
    crossing, after = metered(9, 12), metered(12, 13)
    apart, across = outermost([inner, after, crossing, outer, same])
    assert apart == [outer, after]
    assert across == [crossing]


def test_nothing_metered_is_no_table():
    assert table("cell") is None


def test_runs_of_a_cell_are_one_row_and_all_of_them_are_spent():
    made = table(
        "cell",
        metered(0, 1, 10.0, **CELL, label="fit"),
        metered(2, 3, 30.0, **{**CELL, "execution_count": 5}, label="fit", status="error"),
        metered(5, 6, 7.0, cell_id="c2", cell_hash="g", execution_count=6, label="plot"),
    )
    assert [row[0] for row in made.rows] == ["[5]", "[6]"]
    assert made.rows[0][1] == "30.0 ± 0.4 J"
    assert made.rows[0][4:] == ("2", "40.0 ± 0.6 J", "fit (error)")
    assert made.total[4:] == ("3", "47.0 ± 0.7 J", "total, energy counter")


def test_what_was_achieved_has_a_column_where_there_is_any():
    done = {"metric": {"acc": 0.95312}, "per_count": 100.0, "per_unit": "token"}
    made = table("cell", metered(0, 1, 10.0, **CELL, **done), metered(2, 3, 4.0, label="block"))
    assert made.head[-2:] == ("achieved", "what")
    assert [row[-2] for row in made.rows] == ["100 ± 4 mJ/token, acc 0.9531", ""]
    assert len(made.total) == len(made.head) == 8
    assert "achieved" not in table("cell", metered(0, 1, 10.0, **CELL)).text


def test_a_block_within_a_cell_is_shown_and_not_added():
    made = table("cell", metered(1, 2, 4.0, label="block"), metered(0, 3, 10.0, **CELL))
    assert [row[-1] for row in made.rows] == ["unnamed", "block (nested)"]
    assert made.total[5] == "10.0 ± 0.4 J"
    assert "the total counts them once" in made.text


def test_stages_go_by_their_readings_and_the_total_has_the_scale():
    board = Scale(1.06, "board A", "a paper")
    cell = metered(0, 10, 100.0, stage="training")
    made = table("stage", replace(cell, report=with_scale(cell.report, board)))
    assert made.rows[0][:2] == ("training", "100.0 ± 0.4 J")
    assert made.total[1] == "100 J ± 6 %"
    assert "by their readings alone" in made.remarks[-1]


def test_a_command_in_a_remark_is_code_on_a_page():
    made = replace(table("cell", metered(0, 10)), remarks=("`%green place DE` sets a <place>.",))
    assert "<code>%green place DE</code> sets a &lt;place&gt;." in made.html
    assert "`%green place DE` sets a <place>." in made.text


def with_scale(report, scale):
    domains = {d.id: replace(d, scale=scale) for d in report.domains.values()}
    return replace(report, domains=domains)


def test_stages_and_what_has_none():
    made = table(
        "stage",
        metered(0, 10, 100.0, **CELL),
        metered(1, 3, 30.0, stage="training"),
        metered(4, 5, 5.0, stage="data"),
        metered(20, 21, 15.0, stage="data", cell_id="c9"),
    )
    rows = {row[0]: row[1:] for row in made.rows}
    assert rows["training"][:2] == ("30.0 ± 0.4 J", "26 %")
    assert rows["data"][0] == "20.0 ± 0.6 J"
    assert rows["untagged"][:4] == ("65.0 ± 0.7 J", "57 %", "9.29 W", "7.00 s")
    assert made.total[:2] == ("all windows", "115.0 ± 0.6 J")


def test_what_was_not_metered_to_its_end_makes_each_sum_at_least():
    whole = metered(0, 10, 10.0, stage="data", label="whole")
    lost = metered(11, 20, 20.0, stage="training", label="lost", flags=("host-lost",))
    both = metered(21, 30, 30.0, stage="training", label="both")
    for by, said, quiet in (
        ("cell", ("lost", "total"), ("whole", "both")),
        ("stage", ("training", "all windows"), ("data",)),
    ):
        made = table(by, whole, lost, both)
        rows = [" ".join(row) for row in (*made.rows, made.total)]
        for name in (*said, *quiet):
            (row,) = [row for row in rows if name in row]
            assert ("at least" in row) == (name in said), row


def test_domains_and_those_not_in_the_total():
    both = report(domain(), domain("cpu:0/core", 40.0, counted=False), cell_id="c")
    made = table("domain", Metered(both, Interval(0, 2 * SECOND)))
    assert [(row[0], row[3]) for row in made.rows] == [
        ("cpu:0/package", "100 %"),
        ("cpu:0/core", ""),
    ]
    assert "not in the total" in made.rows[1][5]
    assert (made.total[0], made.total[5]) == ("total", "energy counter")


def test_a_window_that_crosses_another_is_not_in_the_total_and_said():
    made = table("cell", metered(0, 2, 10.0, **CELL), metered(1, 5, 20.0, label="thread"))
    assert made.total[5] == "10.0 ± 0.4 J"
    assert "1 window overlaps an earlier one" in made.text


def test_text_and_page_have_the_same_figures():
    made = table("cell", metered(0, 1, 10.0, **CELL, label="<b>fit</b>"))
    head, _, row, *_ = made.text.splitlines()
    assert cells(head) == ["cell", "energy", "mean", "time", "runs", "spent", "what"]
    for text in cells(row):
        assert text.replace("<", "&lt;").replace(">", "&gt;") in made.html
    assert "<b>" not in made.html
    assert set(made.bundle) == {"text/plain", "text/html"}


# --- CO2e -----------------------------------------------------------------------------------


def with_place(by, *those):
    chosen = place.chosen(["--place", "360", "--pue", "1.5"])  # 150 µg/J
    return session_table(
        session(*those), by, lambda r: r.label or "unnamed", chosen.remark, chosen.grams
    )


def column(made):
    """The cells of CO2e: of the rows, of the total, and below it."""
    at = made.head.index("CO2e")
    assert at in made.figures
    assert made.head[at - 1] == "spent"
    return [row[at] for row in made.rows], made.total[at], [row[at] for row in made.below]


def test_each_row_has_its_grams_where_a_place_is_set():
    runs = [
        metered(0, 1, 10.0, **CELL, label="fit", stage="training"),
        metered(2, 3, 30.0, **CELL, label="fit", stage="data"),
        metered(5, 6, 7.0, label="plot", stage="data", metric={"acc": 0.9}),
    ]
    grams, total, _ = column(with_place("cell", *runs))
    assert grams == ["≈ 6.00 ± 0.08 mg", "≈ 1.05 ± 0.06 mg"]  # all runs of the cell: 40 J
    assert total == "≈ 7.05 ± 0.10 mg"
    grams, total, _ = column(with_place("stage", *runs))
    assert grams == ["≈ 5.55 ± 0.08 mg", "≈ 1.50 ± 0.06 mg"]
    assert total == "≈ 7.05 ± 0.10 mg"
    grams, total, _ = column(with_place("domain", *runs))
    assert grams == [total]
    for by in ("cell", "stage", "domain"):
        plain = table(by, *runs)
        assert "CO2e" not in plain.head
        made = with_place(by, *runs)
        assert {len(row) for row in (made.head, *made.rows, made.total)} == {len(plain.head) + 1}


def test_what_is_inside_of_another_domain_and_what_was_not_read_has_no_grams():
    inner = domain("cpu:0/core", 4.0, 0.1, counted=False)
    both = report(domain(energy_j=10.0), inner, at_s=0.0, duration_s=1.0)
    grams, _, _ = column(with_place("domain", Metered(both, Interval(0, SECOND))))
    assert grams[1] == ""
    unread = Metered(report(at_s=0.0, duration_s=1.0), Interval(0, SECOND))
    assert column(with_place("cell", unread))[:2] == (["–"], "–")


@pytest.mark.parametrize("by", ["cell", "stage"])
def test_grams_are_at_least_as_their_joules_are(by):
    lost = metered(0, 1, stage="data", label="lost", flags=("host-lost",))
    grams, total, _ = column(with_place(by, lost, metered(2, 3, label="whole")))
    assert [each.startswith("at least ≈") for each in (*grams, total)] == [True, False, True]


def test_what_was_used_between_cells_has_its_grams():
    between = Between(Interval(SECOND, 5 * SECOND), {"cpu:0/package": Energy(100.0, 1.0)})
    first, second = metered(0, 1), replace(metered(5, 6), before=between)
    _, _, below = column(with_place("stage", first, second))
    assert below == ["≈ 15.00 ± 0.15 mg", "≈ 18.00 ± 0.17 mg"]
