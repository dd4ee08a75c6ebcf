"""The report: JSON that the schema allows, small, and read back without loss or guesses."""

import dataclasses
import json
import math
import re
from dataclasses import replace
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from IPython.lib.pretty import pretty

from jupyter_green.report import times
from jupyter_green.report.addition import total_provenance
from jupyter_green.report.curve import MAX_TRACE_POINTS, thin
from jupyter_green.report.fields import DomainReport, ReportError, ReportFields, ReportTrace
from jupyter_green.report.record import MAX_FACTOR, MAX_JSON_BYTES, TABLES
from jupyter_green.report.report import Report
from jupyter_green.report.validation import LEAST, MOST, MOST_COUNT
from jupyter_green.sources.base import Missing, Provenance

CASES = json.loads((Path(__file__).parents[1] / "data" / "record_cases.json").read_text())
SCHEMA = json.loads((resources.files("jupyter_green.report") / "report.v1.schema.json").read_text())


def report(domains=2, points=1000, **changes):
    ids = [f"gpu:{k}" for k in range(domains)]
    made = Report(
        run_id="0123456789abcdef0123456789abcdef",
        status="ok",
        started_at="2026-01-01T12:00:00.000Z",
        duration_s=points / 10,
        energy_j=123.456789 * domains,
        uncertainty_j=1.23456,
        provenance="counter",
        mean_power_w=61.728,
        peak_power_w=99.9,
        domains={
            id_: DomainReport(
                id_,
                "NVIDIA H100 PCIe",
                "nvml",
                123.456789,
                0.87654,
                61.7,
                Provenance.COUNTER,
                0.1,
                counted=True,
                flags=("wrapped",),
            )
            for id_ in ids
        },
        missing=(Missing("rapl", "not here", "measure on the host"),),
        trace=ReportTrace(
            tuple(k / 10 for k in range(points)),
            {id_: tuple(60 + 10 * math.sin(k / 7) for k in range(points)) for id_ in ids},
        ),
        gaps=((1.0, 2.0),),
        meter_version="0.1.0",
        interval_s=0.1,
        label="fit",
    )
    return replace(made, **changes)


def test_what_is_written_fits_the_schema_and_comes_back():
    record = json.loads(json.dumps(report().to_dict()))
    jsonschema.validate(record, SCHEMA)
    back = Report.from_dict(record)
    assert back.to_dict() == record
    assert back.domains["gpu:1"].flags == ("wrapped",)
    assert back.missing == report().missing


def test_a_report_without_any_domain_fits_too():
    empty = report(
        domains=0,
        energy_j=None,
        uncertainty_j=None,
        provenance=None,
        mean_power_w=None,
        peak_power_w=None,
    )
    record = json.loads(json.dumps(empty.to_dict()))
    jsonschema.validate(record, SCHEMA)
    assert Report.from_dict(record).energy_j is None


@pytest.mark.parametrize("version", ["2", "10"])
def test_a_record_of_a_later_version_says_to_upgrade(version):
    record = report().to_dict() | {"schema": f"jupyter-green.report.v{version}", "energy_j": "?"}
    with pytest.raises(ReportError, match=r"newer than .*`pip install --upgrade jupyter-green`"):
        Report.from_dict(record)


def test_fields_of_a_later_version_pass_through():
    later = {"water_l": 0.25, "origin": {"site": "a", "parts": [1, None, "ä"]}}
    back = Report.from_dict(report().to_dict() | later)
    assert back.later == later
    record = json.loads(json.dumps(back.to_dict()))
    jsonschema.validate(record, SCHEMA)
    assert record == report().to_dict() | later
    assert Report.from_dict(record) == back


def test_what_is_no_json_or_has_no_room_does_not_pass_through():
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    unfit = {"deep": deep, "nan": math.nan, "kind": object, 3: 4, "long": "x" * 5000}
    back = Report.from_dict(report().to_dict() | {"water_l": 0.25} | unfit)
    assert back.to_dict() == report().to_dict() | {"water_l": 0.25}


@pytest.mark.parametrize("schema", ["jupyter-green.report.v0", "jupyter-green.report.v2x", "v2", 2])
def test_another_schema_is_none_of_ours(schema):
    with pytest.raises(ReportError, match="schema") as refused:
        Report.from_dict(report().to_dict() | {"schema": schema})
    assert "upgrade" not in str(refused.value)


@pytest.mark.parametrize("domains", [1, 4, 12, 34])
def test_it_is_small_whatever_the_number_of_domains(domains):
    record = report(domains=domains).to_dict()
    assert len(json.dumps(record, separators=(",", ":")).encode()) <= MAX_JSON_BYTES
    assert len(record["trace"]["t_s"]) <= MAX_TRACE_POINTS


