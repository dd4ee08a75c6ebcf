"""Where a window ran: its project, commit and job."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .jobs import job_of
from .project import project_of

CONTEXT = ("project", "commit", "job")


def context_of(folder: str | None, named: str | None) -> Mapping[str, str | None]:
    """Return project, commit and job of a program.

    Parameters
    ----------
    folder
        That it runs in; ``None`` where there is none any more.
    named
        What the user calls the project, in place of its folder.
    """
    project = project_of(Path(folder)) if folder else None
    return {
        "project": named or (project and project.folder),
        "commit": project and project.commit,
        "job": job_of(),
    }
