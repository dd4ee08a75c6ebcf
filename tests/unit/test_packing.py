"""Rows are small, and those that were written stay readable."""

import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_green.ledger.packing import COMMON, packed, unpacked
from tests.testbench.handed_in import report

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
)


@given(values)
def test_what_was_packed_comes_back(record):
    assert unpacked(packed(record)) == record


def test_the_words_of_the_rows_that_there_are_never_change():
    """Whoever adds a word makes every ledger unreadable: it needs another schema, and both."""
    assert (len(COMMON), zlib.adler32(COMMON)) == (3208, 4226424620)


def test_a_row_that_was_written_without_them_is_read():
    record = report().to_dict()
    assert unpacked(zlib.compress(json.dumps(record).encode())) == record


def test_a_report_takes_a_fifth_of_its_text():
    record = report().to_dict()
    assert len(packed(record)) < len(json.dumps(record)) / 5


@pytest.mark.parametrize(
    "body", [b"", b"x", packed({"a": "b" * 99})[:-5], zlib.compress(b"{"), zlib.compress(b"\xff")]
)
def test_bytes_that_hold_no_record_are_told_apart(body):
    with pytest.raises(ValueError):
        unpacked(body)
