"""The colours of figures and pictures, on white and on dark ground alike.

The hue tells the kind of hardware, the shade which one of them it is. The live view has
the same colours (``chart/palette.ts``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from .members import D, Kind, in_order, kind_of

SHADES: dict[Kind, tuple[str, ...]] = {
    "cpu": (
        *("#4c8df0", "#5943ec", "#0d76ad", "#7368d4"),
        *("#6a87b7", "#1770f9", "#8472fe", "#535eb8"),
    ),
    "dram": (
        *("#d97000", "#a14f05", "#b5735e", "#9a731b"),
        *("#d15227", "#ad8d4e", "#a2614d", "#836b3d"),
    ),
    "gpu": (
        *("#b03fb0", "#d50b56", "#da4df9", "#f1579e"),
        *("#b276cd", "#9c19db", "#925786", "#e22cc9"),
    ),
    "other": (
        *("#6b7268", "#929292", "#7b856b", "#496972"),
        *("#5f8189", "#6a6349", "#6b8e89", "#948c71"),
    ),
}
"""Trichromats, protanopes, deuteranopes and tritanopes can distinguish the first of each kind."""
ENERGY_COLOUR = "#1f9d57"


def shade(kind: Kind, index: int) -> str:
    """Return the colour of the one at `index` among those of a kind; no two are the same.

    Beyond the table they lie between two neighbours of it: half way first, then by
    quarters, and so on.
    """
    table = SHADES[kind]
    turn, place = divmod(index, len(table))
    return _between(table[place], table[(place + 1) % len(table)], _part(turn))


def domain_colours(domains: Iterable[D]) -> dict[str, str]:
    """Return the colour of each domain by its id; members of a total have the first shades."""
    seen: Counter[Kind] = Counter()
    colours = {}
    ordered: Sequence[D] = in_order(list(domains))
    for domain in ordered:
        kind = kind_of(domain.id)
        colours[domain.id] = shade(kind, seen[kind])
        seen[kind] += 1
    return colours


def _part(turn: int) -> float:
    """Return 0, 1/2, 1/4, 3/4, 1/8, 5/8 and so on: each between those before."""
    part, step = 0.0, 0.5
    while turn:
        part += step * (turn % 2)
        turn, step = turn // 2, step / 2
    return part


def _between(one: str, other: str, part: float) -> str:
    channels = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{int(a + (b - a) * part + 0.5):02x}" for a, b in channels)


def _channels(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
