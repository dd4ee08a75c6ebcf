"""The live view where there is no Jupyter cell: in marimo, and wherever else anywidgets are shown.

The widget stays, and shows the report itself once the last message has come.
"""

from __future__ import annotations

from typing import Any

from ...meter.summary import Subject
from .live_view import EnergyWidget, LiveView


class HostedView(LiveView):
    """Shows a run in a widget that its host shows somewhere."""

    def __init__(self, subject: Subject, widget: EnergyWidget) -> None:
        super().__init__(_NoPlace(), subject)
        self._given = widget

    def _widget_with(self, head: dict[str, Any]) -> EnergyWidget:
        self._given.begin = head
        return self._given

    def _retire(self) -> None:
        """Keep it open: its host shows it as long as it likes."""


class _NoPlace:
    """The place of a widget that is its host's business."""

    def show(self, bundle: dict[str, Any]) -> None:
        """Show nothing."""

    def replace(self, bundle: dict[str, Any]) -> None:
        """Show nothing."""
