"""The page of the flags, made from their table."""

from __future__ import annotations

from jupyter_green.flags import FLAGS
from jupyter_green.markdown import escaped, table

HEAD = """\
# Flags

What can stand beside a figure, in every view and in a report's `flags`. A warning calls for a look;
the others are notes. *Of* says what it is about: one domain, a whole window, a sum of windows, or
repeated runs of the same code.
"""
NAMES = {"domain": "a domain", "window": "a window", "sum": "a sum", "repeats": "repeated runs"}


def page() -> str:
    """Return the page."""
    rows = [
        (
            f'<a id="{flag.name}"></a>`{flag.name}`',
            escaped(flag.sentence),
            ", ".join(NAMES[scope] for scope in flag.scopes),
            "warning" if flag.is_warning else "note",
        )
        for flag in FLAGS.values()
    ]
    return f"{HEAD}\n{table([('flag', 'what it means', 'of', ''), *rows], ())}\n"
