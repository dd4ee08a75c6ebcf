"""The list of forms. A form's module is loaded when it is to be written."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .selection import Write


class Form(NamedTuple):
    """A form: the module that writes it, and what a person should know of it."""

    module: str
    summary: str
    is_text: bool = True

    def load(self) -> Write:
        """Return the function that writes it."""
        write: Write = importlib.import_module(f".{self.module}", __package__).write
        return write


FORMS: Mapping[str, Form] = {
    "csv": Form("comma_separated", "a row for each window"),
    "jsonl": Form("json_lines", "a line of JSON for each window, with its report"),
    "parquet": Form("parquet", "the same columns for pandas, DuckDB and others", is_text=False),
    "codecarbon": Form("codecarbon", "CodeCarbon's CSV"),
    "cyclonedx": Form("cyclonedx", "CycloneDX 1.6: what a model's stages used"),
    "spdx": Form("spdx", "SPDX 3.0.1: what training, fine-tuning and inference used"),
    "boamps": Form("boamps", "BoAmps 1.1: a draft of a report"),
    "prometheus": Form("prometheus", "a counter of joules for the textfile collector"),
    "otel": Form("opentelemetry", "OpenTelemetry: hw.energy as a line of OTLP JSON"),
}