def test_rounding_stays_far_below_the_uncertainty():
    record = report().to_dict()
    assert record["energy_j"] == pytest.approx(246.913578, abs=0.001)
    assert len(str(record["energy_j"])) <= 8


def test_thinning_keeps_peaks_dips_and_ends():
    watts = [50.0] * 5000
    watts[1234], watts[4000] = 300.0, 1.0
    trace = thin(ReportTrace(tuple(map(float, range(5000))), {"gpu:0": tuple(watts)}), 240)
    assert len(trace.t_s) <= 240
    assert max(trace.power_w["gpu:0"]) == 300.0
    assert min(trace.power_w["gpu:0"]) == 1.0
    assert (trace.t_s[0], trace.t_s[-1]) == (0.0, 4999.0)


def broken(change):
    record = report().to_dict()
    change(record)
    return record


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.update(schema="jupyter-green.report.v9"),
        lambda r: r.pop("domains"),
        lambda r: r.update(energy_j="12"),
        lambda r: r.update(duration_s=None),
        lambda r: r.update(status="fine"),
        lambda r: r["domains"][0].update(provenance="guess"),
        lambda r: r["domains"][0].pop("energy_j"),
        lambda r: r["trace"].update(t_s=["a"]),
        lambda r: r.update(label=7),
    ],
)
def test_what_does_not_fit_is_refused_by_schema_and_reader(change):
    record = broken(change)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(record, SCHEMA)
    with pytest.raises(ReportError):
        Report.from_dict(record)


@pytest.mark.parametrize("record", [None, [], "x", 3, {"schema": "jupyter-green.report.v1"}])
def test_what_is_no_report_at_all_is_refused(record):
    with pytest.raises(ReportError):
        Report.from_dict(record)


@pytest.mark.parametrize(
    ("kinds", "total"),
    [
        ([], None),
        (["counter", "counter"], "counter"),
        (["counter", "power"], "power"),
        (["estimate"], "estimate"),
        (["counter", "estimate"], "mixed"),
        (["power", "mixed"], "mixed"),
    ],
)
def test_a_total_is_marked_by_what_is_in_it(kinds, total):
    assert total_provenance(kinds) == total


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["what"])
def test_a_record_is_read_or_refused_as_the_panel_does(case):
    record = json.loads(json.dumps(CASES["record"]))
    *above, last = case["place"]
    owner = record
    for step in above:
        owner = owner[step]
    owner[last] = case["value"]
    if case["fits"]:
        jsonschema.validate(record, SCHEMA)
        assert str(Report.from_dict(record))
    else:
        with pytest.raises(ReportError, match=rf"report.*{re.escape(str(case['place'][0]))}"):
            Report.from_dict(record)


def test_the_schema_has_the_limits_of_the_reader():
    fields = SCHEMA["properties"]
    assert fields["started_at"]["pattern"] == fields["baseline_at"]["pattern"] == times.PATTERN
    assert (SCHEMA["$defs"]["figure"]["maximum"], -LEAST) == (
        MOST,
        SCHEMA["$defs"]["figure"]["not"]["exclusiveMinimum"],
    )
    assert fields["execution_count"]["maximum"] == MOST_COUNT
    assert SCHEMA["$defs"]["scale"]["properties"]["factor"]["maximum"] == (MAX_FACTOR)


def test_what_is_written_can_be_read_however_long_its_texts_are():
    long = "x" * 5000
    made = report(label=long, stage=long, notebook=long, cell_id=long, per_count=1, per_unit=long)
    domain = replace(next(iter(made.domains.values())), device=long, note=long, source=long)
    made = replace(made, domains={domain.id: domain}, gaps=((0.1, 0.2),) * 100)
    assert Report.from_dict(made.to_dict()).label == "x" * 199 + "…"


def test_a_record_that_was_read_is_written_with_the_same_digits():
    record = report(uncertainty_j=0.99996, energy_j=12.345678).to_dict()
    assert Report.from_dict(record).to_dict() == record


def test_ipython_shows_the_line_not_every_field():
    assert pretty(report()) == str(report())


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.__name__)
def test_the_record_holds_every_field(kind):
    written = {field.attribute or name for table in TABLES[kind] for name, field in table.items()}
    not_written = {
        ReportFields: {"later", "parts", "sum_scales", "bound_part_j"},
        DomainReport: {"bound_part_j"},
    }.get(kind, set())
    assert written | not_written == {field.name for field in dataclasses.fields(kind)}
