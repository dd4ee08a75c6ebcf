"""The floors of the package: no import runs upward, and none in a circle."""

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
    {"_version", "_format", "sources.base"},
    {"sources"},
    {"sampler"},
    {"meter"},
    {"_doctor_text"},  # what a notebook and the command line both show
    {"notebook", "ledger", "carbon", "studies", "plots"},
    {"cli"},
    {""},  # the package itself, which hands on the public names
)


HANDED_ON = {
    "meter.report": {
        "meter.addition",
        "meter.comparison",
        "meter.frames",
        "meter.record",
        "meter.text_table",
        "plots",
    }
}
"""The one exception: a report's methods hand it over to modules that know reports.

``report.plot()`` is what a user looks for. These imports run when the method is
called, never when the module is loaded: `test_what_is_handed_on_is_imported_late`.
"""


def modules(root: Path = ROOT) -> dict[str, Path]:
    """The package's modules by their dotted name below the package; "" is the package."""
    found = {}
    for path in root.rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def floor(module: str) -> int:
    """The floor of a module: that of its longest prefix which has one."""
    while module:
        for number, names in enumerate(FLOORS):
            if module in names:
                return number
        module = module.rpartition(".")[0]
    return len(FLOORS) - 1


class Imports(ast.NodeVisitor):
    """Collects what a module imports from the package when it runs, late imports included.

    What stands under ``if TYPE_CHECKING:`` is not imported then.
    """

    def __init__(self, module: str, known: set[str], *, is_package: bool) -> None:
        self.package = module if is_package else module.rpartition(".")[0]
        self.known = known
        self.found: set[str] = set()

    def visit_If(self, node: ast.If) -> None:
        test = ast.unparse(node.test)
        for child in node.orelse if test.endswith("TYPE_CHECKING") else (*node.body, *node.orelse):
            self.visit(child)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.name.split(".")[0] == PACKAGE:
                self.found.add(alias.name.partition(".")[2])

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level:
            above = self.package.split(".") if self.package else []
            base = above[: len(above) - (node.level - 1)]
            target = ".".join([*base, *([node.module] if node.module else [])])
        elif (node.module or "").split(".")[0] == PACKAGE:
            target = node.module.partition(".")[2]
        else:
            return
        for alias in node.names:
            name = f"{target}.{alias.name}".lstrip(".")
            self.found.add(name if name in self.known else target)


def imports(found: dict[str, Path]) -> dict[str, set[str]]:
    """What each module imports from the package."""
    graph = {}
    for module, path in found.items():
        visitor = Imports(module, set(found), is_package=path.name == "__init__.py")
        visitor.visit(ast.parse(path.read_text(encoding="utf-8")))
        graph[module] = visitor.found - HANDED_ON.get(module, set())
    return graph


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


def rooms(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """The same graph between the rooms that stand above the ground."""
    between: dict[str, set[str]] = {}
    for module, targets in graph.items():
        above_ground = {target for target in targets if floor(target) > 0}
        if floor(module) > 0:
            between.setdefault(module.split(".")[0], set()).update(
                target.split(".")[0] for target in above_ground
            )
    return between


def test_every_room_has_a_floor():
    named = {name for names in FLOORS for name in names}
    assert {module.split(".")[0] for module in modules()} - named == set()


def test_no_import_runs_upward():
    assert upward(imports(modules())) == []


def test_no_import_runs_in_a_circle():
    graph = imports(modules())
    assert circle(graph) == []
    assert circle(rooms(graph)) == []


def test_what_is_handed_on_is_imported_late():
    code = "import sys, jupyter_green.meter.measure; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert "jupyter_green.meter.report" in loaded
    assert loaded.isdisjoint(f"{PACKAGE}.{name}" for name in HANDED_ON["meter.report"])
    assert loaded.isdisjoint({"matplotlib", "pandas", "numpy"})


@pytest.mark.parametrize(
    ("file", "text", "wrong"),
    [
        (
            "sources/rapl.py",
            "from ..meter import report",
            ["sources.rapl imports meter.report"],
        ),
        (
            "sampler/client.py",
            "def late():\n from jupyter_green.cli import main",
            ["sampler.client imports cli.main"],
        ),
        ("meter/meter.py", "from ..sampler import client", []),
        ("_format.py", "if TYPE_CHECKING:\n    from .meter.report import Report", []),
    ],
)
def test_the_check_sees_what_it_should(tmp_path, file, text, wrong):
    for name in ("cli/main.py", "meter/__init__.py", "meter/report.py", "sampler/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / file).parent.mkdir(exist_ok=True)
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
