"""Code that does again what was recorded, as often as it is asked to."""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from typing import Any

import torch

from .recording import Call, Loss, backward
from .tensors import copied, tensors_in

Run = Callable[[int], object]
"""Does it n times."""


def replay(call: Call) -> Run:
    """Return a function that calls a layer, and goes back through it where gradients came back."""
    parameters = tuple(call.module.parameters())

    def once(args: Any, kwargs: Any) -> None:
        outputs = call.module(*args, **kwargs)
        if not call.gradients:
            return
        back = [
            (tensor, call.gradients[place])
            for place, tensor in enumerate(tensors_in(outputs))
            if place in call.gradients and tensor.requires_grad
        ]
        leaves = [t for t in (*tensors_in((args, kwargs)), *parameters) if t.requires_grad]
        if back and leaves:
            tensors, gradients = zip(*back, strict=True)
            torch.autograd.grad(tensors, leaves, gradients, allow_unused=True)

    return _looped(call, once)


def replay_whole(call: Call, loss: Loss | None) -> Run:
    """Return a function that runs the model, and goes back from the loss if there is one."""
    parameters = tuple(call.module.parameters())

    def once(args: Any, kwargs: Any) -> None:
        outputs = call.module(*args, **kwargs)
        if loss is not None:
            backward(loss(outputs), (*tensors_in((args, kwargs)), *parameters))

    return _looped(call, once)


def copying(call: Call) -> Run:
    """Return a function that only makes the inputs that each replay of such a call needs."""
    return _looped(call, lambda args, kwargs: None)  # noqa: ARG005


def _looped(call: Call, once: Callable[[Any, Any], None]) -> Run:
    inputs = call.args, call.kwargs

    def run(loops: int) -> None:
        with call.surroundings.restored():
            for _ in repeat(None, loops):
                # As a graph may not be changed at its leaves, copies are made within it.
                once(*(copied(inputs) if call.changes_inputs else inputs))

    return run
