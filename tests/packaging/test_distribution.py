"""The wheel and the sdist, built and installed where no Node can be found on the PATH.

The build requirements, Node's wheel among them, come from wherever pip is told to fetch them, once
for all builds here; npm's packages are those that the checkout has by its lock file.
"""

from __future__ import annotations

import email
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NODE_PROGRAMS = {"node", "nodejs", "npm", "npx", "yarn", "corepack", "jlpm", "pnpm"}
SHARED = "jupyter_green-{version}.data/data/share/jupyter/labextensions/jupyter-green/"
UNITS = "jupyter_green-{version}.data/data/share/jupyter-green/systemd/"
MOST_START_BYTES = 40_000
"""What JupyterLab loads of the extension at its start."""
MOST_LATER_BYTES = 260_000
"""What it loads on first use: the panel, the runs' views and charts, the export."""
MOST_WIDGET_BYTES = 62_200
"""With what goes along, a message of 64 KiB has pyzmq start a thread in the kernel."""
SDIST = ("-m", "build", "--sdist", "--no-isolation")
LIST_EXTENSIONS = "from jupyterlab.labextensions import main; main(['list', '--verbose'])"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def no_node(tmp_path_factory) -> dict[str, str]:
    """An environment whose PATH has all that ours has, but for Node and its company."""
    folder = tmp_path_factory.mktemp("bin")
    for directory in os.get_exec_path():
        for program in Path(directory).glob("*"):
            if program.name not in NODE_PROGRAMS and not (folder / program.name).is_symlink():
                (folder / program.name).symlink_to(program)
    assert not any(shutil.which(name, path=str(folder)) for name in NODE_PROGRAMS)
    return {**os.environ, "PATH": str(folder)}


@pytest.fixture(scope="module")
def builder(no_node, tmp_path_factory) -> Path:
    """A Python with what the project says that it is built by, and nothing else but `build`."""
    folder = tmp_path_factory.mktemp("builder")
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    (requires,) = re.findall(r"^requires = (\[.*\])$", project, re.MULTILINE)
    run([sys.executable, "-m", "venv", folder], no_node)
    python = folder / "bin" / "python"
    install = ["-m", "pip", "install", "--no-compile", "build", *json.loads(requires)]
    run([python, *install], no_node)
    return python


