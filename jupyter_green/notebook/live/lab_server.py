"""What the JupyterLab that started this kernel can show, as far as it is on this machine.

A kernel's environment is often not the server's. Where that has ipywidgets without
anywidget, JupyterLab shows a red box in place of a live view.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

_WIDGETS = "@jupyter-widgets/jupyterlab-manager"
_ANYWIDGET = "anywidget"
_OURS = "jupyter-green"
"""Shows runs without a widget."""

NO_ANYWIDGET = (
    "this JupyterLab lacks anywidget. Run `pip install jupyter-green` (or only `pip install "
    "anywidget`) where JupyterLab is installed, then restart it"
)


@functools.cache
def why_no_widget() -> str | None:
    """Return why a live widget would be shown as an error; ``None`` where that is not known."""
    try:
        prefix = _prefix_of(int(os.environ["JPY_PARENT_PID"]))
        if prefix is None:
            return None
        from jupyter_core import paths

        given = [text for text in os.environ.get("JUPYTER_PATH", "").split(os.pathsep) if text]
        own = prefix / "share" / "jupyter"
        is_lacking = lacks_anywidget(
            _folders(*given, paths.jupyter_data_dir(), own, *paths.SYSTEM_JUPYTER_PATH),
            _folders(paths.jupyter_config_dir(), prefix / "etc/jupyter", *paths.SYSTEM_CONFIG_PATH),
        )
    except Exception:  # noqa: BLE001  (no server, or one of somebody else: it may well show widgets)
        return None
    return NO_ANYWIDGET if is_lacking else None


def lacks_anywidget(data: Sequence[Path], config: Iterable[Path]) -> bool:
    """Whether a JupyterLab shows widgets and has nothing that shows an anywidget.

    Parameters
    ----------
    data, config
        Its folders of each kind; extensions are in ``labextensions`` and ``labconfig``.
    """
    disabled = {name for folder in config for name in _disabled(folder)}

    def has(name: str) -> bool:
        installed = (folder / "labextensions" / name / "package.json" for folder in data)
        return name not in disabled and any(path.exists() for path in installed)

    return has(_WIDGETS) and not has(_ANYWIDGET) and not has(_OURS)


def _folders(*names: str | Path) -> list[Path]:
    return [Path(name) for name in names]


def _prefix_of(process: int) -> Path | None:
    """Return where the environment is of a process that is a JupyterLab's server."""
    import psutil

    command = Path(psutil.Process(process).cmdline()[0])
    prefix = command.parent.parent
    # Of a link to an interpreter the environment is where the link is.
    is_lab = command.is_absolute() and (prefix / "share" / "jupyter" / "lab").is_dir()
    return prefix if is_lab else None


def _disabled(folder: Path) -> list[str]:
    """Return the names of extensions that a folder's settings switch off."""
    try:
        text = (folder / "labconfig" / "page_config.json").read_text(encoding="utf-8")
        names = json.loads(text).get("disabledExtensions", {})
        return [name for name in names if not isinstance(names, dict) or names[name]]
    except (OSError, ValueError, AttributeError, TypeError):
        return []
