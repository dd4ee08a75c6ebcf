"""What a training will have used at its end, from the epochs that are done."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ...repeats.student import quantile
from ...report import format as figures

LEAST_DONE = 3
"""The first epoch is left out, and a scatter needs two."""
DRIFT = 0.03
"""How far the mean of the epochs to come may have moved, as a share: boards warm up."""


@dataclass(frozen=True)
class Forecast:
    """The joules of a whole training, forecast.

    The interval holds what epochs scatter and drift, and not the scale of the sensors, which the
    joules so far have in common with it.
    """

    energy_j: float
    done: int
    """Epochs that it rests on, the first included."""
    count: int
    """Epochs in all."""
    rest_j: float
    """What the epochs to come will use."""
    scatter_j: float
    """What they would use more, if each was one standard deviation above those that are done."""
    provenance: str | None = None

    @property
    def uncertainty_j(self) -> float:
        """Half-width of the 95 % interval."""
        if not self.rest_j:
            return 0.0
        known = self.done - 1
        t = quantile(0.95, known - 1)
        return math.hypot(t * self.scatter_j * math.sqrt(1 + 1 / known), DRIFT * self.rest_j)

    def __str__(self) -> str:
        """Return it as one line: ``"50.2 ± 1.6 kJ for 25 epochs, forecast from 8"``."""
        joules = figures.energy(self.energy_j, self.uncertainty_j, self.provenance)
        known = f"forecast from {self.done}" if self.done < self.count else "all done"
        return f"{joules} for {self.count} epochs, {known}"


def forecast(
    epochs_j: Sequence[float], count: int, provenance: str | None = None
) -> Forecast | None:
    """Return the joules of `count` epochs from those that are done.

    With *m* and *s*, mean and standard deviation of the *k* epochs behind the first, the *r*
    epochs to come use *r·m*. Each of them may be off as far as one more epoch would be,
    ``t · s · √(1 + 1/k)``, and all to the same side, as what holds for one epoch mostly holds for
    the next. For what drifts, 3 % of *r·m* are added in quadrature.

    Parameters
    ----------
    epochs_j
        Joules of each epoch so far, with what lies between them.
    count
        Epochs in all.
    provenance
        Of the joules.

    Returns
    -------
    Forecast
        ``None`` before three epochs are done, as the first one is not like the others: it
        compiles, fills caches, starts workers.
    """
    done, rest = len(epochs_j), count - len(epochs_j)
    spent_j = math.fsum(epochs_j)
    if rest <= 0:
        return Forecast(spent_j, done, done, 0.0, 0.0, provenance)
    if done < LEAST_DONE:
        return None
    known = epochs_j[1:]
    mean_j = math.fsum(known) / len(known)
    variance = math.fsum((each - mean_j) ** 2 for each in known) / (len(known) - 1)
    return Forecast(
        energy_j=spent_j + rest * mean_j,
        done=done,
        count=count,
        rest_j=rest * mean_j,
        scatter_j=rest * math.sqrt(variance),
        provenance=provenance,
    )
