"""Which layers of a model run, in which order, on what: one run of it, watched.

A layer is a module that runs no other of the model's modules: ``MultiheadAttention`` reads
the weights of its ``out_proj`` and never calls it, so that it is the layer itself. Modules
are watched as torch.fx does it, through ``Module.__call__``: a hook would be seen, and keep
the encoder of a transformer, for one, from its fast path.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch

from .tensors import changes, cloned, copied, tensors_in

Loss = Callable[[Any], Any]


@dataclass(frozen=True)
class Surroundings:
    """What was switched on where a module was called, beyond its arguments."""

    has_gradients: bool
    autocast: Mapping[str, Any]
    """The precision of each kind of device on which a lower one was in force."""

    @classmethod
    def here(cls, inputs: Any) -> Surroundings:
        """Return those of this place in a program, for the devices that its inputs are on."""
        kinds = {tensor.device.type for tensor in tensors_in(inputs)}
        autocast = {
            kind: torch.get_autocast_dtype(kind)
            for kind in sorted(kinds)
            if torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind)
        }
        return cls(torch.is_grad_enabled(), autocast)

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Switch the same on within a block."""
        with ExitStack() as stack:
            stack.enter_context(torch.set_grad_enabled(self.has_gradients))
            for kind, dtype in self.autocast.items():
                stack.enter_context(torch.autocast(kind, dtype=dtype))
            yield


@dataclass
class Call:
    """A call of a module: what is needed to do it again."""

    name: str
    """As in ``model.named_modules()``; of a shared module the first one."""
    number: int
    """From 1 on: how often the module was called by then."""
    module: Any = field(repr=False)
    args: Any = field(repr=False)
    kwargs: Any = field(repr=False)
    surroundings: Surroundings
    changes_inputs: bool = False
    """Whether it works in place, so that each replay needs new inputs."""
    gradients: dict[int, Any] = field(default_factory=dict, repr=False)
    """What came back to each of its output tensors, by their place among them."""

    @property
    def kind(self) -> str:
        """The module's class, such as ``Conv2d``."""
        return type(self.module).__name__


@dataclass(frozen=True)
class Recording:
    """One run of a model: itself as a call, and the calls of its layers in order."""

    whole: Call
    layers: tuple[Call, ...]


def record(model: Any, args: Any, kwargs: Any, loss: Loss | None) -> Recording:
    """Run a model once on copies of its inputs, and backward as well if there is a loss.

    Raises
    ------
    ValueError
        If there is a loss, and nothing in it needs a gradient.
    """
    recorder = _Recorder(model, keeps_gradients=loss is not None)
    with torch.set_grad_enabled(loss is not None):
        args, kwargs = cloned((args, kwargs))
        whole = Call("", 1, model, args, kwargs, Surroundings.here((args, kwargs)))
        given = copied((args, kwargs))
        before = _changes(given)
        with recorder.watching():
            outputs = model(*given[0], **given[1])
        whole.changes_inputs = _changes(given) != before
        if loss is not None:
            backward(loss(outputs), (*model.parameters(), *tensors_in((args, kwargs))))
    return Recording(whole, tuple(recorder.calls))


def backward(total: Any, towards: tuple[Any, ...]) -> None:
    """Compute gradients and drop them; those that tensors hold are not touched.

    Raises
    ------
    ValueError
        If `total` needs no gradient.
    """
    if not total.requires_grad:
        raise ValueError(
            "nothing in the loss needs a gradient, so there is no backward: "
            'use mode="forward", or let some parameters require one'
        )
    leaves = [tensor for tensor in towards if tensor.requires_grad]
    torch.autograd.grad(total, leaves, allow_unused=True)


class _Recorder:
    def __init__(self, model: Any, *, keeps_gradients: bool) -> None:
        self.calls: list[Call] = []
        self._names = {
            id(module): name
            for name, module in model.named_modules()
            if "parametrizations" not in name.split(".")  # they make a layer's weights, within it
        }
        self._keeps_gradients = keeps_gradients
        self._numbers: Counter[str] = Counter()
        self._open: list[Call | None] = []
        """The calls that have begun, ``None`` for those within which another layer ran."""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """See what this thread calls."""
        own_thread = threading.get_ident()
        original = torch.nn.Module.__call__

        def call(module: Any, /, *args: Any, **kwargs: Any) -> Any:
            run = partial(original, module, *args, **kwargs)
            is_ours = id(module) in self._names and threading.get_ident() == own_thread
            return self._seen(run, module, args, kwargs) if is_ours else run()

        torch.nn.Module.__call__ = call
        try:
            yield
        finally:
            torch.nn.Module.__call__ = original

    def _seen(self, run: Callable[[], Any], module: Any, args: Any, kwargs: Any) -> Any:
        if self._open:
            self._open[-1] = None
        name = self._names[id(module)]
        self._numbers[name] += 1
        inputs = args, kwargs
        here = Surroundings.here(inputs)
        kept_args, kept_kwargs = cloned(inputs)
        number = self._numbers[name]
        self._open.append(Call(name, number, module, kept_args, kept_kwargs, here))
        before = _changes(inputs)
        outputs = run()
        made = self._open.pop()
        if made is not None:
            made.changes_inputs = _changes(inputs) != before
            self.calls.append(made)
            if self._keeps_gradients:
                _keep_gradients(made, outputs)
        return outputs


def _changes(inputs: Any) -> list[int]:
    return [changes(tensor) for tensor in tensors_in(inputs)]


def _keep_gradients(call: Call, outputs: Any) -> None:
    """Keep the gradients that come back to a call's outputs."""

    def keep(place: int, gradient: Any) -> None:
        # The power that arithmetic draws depends on its operands, and zeros draw less.
        is_zero = not gradient.any()
        call.gradients[place] = torch.randn_like(gradient) if is_zero else gradient.clone()

    for place, tensor in enumerate(tensors_in(outputs)):
        if tensor.requires_grad:
            tensor.register_hook(partial(keep, place))
