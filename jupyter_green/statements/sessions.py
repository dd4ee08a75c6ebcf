"""Who knows what was metered in this session: the extension, where it is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..report.report import Report

sessions: list[Callable[[], Sequence[Report]]] = []
"""Each returns the reports of a session, in the order in which they ended."""
