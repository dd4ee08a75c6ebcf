"""In which order the variants run in each round: random, and counterbalanced.

Williams, E. J. (1949), "Experimental designs balanced for the estimation of residual effects of
treatments", Aust. J. Sci. Res. A 2: each variant runs as often first as last, and as often
after each of the others.
"""

from __future__ import annotations

import random
from collections.abc import Iterator


def orders(variants: int, seed: int) -> Iterator[tuple[int, ...]]:
    """Yield the order of each round, without end.

    Within each `variants` rounds from the first, each variant has each place once.

    Parameters
    ----------
    variants
        How many there are: each order holds 0 to ``variants - 1`` once.
    seed
        The same seed gives the same orders.
    """
    rng = random.Random(seed)  # noqa: S311  (an order is no secret)
    while True:
        names = list(range(variants))
        rng.shuffle(names)
        for square in _squares(variants):
            rng.shuffle(square)
            for row in square:
                yield tuple(names[place] for place in row)


def _squares(size: int) -> list[list[list[int]]]:
    """Return the one Latin square that balances who follows whom, or the two of an odd size."""
    first = [(place + 1) // 2 if place % 2 else -(place // 2) for place in range(size)]
    square = [[(number + turn) % size for number in first] for turn in range(size)]
    return [square] if size % 2 == 0 else [square, [row[::-1] for row in square]]
