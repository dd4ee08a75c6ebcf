"""When to poll a counter so as to see the refreshes that follow a window's edge.

A counter shows the energy of its last refresh, up to a whole period ago. What
was used at a window's edge follows from the refreshes around it, so these are
watched: coarsely until the first one after the edge, then finely around the
next, which is due one period later. No reading is taken between, and none once
enough refreshes were seen. A quick counter is watched without a pause: a thread
wakes up late by a tenth of its period, and would find that it has moved.
"""

from __future__ import annotations

import math

COARSE_STEPS = 20
"""Polls in one period until the first refresh is seen."""
FINE_STEPS = 100
SHORTEST_STEP_S = 0.0001
LONGEST_S = 0.24
"""It ends by then, so that a figure is final a quarter of a second after its window."""
QUICK_S = 0.005
"""Counters of shorter periods are quick."""
REFRESHES = 2
QUICK_REFRESHES = 3
RECENT_PERIODS = 4
DRIFT = 0.02
"""By how much a period may differ from the one that is expected, as a share of it."""
SHARP = 0.25
"""A refresh that is known to within this share of a period says something about the period."""
SPARE_PERIODS = 0.5
"""How much longer than the refreshes take a counter is watched that does not move."""


class EdgePolling:
    """One counter's refreshes after one edge. All times in seconds on one clock.

    Parameters
    ----------
    period_s
        The counter's refresh period.
    now_s
        The time of the edge, at which the counter was just read.
    last_s
        When a refresh was last seen. A recent one says when the next is due, so
        that it is polled for finely at once.
    known
        Whether the period was seen before. Until then there is no pause between
        the refreshes, in which others might be missed.
    """

    def __init__(
        self, period_s: float, now_s: float, last_s: float | None = None, *, known: bool = True
    ) -> None:
        self._period_s = period_s
        self._coarse_s = max(period_s / COARSE_STEPS, SHORTEST_STEP_S)
        self._fine_s = max(period_s / FINE_STEPS, SHORTEST_STEP_S)
        is_quick = period_s < QUICK_S
        self._refreshes = QUICK_REFRESHES if is_quick else REFRESHES
        periods = self._refreshes + SPARE_PERIODS
        self._until_s = now_s + min(periods * period_s, LONGEST_S)
        self._known = known
        self._pauses = known and not is_quick
        self._seen = 0
        self._first_s: float | None = None
        self._looked_s = now_s
        self.observed_s: float | None = None
        """The period as it was seen, where it was not known."""
        self.due_s: float | None = now_s + self._coarse_s
        """When to poll next; ``None`` once it is over."""
        if self._pauses and last_s is not None and now_s - last_s < RECENT_PERIODS * period_s:
            ahead = math.floor((now_s - last_s) / period_s) + 1
            margin_s = self._fine_s + ahead * DRIFT * period_s
            self.due_s = max(last_s + ahead * period_s - margin_s, now_s + self._fine_s)
            self._coarse_s = self._fine_s
        self.due_s = min(self.due_s, self._until_s)

    def polled(self, now_s: float, *, refreshed: bool) -> None:
        """Say what a poll brought."""
        unseen_s, self._looked_s = now_s - self._looked_s, now_s
        if refreshed:
            self._seen += 1
            is_sharp = unseen_s < SHARP * self._period_s or self._period_s < QUICK_S
            if self._seen == 1:
                self._first_s = now_s if is_sharp else None
            elif self._seen == 2 and self._first_s is not None and is_sharp and not self._known:
                self.observed_s = now_s - self._first_s
        if self._seen >= self._refreshes or now_s >= self._until_s:
            self.due_s = None
            return
        if not self._pauses:
            step_s = self._coarse_s
        elif refreshed:
            # The refresh lies behind the poll before, which may have been late, so the
            # next one may come as much before a period from now.
            early_s = unseen_s + self._fine_s + DRIFT * self._period_s
            step_s = max(self._period_s - early_s, self._fine_s)
        else:
            step_s = self._fine_s if self._seen else self._coarse_s
        self.due_s = min(now_s + step_s, self._until_s)
