"""The floors of the package: no import runs upward, and none in a circle.

Counted are all imports: those at the top of a file, late ones within a function, and
those that only a type checker follows.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import jupyter_green

PACKAGE = jupyter_green.__name__
ROOT = Path(jupyter_green.__file__).parent

FLOORS = (
    {"_version"},
    {
        "clock",
        "flags",
        "isolated",
        "latex",
        "markdown",
        "notice",
        "pages",
        "printable",
        "shown",
        "sources",
        "terminal",
        "wrong_type",
    },
    {"intake"},
    {"carbon"},
    {"sampler"},
    {"estimator"},
    {"report"},
    {"meter"},
    {"repeats", "doctor", "service"},
    {"studies", "cluster"},
    {"callbacks", "notebook", "ledger", "metrics", "statements"},
    {"exports"},
    {"cli"},
    {""},  # the package itself, which hands on the public names
)
ROOMS_WITHIN = {
    "notebook": ({"output", "session"}, {"live"}, {"cells"}),
}
"""Rooms of a room, from the ground up. The files beside them stand on top."""

LATE = {
    "": {
        "importlib",
        "notebook.extension",
        "notebook.output.latex",
    },  # the sampler loads the package, too, and must be light
    "cluster.agent.process": {
        "cluster.dask.link",
        "cluster.ray.link",
    },  # what it needs alone
    "cluster.dask.engine": {"cluster.dask.plugin"},  # it loads Dask
    "cluster.dask.tasks": {
        "cluster.dask.scheduler_plugin",  # it loads Dask
        "distributed.protocol.pickle",
    },
    "cluster.finding": {"cluster.dask.engine", "cluster.ray.engine"},
    "cluster.ray.engine": {"ray.util.scheduling_strategies"},
    "cluster.measure": {"cluster.finding"},  # few programs have a cluster
    "notebook.cells.cluster_flag": {"cluster.finding", "cluster.without"},
    # A command's own modules alone are loaded.
    "cli.main": {"cli.parameters"},
    "cli.arguments.compare": {"cli.compare"},  # it loads a database
    "cli.arguments.completion": {"cli.completion"},  # it loads shtab
    "cli.arguments.doctor": {"cli.doctor", "doctor.text"},
    "cli.arguments.execute": {"cli.execute", "cli.exports", "cli.parameters"},
    "cli.arguments.export": {"cli.export"},
    "cli.arguments.merge": {"cli.merge"},
    "cli.arguments.metrics": {"cli.metrics"},
    "cli.arguments.place": {"cli.place"},
    "cli.arguments.questions": {"cli.ledger", "cli.ledger_page"},  # they load a database
    "cli.arguments.run": {"cli.run", "cli.running.order"},
    "cli.arguments.baseline": {"cli.baseline"},
    "cli.arguments.serve": {"cli.serve"},
    "cli.arguments.statement": {"cli.statement"},
    "cli.arguments.upkeep": {"cli.forget", "cli.ledger", "cli.upkeep"},
    "exports.mlflow": {"mlflow", "mlflow.entities", "mlflow.exceptions"},  # not ours to install
    "exports.opentelemetry": {"opentelemetry.metrics"},  # an extra
    "metrics.telemetry": {"opentelemetry.metrics"},  # an extra
    "exports.parquet": {"pyarrow", "pyarrow.parquet"},  # an extra
    "cli.run": {
        "cli.running.follower",  # by the ranks that another one meters
        "cli.running.process",  # the sampler starts meanwhile
        "cli.running.runs",
    },
    "cli.upkeep": {"ledger.migrate"},  # it loads Alembic
    "cli.execute": {"jupyter_client.kernelspec", "nbclient.exceptions"},  # an extra
    # What most kernels never use, and that would make a tenth of the loading: the sources of the
    # doctor, the statistics of repeated runs, tables and comparisons, who else meters this host.
    "notebook.magics": {
        "notebook.doctor",
        "notebook.history",
        "notebook.pareto",
        "notebook.place",
        "notebook.compare",  # it needs SciPy
        "notebook.cells.repeated",
        "notebook.session.table",
        "notebook.statement",
        "notebook.status",
        "meter.idle",
    },
    "cli.running.runs": {"cli.running.repeated"},  # the statistics, where there are several
    "cli.running.signals": {"resource"},  # not on Windows
    "intake.owner": {"psutil"},  # where there is no procfs
    "sampler.finding": {"sampler.not_used", "sampler.served"},  # where there is a service
    "sources.cpuinfo": {"winreg"},  # on Windows
    "ledger": {"ledger.asked"},  # the intake's neighbours load no database
    "ledger.book": {"ledger.migrate"},  # it loads Alembic
    "ledger.postgres": {"psycopg"},
    "ledger.started": {"ledger.book"},  # it loads a database, in a process that is on its own
    "ledger.questions": {"ledger.book"},  # a third of the loading, where nothing waits for it
    "meter.measured": {"asyncio"},  # whoever has async functions has loaded it
    "meter.idle": {"sampler.host_load"},  # few kernels measure a baseline
    "notebook.extension": {"notebook.live.host_feed"},  # few panels show the host
    "notebook.block": {"notebook.live.hosted_view", "notebook.live.live_view"},
    "notebook.live.lab_server": {"jupyter_core", "psutil"},
    "notebook.live.view": {
        # What most kernels load with their first metered cell, and many never.
        "notebook.live.compact_view",
        "notebook.live.lab_server",
        "notebook.live.static_view",
        "notebook.live.live_view",  # a broken widget stack costs the view alone
    },
    "report.frames": {"pandas"},
    "studies.layers.frame": {"pandas"},
    "studies.layers.result": {"studies.layers.figure", "studies.layers.frame"},
    "studies.layers.study": {"studies.layers.measuring"},  # it needs torch
    "report.report": {
        "report.comparison",
        "report.emitted",  # it reads tables of countries
        "report.figure",  # it needs matplotlib
        "report.frames",
        "report.record",
        "report.table",
    },
    "studies.compare.study": {"studies.compare.figure"},  # it needs matplotlib
    "studies.pareto.front": {
        "studies.pareto.figure",  # it needs matplotlib
        "studies.pareto.table",
    },
    "studies.guard.energy": {"studies.guard.judgement", "studies.guard.running"},  # need SciPy
    "studies.guard.plugin": {
        # Every pytest of the environment loads it.
        "studies.guard.budget",
        "studies.guard.energy",
        "studies.guard.fingerprint",
        "studies.guard.metering",
        "studies.guard.summary",
    },
    "statements.gathering": {"ledger.answer", "ledger.questions", "ledger.reports"},  # a database
    "studies.hpo.result": {"studies.hpo.figure", "studies.hpo.frame"},
    "studies.hpo.scikit": {"studies.hpo.frame"},  # pandas
    "sampler.__main__": {
        "sampler.check",
        "sampler.messages",
        "sampler.opened_once",
        "sampler.placement",
        "sampler.process",
    },  # after it has left its kernel
    "sources.amd_gpu": {"amdsmi"},
    "sources.by_others": {
        # They load sockets and addresses, which most samplers need not.
        "sources.dcgm_exporter",
        "sources.rapl_exporter",
        "sources.zeusd",
    },
    "sources.apple": {"zeus_apple_silicon"},
    "sources.cpu_busy": {"psutil"},
    "sources.discovery": {"sources.pyrapl"},
    "sources.nvml": {"pynvml"},
    "sources.pyrapl": {"pyRAPL", "pyRAPL.device_api"},
}
"""The imports that stand within functions: what is heavy, or need not be installed."""


def modules(root: Path = ROOT) -> dict[str, Path]:
    """The package's modules by their dotted name below the package; "" is the package."""
    found = {}
    for path in root.rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


