"""Joules as grams of CO2e, by the place whose electricity it was.

``grams = kWh × PUE × grams per kWh``, computed when it is asked for. Where a machine stands is
said by its user and never guessed. See ``docs/carbon.md``.
"""

from .emissions import Emissions, emissions
from .intensity import Intensity
from .places import intensity

__all__ = ["Emissions", "Intensity", "emissions", "intensity"]
