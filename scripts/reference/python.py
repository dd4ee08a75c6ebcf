"""The page of the Python interface: every public name, with its docstring."""

from __future__ import annotations

import jupyter_green
from jupyter_green import carbon, ledger
from jupyter_green.studies import hpo

HEAD = """\
# Python

`import jupyter_green as jg`; nothing else is loaded until it is used. What follows is what the
docstrings say; [how it is used](../python.md).
"""
UNTOLD = {"__version__", "load_ipython_extension", "unload_ipython_extension"}
"""What IPython and programs use, and nobody looks up."""


def page() -> str:
    """Return the page."""
    homes, rooms = jupyter_green._HOMES, jupyter_green._ROOMS  # noqa: SLF001  (its own table)
    names = [name for name in jupyter_green.__all__ if name not in {*rooms, *UNTOLD}]
    sections = [_section(name, f"{homes[name]}.{name}") for name in names]
    sections += [_section(f"hpo.{n}", f"studies.hpo.{hpo._HOMES[n]}.{n}") for n in hpo.__all__]  # noqa: SLF001
    for name in carbon.__all__:
        module = getattr(carbon, name).__module__.partition(".")[2]
        sections.append(_section(f"carbon.{name}", f"{module}.{name}"))
    sections += [_section(f"ledger.{name}", f"ledger.asked.{name}") for name in ledger.__all__]
    return HEAD + "".join(sections)


def _section(name: str, home: str) -> str:
    options = f"{{ heading: jg.{name}, toc_label: jg.{name} }}"
    return f"\n::: jupyter_green.{home}\n    options: {options}\n"
