"""Tutorials and how-tos do what they say: every block is run, or says why not.

A page's blocks run in their order, in one folder, in a real kernel and a shell.
"""

import os
import sys
from pathlib import Path

import pytest
import yaml

from scripts.release.site import PROMISED
from tests.kernel.pages import DOCS, Reader, blocks

NAV = yaml.safe_load((DOCS.parent / "mkdocs.yml").read_text("utf-8"))["nav"]
WITHOUT_SENSORS = "tutorials/no-sensors.md"


def pages(entry):
    """Every page below an entry of the site's navigation."""
    if isinstance(entry, str):
        return [entry]
    children = entry.values() if isinstance(entry, dict) else entry
    return [page for child in children for page in pages(child)]


FOLLOWED = [page for part in NAV if {"Tutorials", "How to"} & part.keys() for page in pages(part)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", FOLLOWED)
def test_whoever_follows_a_page_gets_what_it_says(name, kernel_with, tmp_path, request):
    page = DOCS / name
    if not (run := [block for block in blocks(page) if block.is_done]):
        pytest.skip("each of its blocks is marked as not run, with the reason")
    if "sklearn" in page.read_text("utf-8"):
        pytest.importorskip("sklearn")
    if name == WITHOUT_SENSORS:
        sensors = {"JUPYTER_GREEN_POWERCAP": str(tmp_path / "none")}
    else:
        request.getfixturevalue("host")
        sensors = {}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    reader = Reader(tmp_path / "home", os.environ | sensors | {"PATH": path}, kernel_with)
    for block in run:
        reader.follow(block)


@pytest.mark.parametrize("name", FOLLOWED)
def test_no_command_hides_from_being_run(name):
    for block in blocks(DOCS / name):
        assert block.language, block.text
        if block.language == "console":
            assert block.commands, block.text
        elif block.language not in ("python", "bash"):
            assert not block.commands, block.text
            assert not block.text.startswith(("jupyter green ", "pip ", "pytest ")), block.text
        if block.language == "bash":
            assert block.reason or block.file, block.text


def test_the_site_has_all_tutorials_and_how_tos():
    there = {
        f"{folder}/{p.name}"
        for folder in ("tutorials", "how-to")
        for p in (DOCS / folder).iterdir()
    }
    assert there <= set(FOLLOWED)


def test_what_a_release_looks_for_is_on_pages_that_there_are():
    assert PROMISED.keys() <= set(FOLLOWED)
