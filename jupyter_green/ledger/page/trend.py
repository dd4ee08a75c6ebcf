"""The runs of a piece of work as a small line of dots, as SVG."""

from __future__ import annotations

from collections.abc import Sequence

from ..figures import of_window
from ..metered import Metered
from .markup import element, text

_WIDTH, _HEIGHT, _EDGE = 150, 30, 4
_MOST = 50


def trend(runs: Sequence[Metered]) -> str:
    """Return the joules of the last runs above 0; one that did not end well is a ring.

    Parameters
    ----------
    runs
        In the order of their begins.
    """
    known = [(each, each.energy_j) for each in runs[-_MOST:] if each.energy_j is not None]
    if len(known) < 2:
        return ""
    most_j = max(energy_j for _, energy_j in known) or 1.0
    step = (_WIDTH - 2 * _EDGE) / (len(known) - 1)
    places = [
        (
            round(_EDGE + n * step, 1),
            round(_HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * energy_j / most_j, 1),
        )
        for n, (_, energy_j) in enumerate(known)
    ]
    good = [place for (each, _), place in zip(known, places, strict=True) if each.status == "ok"]
    line = " ".join(f"{x},{y}" for x, y in good)
    dots = "".join(
        element(
            "circle",
            element(
                "title", text(f"{each.started_at[:16]}: {of_window(each)}, {each.status}", 200)
            ),
            cx=x,
            cy=y,
            r=2,
            class_="ok" if each.status == "ok" else "not-ok",
        )
        for (each, _), (x, y) in zip(known, places, strict=True)
    )
    return element(
        "svg",
        f'<polyline points="{line}"/>{dots}',
        class_="trend",
        width=_WIDTH,
        height=_HEIGHT,
        aria_hidden="true",
    )
