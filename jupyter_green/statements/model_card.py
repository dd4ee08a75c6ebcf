"""The CO2e of a model, as the metadata of its card on the Hugging Face Hub have it.

The fields are those of huggingface.co/docs/hub/model-cards-co2: ``emissions`` is in grams.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .._version import __version__
from ..carbon.intensity import GIVEN
from ..carbon.places import Place
from ..ledger.emitted import Factor, emitted
from ..ledger.figures import estimated, measured
from ..printable import printable
from ..report.emitted import factor_words
from ..report.report import Report
from . import boundary
from .carbon import required
from .facts import Facts
from .gathering import NO_JOULES, gathered
from .quantities import counted

KEY = "co2_eq_emissions"
_DIGITS = 4
_NO_YAML = re.compile("[\ufdd0-\ufdef\ufffe\uffff\ufeff]")
"""What YAML's readers refuse, or drop."""


@dataclass(frozen=True)
class ModelCard:
    """What a model's training emitted; print it to have the YAML for the head of its README."""

    emissions_g: float
    """Grams of CO2e."""
    source: str
    training_type: str | None
    geographical_location: str | None
    hardware_used: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return the metadata, such as ``huggingface_hub.ModelCardData(**card.to_dict())`` takes.

        What is not known is left out.
        """
        fields = {
            "emissions": self.emissions_g,
            "source": self.source,
            "training_type": self.training_type,
            "geographical_location": self.geographical_location,
            "hardware_used": self.hardware_used,
        }
        return {KEY: {name: value for name, value in fields.items() if value is not None}}

    def __str__(self) -> str:
        """Return the metadata as YAML."""
        return "\n".join(
            [f"{KEY}:", *(f"  {name}: {_yaml(v)}" for name, v in self.to_dict()[KEY].items())]
        )

    def __repr__(self) -> str:
        return str(self)


def model_card(
    reports: Report | Iterable[Report] | None = None,
    *,
    place: Place | None = None,
    pue: float | None = None,
    training_type: str | None = None,
    geographical_location: str | None = None,
    project: str | None = None,
) -> ModelCard:
    """Return the ``co2_eq_emissions`` of a model's card: of all runs, failed ones included.

    Parameters
    ----------
    reports
        What the model took; without them all that the ledger has of the project, or, where there
        is no ledger, of this session.
    place
        Where the machine stands: see :func:`jupyter_green.carbon.intensity`. Without one, what
        is set by ``%green place`` or in ``JUPYTER_GREEN_PLACE``. None is guessed.
    pue
        What the building draws for each watt of its computers; without one 1.0.
    training_type
        Such as ``"pre-training"`` or ``"fine-tuning"``.
    geographical_location
        As it is to stand in the card, such as ``"Quebec, Canada"``; without it the place's name.
    project
        A project of the ledger: its folder, or the last part of it; without it the one that this
        program runs in.

    Raises
    ------
    TypeError, ValueError
        Without a place, for one that cannot be one, and where nothing was metered.
    """
    factor = required(place, pue)
    for name, text in (
        ("training_type", training_type),
        ("geographical_location", geographical_location),
    ):
        if text is not None and not (isinstance(text, str) and text.strip()):
            raise ValueError(f"{name} is {text!r}: give a text, such as 'fine-tuning' or 'Paris'")
    return card_of(gathered(reports, project), factor, training_type, geographical_location)


def card_of(
    facts: Facts,
    factor: Factor,
    training_type: str | None = None,
    geographical_location: str | None = None,
) -> ModelCard:
    """Return the card of what facts say.

    Raises
    ------
    ValueError
        Where no joules are known.
    """
    kinds = [
        (joules, f"{shown(joules)} {how}")
        for joules, shown, how in (
            (facts.total.measured, measured, "measured"),
            (facts.total.estimated, estimated, "estimated by a model"),
        )
        if joules.shares
    ]
    if not kinds:
        raise ValueError(NO_JOULES)
    emissions = [emitted(joules, factor) for joules, _ in kinds]
    grams = sum(each.emissions_g for each in emissions if each)
    runs = counted(facts.runs, "run")
    source = (
        f"jupyter-green {__version__}: {' and '.join(text for _, text in kinds)}, {runs}, "
        f"{facts.total.failed} of them failed, interrupted or died; "
        f"{factor_words(*factor)}"
    )
    place = None if factor.intensity.place == GIVEN else factor.intensity.place
    return ModelCard(
        float(f"{grams:.{_DIGITS}g}"),
        source,
        training_type,
        geographical_location or place,
        boundary.hardware(facts) or None,
    )


def _yaml(value: float | str) -> str:
    """Return a number or a text as YAML 1.1 and 1.2 read it; JSON's quotes are YAML's."""
    if isinstance(value, str):
        return json.dumps(_NO_YAML.sub("\ufffd", printable(value)), ensure_ascii=False)
    return f"{Decimal(repr(value)):f}"  # YAML 1.1 takes 1e-06 for a text
