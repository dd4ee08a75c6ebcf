"""When what is done beside a program leaves the interpreter to it.

Only one thread has Python's interpreter. A program that calls the system all the time, as one that
writes into a database does, has to get the interpreter back after each call, and waits for
whatever another thread does with it meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ..notice import Notice

LONGEST_S = 0.1
"""How long a rest lasts at most, however often it is asked for."""
LOOK_EACH_S = 0.01
"""How often who waits for a rest to end sees whether it was made shorter."""
LEAST_WORK = 0.5
"""How long it is until the next one at least, as a share of the one before: else a program that
asks all the time would have nothing done."""


class Rest:
    """A time in which other threads are to wait. Any thread may begin and end it.

    Parameters
    ----------
    clock_s
        Seconds on a steady clock.
    """

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._is_over = True
        self._ended = Notice()
        self._begun_s = self._until_s = 0.0

    @property
    def left_s(self) -> float:
        """How long it still lasts, 0 where there is none."""
        return 0.0 if self._is_over else max(0.0, self._until_s - self._clock_s())

    def begin(self, seconds: float) -> None:
        """Rest from now on for so long, or go on with a rest for so long from now."""
        now_s = self._clock_s()
        if self.left_s == 0.0:
            lasted_s = self._until_s - self._begun_s
            if now_s < self._until_s + LEAST_WORK * lasted_s:
                return
            self._begun_s = now_s
        self._until_s = min(now_s + seconds, self._begun_s + LONGEST_S)
        self._is_over = False

    def end(self) -> None:
        """End it, as somebody waits for what is done beside."""
        if not self._is_over:
            self._until_s = min(self._until_s, self._clock_s())
            self._is_over = True
            self._ended.notify_all()

    def wait(self) -> None:
        """Wait until it is over."""
        while (left_s := self.left_s) > 0.0:
            self._ended.wait_for(lambda: self._is_over, min(left_s, LOOK_EACH_S))
