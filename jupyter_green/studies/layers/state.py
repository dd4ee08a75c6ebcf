"""What a study must leave as it was: all that a model holds, and the random numbers to come."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from .tensors import changes

Restore = Callable[[], object]


@contextmanager
def kept(model: Any) -> Iterator[None]:
    """Put everything back when the block is left, however it is left.

    Weights, buffers, gradients, hooks, training flags and all other attributes of each
    module; the random numbers of torch on every device, of Python and of NumPy. What is
    equal to what was kept is not written to.
    """
    restores = [*_random_numbers(), *_modules(model), *_tensors(model)]
    try:
        yield
    finally:
        try:
            _all(restores)
        except BaseException:  # an interrupt: begin again, and let it pass when all is back
            _all(restores)
            raise


def _all(restores: list[Restore]) -> None:
    for restore in restores:
        restore()


# --- random numbers -------------------------------------------------------------------------


def _random_numbers() -> Iterator[Restore]:
    python = random.getstate()
    yield lambda: random.setstate(python)
    cpu = torch.get_rng_state()
    yield lambda: torch.set_rng_state(cpu)
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        cuda = torch.cuda.get_rng_state_all()
        yield lambda: torch.cuda.set_rng_state_all(cuda)
    if torch.backends.mps.is_available():
        mps = torch.mps.get_rng_state()
        yield lambda: torch.mps.set_rng_state(mps)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpys = numpy.random.get_state()
        yield lambda: numpy.random.set_state(numpys)


# --- modules --------------------------------------------------------------------------------


def _modules(model: Any) -> Iterator[Restore]:
    """Keep the attributes of each module, and what its dictionaries, lists and sets hold."""
    for module in model.modules():
        for value in vars(module).values():
            if isinstance(value, (dict, list, set)):
                yield _container(value)
        yield _container(vars(module))


def _container(container: Any) -> Restore:
    items = container.copy()

    def restore() -> None:
        if isinstance(container, list):
            container[:] = items
        else:
            container.clear()
            container.update(items)

    return restore


# --- tensors --------------------------------------------------------------------------------


def _tensors(model: Any) -> Iterator[Restore]:
    """Keep what stands in the tensors and generators that a module holds, each once."""
    seen = set()
    for module in model.modules():
        for value in _held(module):
            if id(value) not in seen:
                seen.add(id(value))
                yield _tensor(value) if isinstance(value, torch.Tensor) else _generator(value)


def _held(module: Any) -> Iterator[Any]:
    for value in list(vars(module).values()):
        inner = value.values() if isinstance(value, dict) else value
        items = list(inner) if isinstance(value, (dict, list, tuple, set)) else [value]
        yield from (item for item in items if isinstance(item, (torch.Tensor, torch.Generator)))


def _generator(generator: Any) -> Restore:
    state = generator.get_state()
    return lambda: generator.set_state(state)


def _tensor(tensor: Any) -> Restore:
    restore_values = _values(tensor)
    needs_grad = tensor.requires_grad
    grad = tensor.grad if tensor.is_leaf else None
    restore_grad = None if grad is None else _values(grad)

    def restore() -> None:
        restore_values()
        if tensor.is_leaf:
            if tensor.requires_grad != needs_grad:
                tensor.requires_grad_(needs_grad)
            if tensor.grad is not grad:
                tensor.grad = grad
            if restore_grad is not None:
                restore_grad()

    return restore


def _values(tensor: Any) -> Restore:
    before, changes_before = tensor.detach().clone(), changes(tensor)
    # Torch compares no others, such as the sparse gradients of embeddings.
    is_plain = tensor.layout is torch.strided and not (tensor.is_nested or tensor.is_meta)

    def restore() -> None:
        # By `data`: a graph of the user's that needs the tensor stays good for its backward.
        same = torch.equal(tensor.data, before) if is_plain else changes(tensor) == changes_before
        if not same:
            tensor.data.copy_(before)

    return restore
