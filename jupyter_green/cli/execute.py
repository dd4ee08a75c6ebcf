"""``jupyter green execute``: run a notebook with every cell metered."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..notebook.output.front_end import EXECUTED_CELL
from ..printable import printable_lines
from ..sampler.kept import FOLDER_VARIABLE
from .died import write_reports
from .errors import InputError
from .parameters import Value, inject
from .table import MeteredCell, metered_cells, table, title

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

# Not %load_ext, so that the notebook's own %load_ext has nothing to remark on.
METER_EVERY_CELL = "__import__('jupyter_green').load_ipython_extension(get_ipython())\n%green on"
ANSI_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

FAILED = 1


@dataclass(frozen=True)
class Conduct:
    """How a notebook is run."""

    kernel_name: str = ""
    """Empty for the kernel that the notebook names."""
    allows_errors: bool = False
    """Whether the cells after one that fails run all the same."""
    timeout_s: int | None = None
    """After which a cell is interrupted, in s."""
    parameters: Mapping[str, Value] = field(default_factory=dict)
    """Values for names that the notebook uses."""


@dataclass
class _Progress:
    """How far a notebook has come."""

    cells: int = 0
    """Begun so far."""
    began_s: float = 0.0
    """When the last of them did."""


Render = Callable[[Sequence[MeteredCell], str], str]
"""Makes what is printed of the metered cells and the notebook's file name."""


def as_table(cells: Sequence[MeteredCell], _: str) -> str:
    """Return the cells as a person reads them."""
    return table(cells)


def execute(
    notebook_path: Path,
    output_dir: Path,
    conduct: Conduct | None = None,
    render: Render = as_table,
) -> int:
    """Run a notebook with every cell metered, and print what each cell cost.

    The executed notebook and an HTML page of it are left in `output_dir`, also
    where a cell fails; then the status is 1 and the error is printed.
    """
    conduct = conduct or Conduct()
    notebook = _read(notebook_path)
    if conduct.parameters:
        for name in inject(notebook, conduct.parameters):
            print(
                f"jupyter green: the cell tagged `parameters` does not set {name}, which -p gives",
                file=sys.stderr,
            )
    progress = _Progress()
    client = _client(notebook, notebook_path, conduct, progress)
    executed = _output_path(notebook_path, output_dir)
    failure = _run(client, notebook_path, conduct.timeout_s, progress)
    page = executed.with_suffix(".html")
    executed.write_text(_notebook_json(notebook), encoding="utf-8")
    page.write_text(_html(notebook, notebook_path.stem), encoding="utf-8")
    print(render(metered_cells(notebook), notebook_path.name))
    where = printable_lines(f"\nExecuted notebook: {executed}\nHTML page:         {page}")
    print(where, file=sys.stdout if render is as_table else sys.stderr)
    if failure:
        print(f"\n{printable_lines(failure)}", file=sys.stderr)
        return FAILED
    return 0


def _read(path: Path) -> NotebookNode:
    nbformat = _needed("nbformat")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except RecursionError:
        raise InputError(f"{path} is not a notebook: its JSON is nested too deep") from None
    except ValueError:
        raise InputError(f"{path} is not a notebook: it is not JSON") from None
    if not isinstance(record, dict) or not isinstance(record.get("nbformat"), int):
        raise InputError(f"{path} is not a notebook: it has no number 'nbformat'")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it repairs cells without an id, and says so
            nbformat.validate(record)
        notebook: NotebookNode = nbformat.reads(json.dumps(record), as_version=4)
    except nbformat.ValidationError as error:
        raise InputError(f"{path} is not a valid notebook: {error.message}") from None
    except (AttributeError, KeyError, TypeError, RecursionError) as error:  # nbformat's stumbling
        raise InputError(f"{path} is not a valid notebook: {error!r}") from None
    return notebook


def _output_path(notebook_path: Path, output_dir: Path) -> Path:
    try:
        output_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write to {output_dir}: {error.strerror}") from None
    path = output_dir / f"{notebook_path.stem}.ipynb"
    if path.resolve() == notebook_path.resolve():
        raise InputError(f"{path} would be overwritten: give another --output-dir")
    return path


