"""What joules emitted, in words."""

from __future__ import annotations

import html

from ..carbon import Emissions, Intensity, emissions
from ..carbon.emissions import NO_PUE
from ..carbon.places import Place
from ..carbon.settings import NO_PLACE, factor_of
from ..printable import printable
from .fields import ReportFields
from .format import at_least, mass
from .scale import ScaleRange

JOULES_ALONE = "± is that of the joules; how uncertain the intensity is, nobody publishes."
NO_BUILDING = "PUE 1.0, as where none is given: cooling and losses of a building are not in it."


class Emitted(Emissions):
    """Grams of CO2e of a report; print it to read it."""

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        # A notebook breaks text as such anywhere, but a paragraph between words.
        return f'<p style="margin:4px 0">{html.escape(printable(str(self)))}</p>'

    def __str__(self) -> str:
        """Return the grams and what they rest on, as one line."""
        return f"CO2e {grams(self)}, at {factor_words(self.intensity, self.pue)}"


def emitted(report: ReportFields, place: Place | None, pue: float | None) -> Emitted | None:
    """Return what a report's joules emitted, ``None`` where there are none."""
    found = factor_of(place, pue)
    if found is None:
        raise ValueError(NO_PLACE)
    if report.energy_j is None:
        return None
    plain = emissions(
        report.energy_j,
        report.uncertainty_j,
        *found,
        scale=report.scale_range,
        is_at_least=report.is_at_least,
    )
    return Emitted(**vars(plain))


def grams(emissions: Emissions) -> str:
    """Return the grams with what is known of them, such as ``"≈ 12.3 ± 0.4 g"``."""
    figure = mass(emissions.emissions_g, emissions.uncertainty_g, ScaleRange(*emissions.scale))
    return at_least(figure) if emissions.is_at_least else figure


def factor_words(intensity: Intensity, pue: float) -> str:
    """Return by what joules became grams, such as ``"318 g/kWh (Germany …) × PUE 1.2"``."""
    return f"{intensity} × PUE {'1.0' if pue == NO_PUE else f'{pue:g}'}"
