"""Parquet: the columns of the CSV with types, written in parts, by pyarrow (an extra)."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from .selection import Selection, Written
from .texts import encodable
from .windows import rows, types

if TYPE_CHECKING:
    import pyarrow as pa

_AT_ONCE = 5000
"""Rows of a part, which is held in memory."""


def write(selection: Selection, out: BinaryIO) -> Written:
    """Write the windows as Parquet.

    Raises
    ------
    ImportError
        Without pyarrow.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise ImportError("Parquet needs pyarrow: pip install 'jupyter-green[parquet]'") from None
    schema = _schema(selection)
    count = 0
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        found = rows(selection)
        while part := list(islice(found, _AT_ONCE)):
            clean = [{name: encodable(value) for name, value in row.items()} for row in part]
            writer.write_table(pa.Table.from_pylist(clean, schema))
            count += len(part)
    return Written(count)


def _schema(selection: Selection) -> pa.Schema:
    import pyarrow as pa

    kinds = {str: pa.string(), float: pa.float64(), int: pa.int64()}
    return pa.schema([(name, kinds[kind]) for name, kind in types(selection).items()])
