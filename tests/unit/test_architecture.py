"""The map is true: every file and name in it exists, and every room stands in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAP = ROOT / "docs" / "architecture.md"
PAGES = (MAP, ROOT / "CONTRIBUTING.md")
HOMES = (ROOT / "jupyter_green", ROOT / "labextension" / "src")
NO_ROOMS = {"labextension", "locale", "__pycache__"}
"""Folders of the package: the built extension, and Python's."""

LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"[\w.-]+(/[\w.-]+)*/|([\w.-]+/)*[\w-][\w.-]*\.(py|tsx?|mjs|json|md|sh|ipynb)")
"""A folder or a file, as it stands in backticks."""


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def rows(page: Path) -> list[dict[str, str]]:
    """The rows of all tables of a page, by the heads of their columns."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", text(page), re.MULTILINE):
        lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in block.splitlines()]
        found += [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]
    return found


def links(page: Path) -> list[tuple[str, str]]:
    """The links of a page to files: what they show, and where they lead."""
    found = ((shown, target.partition("#")[0]) for shown, target in LINK.findall(text(page)))
    return [(shown, target) for shown, target in found if target and "://" not in target]


def paths(page: Path) -> list[str]:
    """The files and folders that a page names outside of links and fences."""
    plain = LINK.sub("", FENCE.sub("", text(page)))
    return [code for code in CODE.findall(plain) if PATH.fullmatch(code)]


def definition(name: str) -> re.Pattern[str]:
    """How a file defines a name: in Python, or in TypeScript."""
    return re.compile(
        rf"^\s*(async )?(def|class) {name}\b"
        rf"|^(export )?(class|function|const|interface) {name}\b"
        rf"|^  ((private|override|async|static|get) )*{name}\(.*\{{$",
        re.MULTILINE,
    )


NAMED = [row for row in rows(MAP) if {"file", "name"} <= row.keys()]


def test_the_map_answers_ten_questions():
    assert sum(row.get("question", "").endswith("?") for row in NAMED) == 10


@pytest.mark.parametrize(
    ("target", "name"),
    [(LINK.fullmatch(row["file"])[2], row["name"].strip("`")) for row in NAMED],
)
def test_a_named_definition_is_in_its_file(target, name):
    assert definition(name).search(text(MAP.parent / target))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_leads_to_the_file_that_it_shows(page):
    assert [target for _, target in links(page) if not (page.parent / target).exists()] == []
    shown = [(CODE.fullmatch(words), target) for words, target in links(page)]
    assert [target for code, target in shown if code and not target.endswith(code[1])] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_path_exists(page):
    named = paths(page)
    assert len(named) > 5
    known = {path.name for home in (*HOMES, ROOT / "tests") for path in home.rglob("*")}
    lost = [path for path in named if not (ROOT / path).exists()]
    assert [path for path in lost if path.rstrip("/") not in known] == []


@pytest.mark.parametrize("home", HOMES, ids=lambda home: home.name)
def test_every_room_is_on_the_map(home):
    rooms = [folder.name for folder in home.iterdir() if folder.is_dir()]
    assert len(rooms) > 5
    named = paths(MAP)
    prefix = home.relative_to(ROOT).as_posix()
    unnamed = [room for room in rooms if f"{prefix}/{room}/" not in named]
    assert set(unnamed) <= NO_ROOMS
