"""``jg.measure`` and ``@jg.measured``: blocks, functions, coroutines and generators."""

import asyncio
import inspect
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import jupyter_green as jg


def test_a_block_and_a_function_are_measured():
    with jg.measure("sleep", stage="training") as m:
        time.sleep(0.1)
    assert (m.report.label, m.report.stage, m.report.status) == ("sleep", "training", "ok")

    @jg.measured
    def double(x):
        time.sleep(0.05)
        return 2 * x

    assert double(4) == 8
    assert double.report.duration_s >= 0.05
    assert double.report.label.endswith("double")


def in_a_loop(coroutine):
    """Run it in a thread of its own: a browser's tests may have left a loop in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, coroutine).result()


def test_a_coroutine_is_measured_until_its_result_is_there():
    @jg.measured
    async def fetch(x, begun, ended):
        begun.set()
        await asyncio.sleep(0.1)
        await asyncio.wait_for(ended.wait(), 30.0)
        return x

    async def both():
        begun, ended = asyncio.Event(), asyncio.Event()

        async def tick():
            await begun.wait()
            for _ in range(10):
                await asyncio.sleep(0.001)
            ended.set()

        beside = asyncio.create_task(tick())
        answer = await fetch(3, begun, ended)
        await beside
        return answer

    assert inspect.iscoroutinefunction(fetch)
    assert (in_a_loop(both()), fetch.report.status) == (3, "ok")
    assert fetch.report.duration_s >= 0.1

    async def cancelled():
        begun = asyncio.Event()
        running = asyncio.create_task(fetch(3, begun, asyncio.Event()))
        await begun.wait()
        await asyncio.sleep(0.02)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    in_a_loop(cancelled())
    assert fetch.report.status == "interrupted"
    assert 0.01 <= fetch.report.duration_s < 30.0


def test_a_generator_is_measured_from_its_first_item_to_its_last():
    @jg.measured(label="steps")
    def steps(n):
        received = []
        for i in range(n):
            time.sleep(0.03)
            received.append((yield i))
        return received

    assert inspect.isgeneratorfunction(steps)
    assert list(steps(3)) == [0, 1, 2]
    assert steps.report.duration_s >= 0.09
    assert (steps.report.label, steps.report.status) == ("steps", "ok")
    running = steps(3)
    next(running)
    assert running.send("a") == 1
    running.close()  # as by a `break`
    assert steps.report.status == "ok"
    assert steps.report.duration_s >= 0.06
    running = steps(2)
    next(running)
    with pytest.raises(ZeroDivisionError):
        running.throw(ZeroDivisionError())
    assert steps.report.status == "error"


def test_an_async_generator_is_measured_and_behaves_as_it_would():
    log = []

    @jg.measured
    async def items(n):
        try:
            for i in range(n):
                await asyncio.sleep(0.03)
                try:
                    log.append((yield i))
                except KeyError:
                    yield "caught"
        finally:
            log.append("closed")

    async def use():
        assert [item async for item in items(2)] == [0, 1]
        assert items.report.duration_s >= 0.06
        running = items(3)
        assert await running.asend(None) == 0
        assert await running.asend("sent") == 1
        assert await running.athrow(KeyError()) == "caught"
        await running.aclose()

    assert inspect.isasyncgenfunction(items)
    in_a_loop(use())
    assert log == [None, None, "closed", "sent", "closed"]
    assert items.report.status == "ok"


def test_a_block_entered_again_within_itself_keeps_both_windows():
    block = jg.measure("step")

    def nested(depth):
        with block:
            time.sleep(0.1)
            if depth:
                nested(depth - 1)
                assert block.report.duration_s == pytest.approx(0.1 * depth, abs=0.09)
            time.sleep(0.001)

    nested(2)
    assert block.report.duration_s >= 0.3


def test_an_exception_passes_through_and_is_noted():
    with pytest.raises(ZeroDivisionError), jg.measure() as m:
        1 / 0  # noqa: B018
    assert m.report.status == "error"
    with pytest.raises(KeyboardInterrupt), jg.measure() as m:
        raise KeyboardInterrupt
    assert m.report.status == "interrupted"