@pytest.fixture(scope="module")
def with_required(builder, no_node) -> dict[str, str]:
    """An environment that finds the programs of what the project is built by, npm among them."""
    return {**no_node, "PATH": f"{builder.parent}{os.pathsep}{no_node['PATH']}"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A copy of what git holds or would hold, and of npm's packages: nothing that was built."""
    folder = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    assert not (folder / "jupyter_green" / "labextension").exists()
    packages = "labextension/node_modules"
    assert not (folder / packages).exists()
    shutil.copytree(ROOT / packages, folder / packages, symlinks=True)
    return folder


@pytest.fixture(scope="module")
def sdist(builder, checkout, with_required, tmp_path_factory) -> Path:
    """Built from what git holds: npm runs, as in a wheel that is built from there."""
    folder = tmp_path_factory.mktemp("sdist")
    run([builder, *SDIST, "--outdir", folder, checkout], with_required)
    (archive,) = folder.iterdir()
    return archive


@pytest.fixture(scope="module")
def wheel(builder, sdist, no_node, tmp_path_factory) -> Path:
    """Built from the sdist, whose files may have any times, where npm could fetch nothing."""
    offline = {
        **no_node,
        "npm_config_offline": "true",
        "npm_config_cache": str(tmp_path_factory.mktemp("empty")),
    }
    unpacked, folder = tmp_path_factory.mktemp("unpacked"), tmp_path_factory.mktemp("wheel")
    shutil.unpack_archive(sdist, unpacked)
    (source,) = unpacked.iterdir()
    for path in (source / "labextension").rglob("*"):
        path.touch()
    make = ["-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", folder, source]
    run([builder, *make], offline)
    (wheel,) = folder.iterdir()
    return wheel


def run(command: list[str | Path], environment: dict[str, str]) -> str:
    ran = subprocess.run(
        [str(part) for part in command],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-6000:]
    return ran.stdout


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def extension_in(wheel: Path) -> str:
    return SHARED.format(version=wheel.name.split("-")[1])


def units_in(wheel: Path) -> str:
    return UNITS.format(version=wheel.name.split("-")[1])


def test_the_wheel_holds_all_that_a_user_needs_once(wheel):
    names = names_in(wheel)
    assert {
        "jupyter_green/report/report.v1.schema.json",
        "jupyter_green/notebook/static/live.js",
        "jupyter_green/py.typed",
        "jupyter_green/sources/data/cpu_watts_per_vcpu.csv",
    } <= names
    shared = extension_in(wheel)
    assert {shared + "package.json", shared + "install.json"} <= names
    (entry,) = [name for name in names if "remoteEntry." in name]
    assert entry.startswith(shared + "static/"), "JupyterLab loads the extension by this file"
    assert {name.split("/")[0] for name in names} == {
        "jupyter_green",
        shared.split("/")[0],
        shared.split("/")[0].replace(".data", ".dist-info"),
    }
    assert not [name for name in names if "node_modules" in name or name.endswith(".map")]


def test_the_wheel_holds_the_whole_package_and_what_npm_made_of_it(wheel, checkout):
    package = checkout / "jupyter_green"  # with what npm has made there for the sdist
    files = (path for path in package.rglob("*") if path.is_file())
    expected = {str(p.relative_to(checkout)) for p in files if "__pycache__" not in p.parts}
    built = "jupyter_green/labextension/"
    moved = {extension_in(wheel) + n[len(built) :] for n in expected if n.startswith(built)}
    kept = {name for name in expected if not name.startswith(built)}
    units = [*checkout.glob("deploy/*.service"), *checkout.glob("deploy/*.socket")]
    assert len(moved) > 10
    assert len(units) == 4
    assert {name for name in names_in(wheel) if "dist-info" not in name} == {
        *kept,
        *moved,
        extension_in(wheel) + "install.json",
        *(units_in(wheel) + unit.name for unit in units),
    }


def test_two_folders_make_the_same_files(builder, checkout, sdist, with_required, tmp_path):
    """``sdist`` has run npm in ``checkout``; here it runs in a folder of another length."""
    elsewhere = tmp_path / "a folder of another name" / "checkout"
    shutil.copytree(
        checkout, elsewhere, ignore=shutil.ignore_patterns("node_modules", "lib", "static")
    )
    shutil.rmtree(elsewhere / "jupyter_green" / "labextension")
    shutil.copytree(
        checkout / "labextension" / "node_modules",
        elsewhere / "labextension" / "node_modules",
        symlinks=True,
        copy_function=os.link,
    )
    again = tmp_path / "again"
    run([builder, *SDIST, "--outdir", again, elsewhere], with_required)
    assert (again / sdist.name).read_bytes() == sdist.read_bytes()


def test_the_wheel_says_of_itself_what_an_index_shows(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        said = email.message_from_bytes(archive.read(name))
        licences = [n for n in archive.namelist() if ".dist-info/licenses/" in n]
        (bundled,) = [n for n in archive.namelist() if n.endswith("third-party-licenses.json")]
        packages = json.loads(archive.read(bundled))["packages"]
    readme = said.get_payload(decode=False)
    targets = [*re.findall(r"\]\(([^)]+)\)", readme), *re.findall(r'src="([^"]+)"', readme)]
    assert len(targets) > 10
    assert [t for t in targets if not t.startswith(("https://", "#"))] == []
    assert [t for t in targets if re.search(r"\.(png|webp|svg)$", t) and "/blob/" in t] == []
    assert {url.split(",")[0] for url in said.get_all("Project-URL")} >= {"Source", "Issues"}
    assert said["License-Expression"] == "BSD-3-Clause AND Apache-2.0 AND CC-BY-4.0 AND MIT"
    held = {name.partition("/licenses/")[2] for name in licences}
    assert {"LICENSE", "licenses/Apache-2.0.txt", "licenses/CC-BY-4.0.txt"} <= held
    assert packages == [], "what is bundled wants its licence in licenses/"


def test_the_wheel_holds_the_panel_with_its_settings_and_style_and_no_more_script_than_agreed(
    wheel,
):
    with zipfile.ZipFile(wheel) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
        entries = {n: archive.read(n).decode() for n in sizes if "/static/remoteEntry." in n}
    place = extension_in(wheel)
    assert place + "schemas/jupyter-green/plugin.json" in sizes
    assert sizes[place + "static/style.css"] < 20_000
    scripts = {n: size for n, size in sizes.items() if n.startswith(place) and n[-3:] == ".js"}
    (entry,) = entries.values()
    (exposed,) = re.findall(r'\{"\./index":.*?\}', entry)
    at_start = {"remoteEntry", *re.findall(r'\.e\("?(\w+)"?\)', exposed)}
    start = sum(n for name, n in scripts.items() if Path(name).name.split(".")[0] in at_start)
    assert MOST_START_BYTES / 2 < start <= MOST_START_BYTES, scripts
    assert sum(scripts.values()) - start <= MOST_LATER_BYTES, scripts
    assert sizes["jupyter_green/notebook/static/live.js"] <= MOST_WIDGET_BYTES


def test_the_wheel_works_without_node(wheel, no_node, tmp_path):
    """The environment of the tests lends its packages, so that only ours is installed."""
    run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], no_node)
    python = tmp_path / "venv" / "bin" / "python"
    install = ["-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel]
    run([sys.executable, *install], no_node)
    (site_packages,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    (site_packages / "lent.pth").write_text(sysconfig.get_path("purelib"))
    bare = {name: value for name, value in no_node.items() if not name.startswith("JUPYTER")}
    bare["HOME"] = str(tmp_path)

    where = run([python, "-I", "-c", "import jupyter_green; print(jupyter_green.__file__)"], bare)
    assert Path(where.strip()).is_relative_to(site_packages)
    listing = run([python, "-I", "-c", LIST_EXTENSIONS], bare)
    assert re.search(r"jupyter-green v\S+ .*enabled.* .*OK", listing), listing
    assert "execute" in run([tmp_path / "venv" / "bin" / "jupyter-green", "--help"], bare)
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        needed = email.message_from_bytes(archive.read(name)).get_all("Requires-Dist")
    assert any(each.startswith("jupyter-core>") for each in needed), "who brings `jupyter green`?"


def test_the_sdist_holds_what_was_built_and_its_sources(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "jupyter_green/labextension/package.json",
        "jupyter_green/notebook/static/live.js",
        "labextension/package-lock.json",
        "labextension/src/index.ts",
        "labextension/src/live/widget.ts",
        "LICENSE",
    } <= names
    assert not [name for name in names if "node_modules" in name]
