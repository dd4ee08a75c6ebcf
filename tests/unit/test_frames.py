"""Reports as data frames: tidy, and a clear word where there is no pandas."""

import sys

import pytest

from tests.testbench.reports import domain, estimate, report

GPU = domain("gpu:0", 300.0, 3.0, conditions={"utilization_percent": 87.0}, flags=("shared",))
REPORT = report(estimate(), GPU, domain("cpu:0/core", counted=False), label="fit", stage="training")


@pytest.mark.parametrize("method", ["to_frame", "trace_frame"])
def test_without_pandas_the_remedy_is_said(monkeypatch, method):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        getattr(REPORT, method)()


def test_a_row_for_each_domain_and_the_totals_beside():
    pytest.importorskip("pandas")
    frame = REPORT.to_frame()
    assert list(frame.index) == ["cpu", "gpu:0", "cpu:0/core"]
    assert frame.index.name == "domain"
    assert frame.loc["gpu:0", "energy_j"] == 300.0
    assert frame.loc["gpu:0", "utilization_percent"] == 87.0
    assert frame["temperature_c"].isna().all()
    assert frame.loc["gpu:0", "flags"] == "shared"
    assert frame[frame.counted].energy_j.sum() == frame.attrs["energy_j"] == 310.0
    assert frame.attrs["stage"] == "training"
    assert frame["energy_j"].dtype == frame["temperature_c"].dtype == float
    assert frame["counted"].dtype == bool
    assert list(frame.columns[:3]) == ["energy_j", "uncertainty_j", "mean_power_w"]


def test_a_report_without_domains_is_an_empty_frame():
    pytest.importorskip("pandas")
    frame = report().to_frame()
    assert len(frame) == 0
    assert "energy_j" in frame.columns
    assert report(points=2).trace_frame().shape == (2, 0)


def test_the_curve_as_a_frame():
    pytest.importorskip("pandas")
    frame = REPORT.trace_frame()
    assert (frame.index.name, frame.columns.name) == ("t_s", "power_w")
    assert frame["gpu:0"].isna().tolist()[:2] == [True, False]
    assert frame.loc[2.0, "gpu:0"] == 150.0
