"""``jupyter green metrics`` as a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from .host_service import MAIN
from .programs import free_port


class MetricsPage:
    """The page at an address."""

    def __init__(self, address: str) -> None:
        self.address = address

    def text(self) -> str:
        """Return it now."""
        with urllib.request.urlopen(self.address, timeout=10) as answer:
            found: str = answer.read().decode()
        return found

    def look(self) -> Look:
        """Return its rows, and between which times they were asked for."""
        before_ns = time.monotonic_ns()
        text = self.text()
        after_ns = time.monotonic_ns()
        rows = {
            (sample.name.removeprefix("jupyter_green_"), sample.labels.get("domain", "")): float(
                sample.value
            )
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
        return Look(before_ns, after_ns, rows, text)

    def wait_until(self, *, is_up: bool) -> Look:
        """Wait until there is a service, or none."""
        until_s = time.monotonic() + 10
        while (look := self.look()).rows["up", ""] != is_up:
            assert time.monotonic() < until_s, look
            time.sleep(0.05)
        return look


class Look(NamedTuple):
    """The rows of a page by name and domain, and from when to when it was asked for."""

    before_ns: int
    after_ns: int
    rows: dict[tuple[str, str], float]
    text: str


@contextmanager
def metrics_page(service: Path) -> Iterator[MetricsPage]:
    """Serve the page of a host's service."""
    port = free_port()
    listen = ("--listen", f"127.0.0.1:{port}", "--socket", str(service))
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "metrics", *listen], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        while not (line := process.stderr.readline()).startswith("serving"):
            assert line.startswith("no service yet"), line
        yield MetricsPage(line.split()[1])
    finally:
        process.terminate()
        process.stderr.close()
        assert process.wait(10) == 0
