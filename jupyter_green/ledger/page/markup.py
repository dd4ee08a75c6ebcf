"""Texts and elements of the page."""

from __future__ import annotations

from html import escape

from ...printable import printable, shortened

_LONGEST = 80


def text(words: str, longest: int = _LONGEST) -> str:
    """Return a text of anybody's as HTML: nothing in it is a tag or turns the line round."""
    return escape(shortened(printable(words), longest))


def element(name: str, content: str, **attributes: object) -> str:
    """Return an element; an underscore in an attribute's name stands for a hyphen.

    Parameters
    ----------
    name
        Of the element.
    content
        What is in it, as HTML.
    attributes
        Texts and numbers, which are escaped here; ``class_`` is ``class``.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(printable(str(value)))}"'
        for key, value in attributes.items()
    )
    return f"<{name}{given}>{content}</{name}>"


def table(caption: str, head: list[str], rows: list[list[str]], class_: str = "") -> str:
    """Return a table, the first cell of each row its name.

    Parameters
    ----------
    caption
        As HTML; it is read aloud, and not shown.
    head, rows
        Cells as HTML.
    class_
        For the style.
    """
    titles = "".join(element("th", cell, scope="col") for cell in head)
    lines = "".join(
        element(
            "tr", element("th", row[0], scope="row") + "".join(f"<td>{c}</td>" for c in row[1:])
        )
        for row in rows
    )
    return element(
        "table",
        f"<caption>{caption}</caption><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody>",
        class_=class_,
    )
