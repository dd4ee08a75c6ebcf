"""The fixture ``energy``: two functions take turns, and one uses at most so much of the other."""

from __future__ import annotations

import math
import numbers
import warnings
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import pytest

from ...meter.shared import shared_meter
from ...wrong_type import WrongTypeError
from ..compare.plan import Per, Plan, Variant, checked

if TYPE_CHECKING:
    from ..compare.study import Study

NEW, OLD = "new", "old"
REST_S = 5.0
"""How long a rest lasts at most, far less than where somebody publishes the result: what drifts is
alike for both functions of a round, and tests are to end soon."""


class Energy:
    """What a test has as ``energy``.

    Parameters
    ----------
    rounds
        Of each comparison, whatever the test says; ``None`` for what it says.
    is_strict
        Whether a comparison fails whose rounds are not enough for a verdict.
    beside
        How many other processes run tests at the same time.
    keep
        Takes the sentences for the table at the end.
    """

    def __init__(
        self, *, rounds: int | None, is_strict: bool, beside: int, keep: Callable[[str], object]
    ) -> None:
        self.is_strict = is_strict
        self._rounds = rounds
        self._beside = beside
        self._keep = keep
        self._made: list[Comparison] = []

    def compare(
        self,
        new: Variant,
        old: Variant,
        *,
        rounds: int = 10,
        per: Per | tuple[Per, str] | None = None,
        setup: Callable[[], object] | None = None,
        rest: float = REST_S,
    ) -> Comparison:
        """Compare two functions without arguments: ``energy.compare(new, old).at_most(1.05)``.

        Nothing runs before it is asked for: by :meth:`Comparison.at_most`, or its ``study``.

        Parameters
        ----------
        new, old
            The functions. Each is called as often in a run as the sensors need.
        rounds
            How many; 6 at least for a verdict. ``--energy-rounds`` goes before it.
        per
            Units of work of a call, as ``per=(512, "token")``, or a function of what is returned.
        setup
            Called before each run, not metered.
        rest
            Seconds that a rest between runs lasts at most, while the power is above its band;
            0 for no rests.

        Raises
        ------
        TypeError, ValueError
            For what is no function and other values that do not fit.
        """
        plan = checked(
            {OLD: old, NEW: new},
            rounds=rounds if self._rounds is None else self._rounds,
            per=per,
            setup=setup,
            rest=rest,
        )
        self._made.append(Comparison(self, plan))
        return self._made[-1]

    def keep(self, sentence: str) -> None:
        """Keep a sentence for the table at the end."""
        noisy = f" (noisy: {self._beside} other processes ran tests beside it)"
        self._keep(sentence + (noisy if self._beside else ""))

    def close(self) -> None:
        """Warn of comparisons that were asked for and never run."""
        if any("study" not in vars(comparison) for comparison in self._made):
            warnings.warn(
                "energy.compare(…) ran nothing: end it with .at_most(1.05), or look at its study",
                pytest.PytestWarning,
                stacklevel=2,
            )


class Comparison:
    """Two functions that are to be compared; made by :meth:`Energy.compare`."""

    def __init__(self, energy: Energy, plan: Plan) -> None:
        self._energy = energy
        self._plan = plan

    @cached_property
    def study(self) -> Study:
        """The comparison as :func:`jupyter_green.compare` returns it, run when it is asked for."""
        from .running import run

        __tracebackhide__ = True
        return run(self._plan, shared_meter(), self._energy.keep)

    def at_most(self, limit: float) -> None:
        """Fail where `new` uses more than `limit` times the joules of `old`.

        It passes where the upper end of the ratio's 95 % interval is at most `limit`, and fails
        where its lower end is above it. Else the rounds are not enough: the table at the end says
        how many more are needed, and with ``--energy-strict`` it fails. Where there is no ratio,
        as without a sensor, the test is skipped.

        Raises
        ------
        TypeError, ValueError
            For a limit that is no number above 0, before anything runs.
        AssertionError
            Where `new` uses more.
        """
        from .judgement import Verdict, judged

        __tracebackhide__ = True
        if isinstance(limit, bool) or not isinstance(limit, numbers.Real):
            raise WrongTypeError(
                f"the limit is {limit!r}: give a ratio, as 1.05 for 5 % more at most"
            )
        if not 0 < limit < math.inf:
            raise ValueError(f"the limit is {limit!r}: give a ratio above 0, as 1.05")
        study = self.study
        if study.no_ratio:
            self._energy.keep(f"not compared: {study.no_ratio}")
            pytest.skip(f"not compared: {study.no_ratio}")
        found = judged(study, NEW, OLD, float(limit))
        self._energy.keep(found.sentence)
        is_bad = found.verdict is Verdict.EXCEEDED
        if is_bad or (found.verdict is Verdict.OPEN and self._energy.is_strict):
            raise AssertionError("\n".join((found.sentence, *study.remarks)))
