"""What the site needs beside the pages: links that lead out of the documentation.

A page links to the code beside it, as a reader of the repository wants. The site has no code, so
there such a link is what it shows, and nothing to click. A link to an example notebook leads to the
notebook's page.
"""

from __future__ import annotations

import re
from typing import Any

_OUT = re.compile(r"\[([^\]]+)\]\((?:\.\./)+(?:(?!\))\S)+\)")
_NOTEBOOK = re.compile(r"\]\(\.\./((?:\.\./)*)examples/(\w+)\.ipynb\)")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Return a page without links to files that are not on the site."""
    markdown = _NOTEBOOK.sub(r"](\1examples/\2.md)", markdown)
    depth = page.file.src_uri.count("/") + 1
    return _OUT.sub(lambda link: link[0] if _stays(link[0], depth) else link[1], markdown)


def _stays(link: str, depth: int) -> bool:
    return link.count("../") < depth
