"""Outputs of cells, as a notebook keeps them."""

from collections.abc import Iterable
from typing import Any


def joined(outputs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The outputs, with the neighbouring pieces of one stream put together.

    How a kernel cuts printed text into messages is up to the clock: ``print('a')`` writes
    twice, and a flush may come between. nbclient keeps the pieces apart.
    """
    whole: list[dict[str, Any]] = []
    for output in outputs:
        name = output.get("name")
        if output["output_type"] == "stream" and whole and whole[-1].get("name") == name:
            whole[-1]["text"] += output["text"]
        else:
            whole.append(dict(output))
    return whole
