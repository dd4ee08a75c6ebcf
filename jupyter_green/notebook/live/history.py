"""All points of a live curve so far, in bounded room: what a view that comes late is given."""

from __future__ import annotations

from typing import Any

from ...report.curve import kept_points
from ...report.fields import ReportTrace

HISTORY_POINTS = 600
MOST_GAPS = 64


class History:
    """The samples of one run, thinned where they have grown many; watts keep their peaks.

    It takes ``samples`` messages as :mod:`.live_messages` makes them.
    """

    def __init__(self) -> None:
        self._t_s: list[float] = []
        self._energy_j: list[float | None] = []
        self._power_w: dict[str, list[float | None]] = {}
        self._gaps: list[list[float]] = []
        self._now: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self._t_s)

    def add(self, samples: dict[str, Any]) -> None:
        """Take in what is later than all before; of other hosts not every message tells."""
        known = self._now.get("elsewhere")
        self._now = ({} if known is None else {"elsewhere": known}) | samples["now"]
        before, new = len(self._t_s), len(samples["t_s"])
        self._t_s += samples["t_s"]
        self._energy_j += samples["energy_j"]
        self._gaps += samples["gaps"]
        for id_ in samples["power_w"].keys() - self._power_w.keys():
            self._power_w[id_] = [None] * before  # a domain that has come since
        for id_, column in self._power_w.items():
            column.extend(samples["power_w"].get(id_) or [None] * new)
        if len(self._t_s) > 2 * HISTORY_POINTS:
            self._thin()
        if len(self._gaps) > 2 * MOST_GAPS:
            self._keep_widest_gaps()

    def record(self) -> dict[str, Any]:
        """Return it as a ``samples`` message has it: in at most `HISTORY_POINTS` points."""
        self._keep_widest_gaps()
        record = {
            "t_s": self._t_s,
            "energy_j": self._energy_j,
            "power_w": self._power_w,
            "gaps": list(self._gaps),
            "now": self._now,
        }
        return thinned(record, HISTORY_POINTS)

    def _thin(self) -> None:
        kept = thinned(self.record(), HISTORY_POINTS)
        self._t_s, self._energy_j = kept["t_s"], kept["energy_j"]
        self._power_w = kept["power_w"]

    def _keep_widest_gaps(self) -> None:
        widest = sorted(self._gaps, key=lambda gap: gap[0] - gap[1])[:MOST_GAPS]
        self._gaps = sorted(widest)


def thinned(samples: dict[str, Any], points: int) -> dict[str, Any]:
    """Return at most this many points of samples, the joules thinned along with the watts."""
    kept = kept_points(ReportTrace(samples["t_s"], samples["power_w"]), points)
    return samples | {
        "t_s": [samples["t_s"][i] for i in kept],
        "energy_j": [samples["energy_j"][i] for i in kept],
        "power_w": {id_: [watts[i] for i in kept] for id_, watts in samples["power_w"].items()},
    }
