"""Which project a program runs in, and its git commit: read from ``.git``, without starting git.

What these files hold is said in gitrepository-layout(5) and git-pack-refs(1).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

PROJECT_VARIABLE = "JUPYTER_GREEN_PROJECT"
"""A name for the project, in place of its folder."""
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_MOST_LINKS = 5
"""References that name another one."""
_MOST_BYTES = 16 << 20
"""Of a file of git's."""


class Project(NamedTuple):
    """A folder under version control; or only the folder a program runs in."""

    folder: str
    """Its path, with ``~`` for the home, which often is a person's name."""
    commit: str | None
    """What is checked out; ``None`` where that is not known, as in a repository without commits."""


def project_of(folder: Path) -> Project:
    """Return the project of a folder; nothing is raised."""
    try:
        here = folder.absolute()
        for each in (here, *here.parents):
            if (each / ".git").exists():
                return Project(_without_home(each), _commit(each / ".git"))
    except (OSError, RuntimeError):
        pass
    return Project(_without_home(folder), None)


def _commit(git: Path) -> str | None:
    try:
        if git.is_file():  # a worktree, or a submodule
            git = git.parent / _text(git).removeprefix("gitdir:").strip()
        common = git / "commondir"
        shared = git / _text(common).strip() if common.exists() else git
        name = _text(git / "HEAD").strip()
        for _ in range(_MOST_LINKS):
            if not name.startswith("ref:"):
                return name if _COMMIT.fullmatch(name) else None
            name = _reference(name.removeprefix("ref:").strip(), git, shared)
    except (OSError, ValueError):
        pass
    return None


def _reference(name: str, git: Path, shared: Path) -> str:
    """Return what a reference holds: a loose one comes before a packed one."""
    if ".." in name.split("/") or not name.startswith("refs/"):
        return ""
    for folder in (git, shared):
        if (path := folder / name).is_file():
            return _text(path).strip()
    packed = shared / "packed-refs"
    for line in _text(packed).splitlines() if packed.exists() else ():
        commit, _, packed_name = line.partition(" ")
        if packed_name == name:
            return commit
    return ""


def _text(path: Path) -> str:
    with path.open("rb") as stream:
        return stream.read(_MOST_BYTES).decode("utf-8", "surrogateescape")


def as_kept(folder: Path) -> str:
    """Return how the ledger has a project's folder that a user names: whole, or its last part."""
    return _without_home(folder) if folder.is_absolute() else str(folder)


def _without_home(folder: Path) -> str:
    try:
        path = folder.absolute()
        found = Path("~") / path.relative_to(Path.home())
    except (OSError, RuntimeError, ValueError):
        found = folder
    return str(found).encode("utf-8", "replace").decode()
