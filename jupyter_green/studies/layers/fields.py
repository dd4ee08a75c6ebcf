"""What a result of layers holds: frozen data, from which its text, figure and frame are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...repeats.result import Repeats
from ...report.scale import EXACT, ScaleRange
from .figures import Figures


@dataclass(frozen=True)
class LayerCall:
    """One call of a layer: its name in the model, which call of it this is, and its figures."""

    name: str
    number: int
    """From 1 on; more than 1 where a module is used several times in one run."""
    kind: str
    """The module's class, such as ``Conv2d``."""
    figures: Figures


@dataclass(frozen=True)
class KindTotal:
    """All calls of layers of one kind together."""

    kind: str
    calls: int
    figures: Figures


@dataclass(frozen=True)
class LayersFields:
    """What each layer of a model uses in one run of it.

    Each call was replayed alone, in rounds with the whole model. Shares are of the whole;
    what is left is the `residual`: operations that belong to no layer, and whatever differs
    between a layer that runs alone and one among others, such as caches.
    """

    model: str
    """The model's class."""
    mode: str
    """``forward`` or ``train``."""
    is_training: bool
    """Whether the model was in training mode, as ``model.train()`` puts it."""
    whole: Figures
    calls: tuple[LayerCall, ...] = field(repr=False)
    """In the order in which they ran; none where only the whole could be measured."""
    by_type: Mapping[str, KindTotal] = field(repr=False)
    """The largest first."""
    residual: Figures | None
    """The whole less its layers, with its sign; ``None`` where there are none."""
    rounds: int
    seed: int
    provenance: str | None
    """How the joules came about, as in a report."""
    scale_range: ScaleRange = EXACT
    """Between how many times the joules the true ones lie; shares are free of it."""
    remarks: tuple[str, ...] = ()
    """What there is to know about the figures, as sentences."""
    runs: Mapping[str, Repeats] = field(default_factory=dict, repr=False)
    """What was measured, by label: the windows' reports are in it."""
