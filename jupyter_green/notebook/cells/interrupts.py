"""An interrupt that comes while the meter prepares a cell belongs to the cell."""

from __future__ import annotations

import _thread
import ast
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


@contextmanager
def held_back() -> Iterator[None]:
    """Let what must not be torn apart come to its end, and interrupt then."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    if not callable(before):  # interrupts are ignored, or are not Python's to handle
        yield
        return
    came: list[tuple[int, Any]] = []
    signal.signal(signal.SIGINT, lambda number, frame: came.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        before(*came[-1])


def interrupt() -> None:
    """Interrupt the cell that runs, from another thread, as the interrupt button does.

    What the cell has started is interrupted with it where this process leads a group of its own,
    as a kernel does. The sampler is in none of these.
    """
    if not hasattr(os, "killpg"):  # Windows
        _thread.interrupt_main()
    elif os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGINT)
    else:
        os.kill(os.getpid(), signal.SIGINT)


class InterruptedCell(ast.NodeTransformer):
    """Interrupts the cell that is about to run, at its first line.

    IPython shows what its hooks raise as an error of theirs, and runs the cell anyway.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        shell.ast_transformers.insert(0, self)

    def visit(self, node: ast.AST) -> ast.AST:
        """Raise the interrupt in front of the cell's statements."""
        if isinstance(node, ast.Module):
            interrupt = ast.parse("raise KeyboardInterrupt").body
            node.body[:0] = interrupt
        return node

    def over(self) -> None:
        """Leave the cells behind this one alone."""
        if self in self._shell.ast_transformers:
            self._shell.ast_transformers.remove(self)
