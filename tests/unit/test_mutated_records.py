"""Records from anywhere: what does not fit is refused with a reason, what fits can be used.

``python -m benchmarks.records`` does the same with 250 000 mutations.
"""

import json
import time
import tracemalloc
from importlib import resources

import jsonschema
import pytest

from jupyter_green.report.fields import ReportError
from jupyter_green.report.report import Report
from tests.testbench.mutations import DEEP, ODD, mutations
from tests.testbench.records import real_records
from tests.testbench.uses import framed, lost, plotted, unfit, used

SCHEMA = json.loads((resources.files("jupyter_green.report") / "report.v1.schema.json").read_text())
MOST_S = 0.05
MOST_BYTES = 50e6
LONGEST_ERROR = 500


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """Real records, by what they are of."""
    return real_records(tmp_path_factory.mktemp("records"))


def read(record):
    """Return a record's report, or what is wrong with it."""
    try:
        return Report.from_dict(record), ""
    except ReportError as error:
        return None, str(error)


def test_real_records_come_back_as_they_were(records):
    for record in records.values():
        jsonschema.validate(record, SCHEMA)
        assert Report.from_dict(record).to_dict() == record


def test_a_mutated_record_is_refused_with_a_reason_or_can_be_used(records):
    beside = Report.from_dict(records["measured and estimated"])
    refused = accepted = 0
    for mutation in mutations(records, seed=1, number=3000):
        report, error = read(mutation.record)
        if report is None:
            assert error.startswith("report"), mutation.changes
            assert len(error) <= LONGEST_ERROR, mutation.changes
            assert not unfit(error), mutation.changes
            refused += 1
            continue
        assert lost(mutation.record, report.to_dict()) == [], mutation.changes
        accepted += 1
        if accepted % 4 == 0:
            used(report, beside)
        if accepted % 60 == 0:
            framed(report)
    assert refused > 1000
    assert accepted > 500


def test_what_is_accepted_can_be_plotted(records):
    read_ones = (read(mutation.record)[0] for mutation in mutations(records, seed=2, number=200))
    accepted = [report for report in read_ones if report is not None]
    for report in accepted[:8]:
        plotted(report)


def test_python_and_the_schema_say_the_same(records):
    """What relates several fields the schema cannot say, so that Python refuses more."""
    validator = jsonschema.Draft202012Validator(SCHEMA)
    together = (
        "as that of a domain before",
        "for each of",
        "in front",
        "ends before",
        "a time such",
    )
    for mutation in mutations(records, seed=3, number=150):
        if not _is_json(mutation.record):
            continue
        report, error = read(mutation.record)
        if report is not None or not any(words in error for words in together):
            assert validator.is_valid(mutation.record) is (report is not None), mutation.changes


@pytest.mark.parametrize("place", ["", "label", "gaps", "domains", "trace", "metric", "energy_j"])
def test_no_value_takes_long_or_much_memory(records, place):
    record = records["a sum of windows"]
    tracemalloc.start()
    try:
        for odd in ODD:
            before, began_s = tracemalloc.get_traced_memory()[0], time.thread_time()
            tracemalloc.reset_peak()
            read({**record, place: odd} if place else odd)
            took_s = time.thread_time() - began_s
            took_bytes = tracemalloc.get_traced_memory()[1] - before
            assert took_s < MOST_S
            assert took_bytes < MOST_BYTES
    finally:
        tracemalloc.stop()


def _is_json(record):
    """Whether JSON could hold a record, and the schema's checker can look at it."""
    try:
        text = json.dumps(record, allow_nan=False)  # makes texts of names that are numbers
        return len(text) < DEEP and json.loads(text) == record
    except (TypeError, ValueError, RecursionError):
        return False
