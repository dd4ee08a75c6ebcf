"""The line of a cell that is metered because all are."""

from jupyter_green.notebook.output import compact, summary
from jupyter_green.report.fields import MIME_TYPE
from jupyter_green.sources.base import Missing
from tests.testbench.reports import domain, estimate, report


def test_the_line():
    made = report(domain(energy_j=12.3, uncertainty_j=0.4), duration_s=1.2, mean_power_w=10.25)
    assert summary.line(made) == "12.3 ± 0.4 J · 10.2 W mean · 1.20 s · measured"


def test_marks():
    assert summary.line(report(estimate())) == "≈ 10 ± 4 J · ≈ 5 ± 2 W mean · 2.00 s · estimated"
    assert summary.line(report(domain(), estimate())).endswith(" s · partly estimated")
    assert summary.line(report(domain(), status="error")).endswith(" · measured · error")
    assert "REPLAY" in summary.line(report(domain(), flags=("replayed",)))
    assert summary.line(report(domain(energy_j=1.0))) == "< 2.0 J · 2.00 s · measured"
    assert summary.line(report()) == "not measured · 2.00 s"


def test_it_unfolds_to_what_a_report_says_of_its_baseline():
    made = report(
        domain(),
        net_energy_j=60.0,
        net_uncertainty_j=4.0,
        baseline_at="2025-01-01T00:00:00Z",
    )
    page = compact.html(made)
    assert "Net 60 ± 4 J above idle." in page
    assert "<code>%green baseline</code> measures it again" in page


def test_the_bundle_is_that_of_every_report_and_its_page_is_small():
    made = report(
        *(domain(f"gpu:{k}", flags=("shared",)) for k in range(8)),
        missing=(Missing("rapl", "not <here>", "measure `on the host`"),),
        flags=("host-busy",),
    )
    bundle = compact.bundle(made)
    assert set(bundle) == {MIME_TYPE, "text/html", "text/latex", "text/plain"}
    assert bundle[MIME_TYPE] == made.to_dict()
    page = bundle["text/html"]
    assert page.startswith("<details")
    assert page.index("800 ± 3 J") < page.index("</summary>") < page.index("gpu:7")
    assert "&lt;here&gt;" in page
    assert "<code>on the host</code>" in page
    assert "Other programs used most" in page
    assert len(page.encode()) < 4096