def _client(
    notebook: NotebookNode, path: Path, conduct: Conduct, progress: _Progress
) -> NotebookClient:
    nbclient = _needed("nbclient")
    traitlets = _needed("traitlets.config")
    client: NotebookClient = nbclient.NotebookClient(
        notebook,
        timeout=conduct.timeout_s,
        interrupt_on_timeout=True,
        allow_errors=conduct.allows_errors,
        kernel_name=conduct.kernel_name,
        resources={"metadata": {"path": str(path.parent)}},
        config=traitlets.Config(KernelManager={"transport_encryption": "auto"}),
    )
    count = sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in notebook.cells)
    interrupts: list[asyncio.Future[None]] = []

    def before_cell(cell: NotebookNode, **_: Any) -> None:
        progress.cells += 1
        progress.began_s = time.monotonic()
        print(f"[{progress.cells}/{count}] {title(cell.source)}", file=sys.stderr)
        if client.kc is not None and (cell_id := cell.get("id")):
            # So that the ledger knows two executions' runs of a cell as those of one.
            client.kc.session.metadata = {EXECUTED_CELL: cell_id}
        # Ctrl-C is for the cell, as in Jupyter; nbclient would end the kernel.
        if threading.current_thread() is threading.main_thread():
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupt)

    def interrupt() -> None:
        manager: Any = client.km  # an asynchronous one, whatever its declared type
        interrupts.append(asyncio.ensure_future(manager.interrupt_kernel()))

    client.on_cell_execute = before_cell
    return client


def _run(
    client: NotebookClient, notebook_path: Path, timeout_s: int | None, progress: _Progress
) -> str:
    """Run the notebook in place; return what went wrong, or an empty string."""
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    with tempfile.TemporaryDirectory(prefix="jupyter-green-") as folder:
        environment = {
            **os.environ,
            # The kernel's own name for the notebook, as Jupyter's server gives it.
            "JPY_SESSION_NAME": str(notebook_path.resolve()),
            FOLDER_VARIABLE: folder,
        }
        try:
            with client.setup_kernel(env=environment):
                _meter_every_cell(client)
                client.execute(cleanup_kc=False)
        except NoSuchKernel as error:
            raise InputError(
                f"kernel {error.name!r} is not installed: install it, or name another one, "
                "such as --kernel python3"
            ) from None
        except CellExecutionError as error:
            took_s = time.monotonic() - progress.began_s
            if timeout_s is not None and took_s >= timeout_s and _is_interrupted(client.nb):
                return (
                    f"A cell ran longer than {timeout_s} s (--timeout) and was interrupted; the "
                    "ones after it did not run."
                )
            return _plain(f"A cell failed, and the ones after it did not run.\n{error}")
        except DeadKernelError:
            write_reports(client.nb, Path(folder), notebook_path.name)
            return "The kernel died, and the cells after that did not run."
    return ""


def _is_interrupted(notebook: NotebookNode) -> bool:
    """Return whether the last cell that ran was interrupted."""
    last = metered_cells(notebook)[-1:]
    report = last[0].report if last else None
    return report is not None and report.status == "interrupted"


def _meter_every_cell(client: NotebookClient) -> None:
    assert client.kc is not None
    reply = client.wait_for_reply(client.kc.execute(METER_EVERY_CELL, store_history=False))
    content = reply["content"] if reply else {}
    if content.get("status") != "ok":
        error = _plain(f"{content.get('ename')}: {content.get('evalue')}")
        raise InputError(
            f"the notebook's kernel cannot load jupyter_green ({error}): "
            "install jupyter-green into that kernel's environment"
        )


def _notebook_json(notebook: NotebookNode) -> str:
    text: str = _needed("nbformat").writes(notebook)
    return text + "\n"


def _html(notebook: NotebookNode, title: str) -> str:
    exporter = _needed("nbconvert").HTMLExporter()
    body: str
    body, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": title}})
    return body


def _needed(module: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise InputError(
            f"running notebooks needs {module}: pip install 'jupyter-green[run]'"
        ) from None


def _plain(text: str) -> str:
    return ANSI_COLOUR.sub("", text).strip()
