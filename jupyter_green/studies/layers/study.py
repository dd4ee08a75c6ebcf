"""``jg.layers``: the joules of each layer of a torch model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ...meter.shared import shared_meter
from ...wrong_type import WrongTypeError

if TYPE_CHECKING:
    from .result import Layers

MODES = ("forward", "train")


def layers(
    model: Any,
    batch: Any,
    mode: str = "forward",
    rounds: int = 6,
    seed: int = 0,
    *,
    loss: Callable[[Any], Any] | None = None,
    window_s: float | None = None,
) -> Layers:
    """Measure what each layer of a torch model uses in one run: joules, and its share.

    The model runs once, and the call of each layer is recorded with its inputs: a layer is a
    module that runs no other. Then each call is replayed alone, as often as the sensors need,
    in rounds with the whole model and in random order. Before the rounds it prints how long
    they take.

    Model and random numbers are afterwards as they were, bit for bit, whatever happens:
    weights, buffers such as batch-norm's statistics, gradients, hooks, training flags. Hooks of
    your own run as often as the layers do.

    Parameters
    ----------
    model
        A ``torch.nn.Module``, on any device, in the mode that ``train()`` or ``eval()`` gave it.
    batch
        What the model is called with: a tensor, a tuple or list of arguments, or a mapping of
        keyword arguments.
    mode
        ``"forward"`` runs without gradients; ``"train"`` runs forward and backward, with the
        gradients that come back to each layer. There is no step of an optimizer.
    rounds
        How often everything is measured.
    seed
        Of the order within each round.
    loss
        For ``"train"``: makes a scalar of the model's output. Without one, the output's ``loss``
        or else the sum of its squares.
    window_s
        How long each measurement is, in seconds. ``None`` takes as long as the sensors need: 0.1 s
        with RAPL, 2 s with NVML.

    Raises
    ------
    ImportError
        Without torch.
    TypeError, ValueError
        For what is no module, for modes and numbers that there are not, and for a loss without
        gradients; before anything runs, save the last.

    An interrupt keeps the whole rounds if there are two or more. The model's own exceptions pass
    through.
    """
    if mode not in MODES:
        raise ValueError(f'mode is {mode!r}: give "forward" or "train"')
    if isinstance(rounds, bool) or not isinstance(rounds, int):
        raise WrongTypeError(f"rounds is {rounds!r}: give a whole number, such as 6")
    if rounds < 1:
        raise ValueError(f"rounds is {rounds}: give 1 or more, and 2 or more for intervals")
    if window_s is not None and not 0 < window_s <= 3600:
        raise ValueError(f"window_s is {window_s!r}: give seconds above 0, or None")
    if loss is not None and mode != "train":
        raise ValueError('a loss is for mode="train": omit it, or train')
    if loss is not None and not callable(loss):
        raise WrongTypeError("loss is not callable: give a function of the model's output")
    measuring = _measuring()
    args, kwargs = _arguments(batch)
    plan = measuring.Plan(mode=mode, rounds=rounds, seed=seed, loss=loss, window_s=window_s)
    result: Layers = measuring.measure_layers(shared_meter(), model, args, kwargs, plan)
    return result


def _arguments(batch: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return positional and keyword arguments of a model."""
    if isinstance(batch, Mapping):
        return (), dict(batch)
    is_several = isinstance(batch, (tuple, list)) and not hasattr(batch, "_fields")
    return (tuple(batch) if is_several else (batch,)), {}


def _measuring() -> ModuleType:
    """Return the module that needs torch."""
    try:
        from . import measuring
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise ImportError("jg.layers measures torch models: `pip install torch`") from error
    return measuring