class Imports(ast.NodeVisitor):
    """Collects what a module imports, and what of it within functions."""

    def __init__(self, module: str, known: set[str], *, is_package: bool) -> None:
        self.package = module if is_package else module.rpartition(".")[0]
        self.known = known
        self.found: set[str] = set()
        """Modules of the package."""
        self.late: set[str] = set()
        """Any modules."""
        self.depth = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815  (ast's name)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.name.split(".")[0] == PACKAGE:
                self.see(alias.name.partition(".")[2])
            elif self.depth:
                self.late.add(alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level:
            above = self.package.split(".") if self.package else []
            base = above[: len(above) - (node.level - 1)]
            target = ".".join([*base, *([node.module] if node.module else [])])
        elif (node.module or "").split(".")[0] == PACKAGE:
            target = node.module.partition(".")[2]
        else:
            if self.depth:
                self.late.add(node.module or "")
            return
        for alias in node.names:
            name = f"{target}.{alias.name}".lstrip(".")
            self.see(name if name in self.known else target)

    def see(self, module: str) -> None:
        self.found.add(module)
        if self.depth:
            self.late.add(module)


def visited(found: dict[str, Path]) -> dict[str, Imports]:
    """What each module imports."""
    seen = {}
    for module, path in found.items():
        seen[module] = Imports(module, set(found), is_package=path.name == "__init__.py")
        seen[module].visit(ast.parse(path.read_text(encoding="utf-8")))
    return seen


def imports(found: dict[str, Path]) -> dict[str, set[str]]:
    """What each module imports from the package."""
    return {module: visitor.found - {module} for module, visitor in visited(found).items()}


def floor(module: str) -> tuple[int, int]:
    """The floor of a module, and its floor within its room."""
    room, _, within = module.partition(".")
    outer = next((n for n, rooms in enumerate(FLOORS) if room in rooms), len(FLOORS))
    floors = ROOMS_WITHIN.get(room, ())
    inner_room = within.split(".")[0]
    inner = next((n for n, rooms in enumerate(floors) if inner_room in rooms), len(floors))
    return outer, inner


def upward(graph: dict[str, set[str]]) -> list[str]:
    return [
        f"{module} imports {target}"
        for module, targets in sorted(graph.items())
        for target in sorted(targets)
        if floor(target) > floor(module)
    ]


def circle(graph: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter({m: t - {m} for m, t in graph.items()}).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def room(module: str) -> str:
    """The room in which a module is, or a room's own room."""
    parts = module.split(".")
    named = [names for names in ROOMS_WITHIN.get(parts[0], ()) if parts[1:2] and parts[1] in names]
    return ".".join(parts[:2]) if named else parts[0]


def rooms(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """The same graph between rooms."""
    between: dict[str, set[str]] = {}
    for module, targets in graph.items():
        between.setdefault(room(module), set()).update(map(room, targets))
    return between


def test_every_room_has_a_floor():
    named = {name for names in FLOORS for name in names}
    assert {module.split(".")[0] for module in modules()} - named == set()
    within = {m.split(".")[1] for m in modules() if m.startswith("notebook.") and m.count(".") > 1}
    assert within == {name for names in ROOMS_WITHIN["notebook"] for name in names}


def test_no_import_runs_upward():
    assert upward(imports(modules())) == []


def test_no_import_runs_in_a_circle():
    graph = imports(modules())
    assert circle(graph) == []
    assert circle(rooms(graph)) == []


def test_imports_stand_at_the_top_but_for_the_named_ones():
    late = {module: visitor.late for module, visitor in visited(modules()).items() if visitor.late}
    assert late == LATE


def test_what_is_heavy_is_imported_late():
    code = "import sys, jupyter_green.meter.measure; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert "jupyter_green.report.report" in loaded
    assert "jupyter_green.report.figure" not in loaded
    assert loaded.isdisjoint({"matplotlib", "pandas", "numpy"})


@pytest.mark.parametrize(
    ("file", "text", "wrong"),
    [
        (
            "sources/rapl.py",
            "from ..report import report",
            ["sources.rapl imports report.report"],
        ),
        (
            "sampler/client.py",
            "def late():\n from jupyter_green.cli import main",
            ["sampler.client imports cli.main"],
        ),
        (
            "report/fields.py",
            "if TYPE_CHECKING:\n    from ..meter.window import Window",
            ["report.fields imports meter.window"],
        ),
        (
            "notebook/output/bundle.py",
            "from ..cells import cell_meter",
            ["notebook.output.bundle imports notebook.cells.cell_meter"],
        ),
        ("meter/meter.py", "from ..sampler import client", []),
        ("notebook/cells/cell_meter.py", "from ..output import bundle", []),
    ],
)
def test_the_check_sees_what_it_should(tmp_path, file, text, wrong):
    for name in (
        *("cli/main.py", "meter/__init__.py", "meter/window.py", "sampler/__init__.py"),
        *("report/report.py", "notebook/cells/cell_meter.py", "notebook/output/bundle.py"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).touch()
    (tmp_path / file).parent.mkdir(exist_ok=True, parents=True)
    (tmp_path / file).write_text(text)
    assert upward(imports(modules(tmp_path))) == wrong


def test_the_check_sees_a_circle():
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}


def test_the_sampler_imports_nothing_above_it_and_nothing_heavy():
    loaded = subprocess.run(
        [sys.executable, "-c", "import jupyter_green.sampler.__main__, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    ours = [m.partition(".")[2] for m in loaded if m.startswith(f"{PACKAGE}.")]
    assert [m for m in ours if floor(m) > floor("sampler")] == []
    assert {"numpy", "matplotlib", "IPython", "anywidget", "pandas"}.isdisjoint(loaded)


@pytest.mark.parametrize("name", jupyter_green.__all__)
def test_each_public_name_is_there(name):
    assert getattr(jupyter_green, name) is not None
