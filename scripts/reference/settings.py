"""The page of the settings, made from JupyterLab's schema and the kernel's traits."""

from __future__ import annotations

import json
import re
from pathlib import Path

from jupyter_green.markdown import table
from jupyter_green.notebook.magics import EnergyMagics

SCHEMA = Path(__file__).parents[2] / "labextension" / "schema" / "plugin.json"
HEAD = """\
# Settings

## JupyterLab and Notebook 7

*Settings → Settings Editor → Energy of notebooks*, or `jupyter-green:plugin` in an
`overrides.json`.
"""
KEYS = """
### Keys

In command mode, with a cell selected.
"""
KERNEL = """
## The kernel

In `ipython_config.py` of a profile (`c.EnergyMagics.auto = "on"`), or
`%config EnergyMagics.auto = "on"`.
"""


def page() -> str:
    """Return the page."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    rows = [
        (f"`{name}`", each["title"], _as_markdown(each["description"]), _value(each["default"]))
        for name, each in schema["properties"].items()
        if "title" in each
    ]
    keys = [
        (" ".join(f"<kbd>{key}</kbd>" for key in each["keys"]), f"`{each['command']}`")
        for each in schema["jupyter.lab.shortcuts"]
    ]
    traits = [
        (f"`{name}`", _as_markdown(trait.help), _value(trait.default_value))
        for name, trait in sorted(EnergyMagics.class_traits(config=True).items())
        if trait.this_class is EnergyMagics
    ]
    return "\n".join(
        [
            HEAD,
            table([("name", "title", "what it does", "default"), *rows], ()),
            KEYS,
            table([("keys", "command"), *keys], ()),
            KERNEL,
            table([("trait", "what it does", "default"), *traits], ()),
            "",
        ]
    )


def _value(default: object) -> str:
    return f"`{json.dumps(default, ensure_ascii=False)}`" if default is not None else "none"


def _as_markdown(said: str) -> str:
    words = re.sub(r"\s+", " ", said).replace("|", "\\|")
    return re.sub(r"(?<!`)%%energy(?!`)", "`%%energy`", words)
