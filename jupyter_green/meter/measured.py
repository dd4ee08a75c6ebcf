"""``@jg.measured``: measuring each call of a function, of whatever kind it is.

What is returned is of the same kind, for programs that ask :mod:`inspect`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar, overload

from ..report.report import Report
from ..report.stages import Stages, hinted, tags_of
from .measure import measure

P = ParamSpec("P")
R = TypeVar("R")


@overload
def measured(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def measured(
    *, label: str | None = ..., stage: Stages = ...
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def measured(
    function: Callable[P, R] | None = None, /, *, label: str | None = None, stage: Stages = None
) -> Any:
    """Measure each call of a function; its attribute ``report`` is that of the last call.

    Of an ``async`` function that is from the call's first step until its result is there, other
    tasks' work meanwhile included; of a generator, from the first item that is asked for until the
    last, what the loop does between items included.

    Without a `label` the function's name is used.
    """
    tags = tags_of(hinted(stage))

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        def block() -> measure:
            return measure(label or function.__qualname__, stage=tags)

        wrapper: Callable[P, R] = functools.update_wrapper(
            _wrapper_of(function)(function, block), function
        )
        return wrapper

    return decorate if function is None else decorate(function)


def _wrapper_of(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what wraps functions of this kind."""
    if inspect.iscoroutinefunction(function):
        return _coroutine
    if inspect.isasyncgenfunction(function):
        return _async_generator
    return _generator if inspect.isgeneratorfunction(function) else _call


def _call(function: Callable[..., Any], block: Callable[[], measure]) -> Any:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        run = block()
        try:
            with run:
                return function(*args, **kwargs)
        finally:
            wrapper.report = run.report  # type: ignore[attr-defined]

    return wrapper


def _generator(function: Callable[..., Any], block: Callable[[], measure]) -> Any:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        run = block()
        try:
            with run:
                return (yield from function(*args, **kwargs))
        finally:
            wrapper.report = run.report  # type: ignore[attr-defined]

    return wrapper


def _coroutine(function: Callable[..., Any], block: Callable[[], measure]) -> Any:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        run = block()
        try:
            with run:
                return await function(*args, **kwargs)
        finally:
            wrapper.report = await _report_of(run)  # type: ignore[attr-defined]

    return wrapper


def _async_generator(function: Callable[..., Any], block: Callable[[], measure]) -> Any:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        run = block()
        items = function(*args, **kwargs)
        try:
            with run, suppress(StopAsyncIteration):
                item = await anext(items)
                while True:
                    try:
                        sent = yield item
                    except GeneratorExit:  # noqa: PERF203  (each item may end it)
                        await items.aclose()
                        raise
                    except BaseException as error:  # noqa: BLE001  (it may catch it)
                        item = await items.athrow(error)
                    else:
                        item = await items.asend(sent)
        finally:
            wrapper.report = await _report_of(run)  # type: ignore[attr-defined]

    return wrapper


async def _report_of(run: measure) -> Report:
    """Return its report; other tasks go on while it waits for the counters' next refreshes."""
    import asyncio  # whoever has async functions has it already

    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # another library's loop
        return run.report
    return await loop.run_in_executor(None, lambda: run.report)
