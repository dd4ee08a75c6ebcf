"""Follows the links of the built site: ``python scripts/site_check.py build/site``.

MkDocs looks at the links of Markdown. This looks at what it made of them, and at what is HTML from
the beginning, as in notebooks: a link that leads to nothing is a fault, and so is a page to which
no other leads.
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

START = "index.html"
NOT_READ = {"404.html"}
"""Its links are those of the server's root."""


class Page(HTMLParser):
    """What a page links to, and the places in it that can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places = {"", "__top"}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        """Keep what links and what can be linked to."""
        values = {name: value for name, value in attrs if value is not None}
        self.links += [values[name] for name in ("href", "src") if name in values]
        self.places |= {values[name] for name in ("id", "name") if name in values}


def faults(site: Path) -> list[str]:
    """Return what is wrong with a site, a line for each."""
    if not (site / START).is_file():
        return [f"{site / START}: there is none"]
    files = {path for path in site.rglob("*.html") if path.name not in NOT_READ}
    pages = {path: Page(path.read_text("utf-8")) for path in files}
    found: list[str] = []
    led_to = {site / START}
    for path, page in sorted(pages.items()):
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            where = f"{path.relative_to(site)}: {link}"
            if target != path:
                led_to.add(target)
            if not target.is_file():
                found.append(f"{where} leads to no file")
            elif target in pages and unquote(parts.fragment) not in pages[target].places:
                found.append(f"{where} leads to no place in it")
    alone = sorted(files - led_to)
    return found + [f"{page.relative_to(site)}: no page leads to it" for page in alone]


def main() -> int:
    """Print the faults."""
    found = faults(Path(sys.argv[1]).resolve())
    print("\n".join(found), end="\n" if found else "")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
