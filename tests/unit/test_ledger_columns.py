"""A row of a record that this version wrote is the same whether or not all of it is read."""

import json
import random
import re
from dataclasses import replace

import pytest

from jupyter_green import __version__
from jupyter_green.ledger import row
from jupyter_green.ledger.columns import of_own_record, of_report
from jupyter_green.ledger.row import UnfitEntry, pause_row_of, row_of
from jupyter_green.report.fields import ReportError
from jupyter_green.report.report import Report
from tests.testbench.handed_in import report
from tests.testbench.mutations import mutations
from tests.testbench.records import real_records

SEEN = (
    *("schema", "run_id", "status", "label", "stage", "notebook", "cell_id", "cell_hash"),
    *(
        "execution_count",
        "started_at",
        "duration_s",
        "host",
        "energy_j",
        "uncertainty_j",
        "provenance",
        "domains",
    ),
)
"""What of a record stands in columns."""
BESIDE = r"id|board|provenance|energy_j|uncertainty_j|counted|scale\.(factor|group)"
LOOKED_AT = re.compile(rf"report\.({'|'.join(SEEN[:-1])}|domains(\[\d+\]\.({BESIDE}))?) ")


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """Real records of this version, by what they are of."""
    found = real_records(tmp_path_factory.mktemp("records"))
    return {name: record | {"meter": own(record)} for name, record in found.items()}


def own(record):
    return {**record["meter"], "version": __version__}


def read(record):
    """Return a record's report, or what is wrong with it."""
    try:
        return Report.from_dict(record), ""
    except ReportError as error:
        return None, str(error)


def entry_of(record, **more):
    return {"run_id": record["run_id"], "written_ns": 1, "begin_ns": 7, "report": record, **more}


def test_real_records_need_not_be_read_as_a_whole(records):
    for name, record in records.items():
        assert of_own_record(record) == of_report(Report.from_dict(record)), name


def test_records_of_other_versions_are_read_as_a_whole():
    for version in ("0.0.9", "", None, 7):
        record = report().to_dict()
        record["meter"]["version"] = version
        assert of_own_record(record) is None
    assert of_own_record(report().to_dict() | {"schema": "jupyter-green.report.v2"}) is None


def test_what_is_looked_at_is_the_same_both_ways_or_left_to_the_careful_one(records):
    """Also of records that went wrong."""
    both = 0
    for mutation in mutations(records, seed=16, number=6000):
        found = of_own_record(mutation.record)
        if found is None:
            continue
        report, refusal = read(mutation.record)
        if report is None:
            assert not LOOKED_AT.match(refusal), (mutation.changes, refusal)
        else:
            assert found == of_report(report), mutation.changes
            both += 1
    assert both > 1000


def test_rows_and_pauses_are_the_same_both_ways(records, monkeypatch):
    rng = random.Random(16)
    for name, record in records.items():
        domains = {domain["id"]: [rng.random() * 9, rng.random()] for domain in record["domains"]}
        entry = entry_of(record, pause={"begin_ns": -5, "domains": domains}, session="one")
        fast = row_of(entry, {})
        fast_pause = pause_row_of(entry, fast)
        with monkeypatch.context() as patch:
            patch.setattr(row, "of_own_record", lambda _: None)
            careful = row_of(entry, {})
            assert fast == careful, name
            assert fast_pause == pause_row_of(entry, careful), name


def test_a_row_holds_the_whole_report():
    found = report(label="fit", trace=replace(report().trace, t_s=(0.0, 1.0)))
    made = row_of(entry_of(json.loads(json.dumps(found.to_dict()))), {})
    assert row.report_of(made.window["body"], made.trace).to_dict() == found.to_dict()


@pytest.mark.parametrize("field", SEEN)
@pytest.mark.parametrize("value", [[[]], {}, "x" * 2000, -1.0, float("nan"), True, 1 << 80])
def test_an_unfit_column_is_refused_as_by_the_careful_way(field, value, monkeypatch):
    record = report().to_dict() | {field: value}
    with pytest.raises(UnfitEntry) as fast:
        row_of(entry_of(record), {})
    monkeypatch.setattr(row, "of_own_record", lambda _: None)
    with pytest.raises(UnfitEntry) as careful:
        row_of(entry_of(record), {})
    assert str(fast.value) == str(careful.value)
