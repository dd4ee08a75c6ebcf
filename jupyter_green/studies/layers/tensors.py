"""Tensors within the arguments and results of modules: in tuples, lists and mappings."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch


def tensors_in(value: Any) -> Iterator[Any]:
    """Yield the tensors of a nested value, in order."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from tensors_in(item)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from tensors_in(item)


def changes(tensor: Any) -> int:
    """Return how often a tensor was changed in place, as torch counts it."""
    return 0 if tensor.is_inference() else int(tensor._version)  # noqa: SLF001  (the one way to ask)


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a nested value with each of its tensors changed; everything else is the same."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, tuple):
        items = [mapped(item, change) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, (list, dict)):
        changed = copy.copy(value)
        for key, item in enumerate(value) if isinstance(value, list) else value.items():
            changed[key] = mapped(item, change)
        return changed
    return value


def cloned(value: Any) -> Any:
    """Return a nested value with copies of its tensors, which need a gradient where those did."""

    def clone(tensor: Any) -> Any:
        return tensor.detach().clone().requires_grad_(tensor.requires_grad)

    return mapped(value, _once_each(clone))


def copied(value: Any) -> Any:
    """Return a nested value with copies of its tensors, from which gradients flow back to it."""
    return mapped(value, _once_each(torch.clone))


def _once_each(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return one result for one tensor, however often it is asked for.

    Attention tells by that whether query, key and value are the same.
    """
    made: dict[int, Any] = {}

    def changed(tensor: Any) -> Any:
        if id(tensor) not in made:
            made[id(tensor)] = change(tensor)
        return made[id(tensor)]

    return changed
