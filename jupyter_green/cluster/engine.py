"""What runs work on several hosts, as the meter sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

Words = Sequence[Any]
"""A message: see :mod:`.words`."""


class Engine(Protocol):
    """Dask, Ray and what else there may be: it has workers on hosts, and carries messages.

    None of its methods raises because the cluster is broken, but where it says so; and none waits
    for a worker, which may be busy.
    """

    notebook: str
    """Where agents answer this program."""
    fault: str | None
    """Why there are no agents, in a sentence."""
    lacking: str | None
    """Why some workers' hosts can have none, in a sentence."""

    def start(self, heard: Callable[[Words], None]) -> None:
        """Have an agent on each host, also on those that join later; a second call sees to it anew.

        `heard` is called with what agents say to this program, from another thread. It does not
        wait until they are there.
        """

    def hosts(self) -> Mapping[str, str | None]:
        """Return on which host each worker is now; ``None`` where it has not said so.

        Those that can have no agent are not among them: `lacking` is about them.

        Raises
        ------
        OSError
            Where the cluster does not answer.
        """

    def mark(self, words: Words) -> None:
        """Tell all agents.

        Raises
        ------
        OSError
            Where the cluster does not answer.
        """

    def stop(self) -> None:
        """Hear nothing more; agents end with their cluster, or when no program needs them."""
