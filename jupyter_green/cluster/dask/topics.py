"""The topics of Dask's events by which notebooks and agents speak, through the scheduler alone."""

from __future__ import annotations

MARKS = "jupyter-green"
"""For all agents."""
WORKERS = "jupyter-green.workers"
"""Which worker is on which host, as each says when it starts."""
TASKS = "jupyter_green_tasks"
"""What the scheduler is asked, where it has the plugin that counts the seconds of tasks."""
ANSWER_S = 2.0
"""How long the scheduler may take to answer."""


def answers(notebook: str) -> str:
    """Return the topic of what agents tell a notebook."""
    return f"jupyter-green.{notebook}"


def is_gone(message: object, client: str) -> bool:
    """Whether an event of a client's own topic says that the scheduler has it no more."""
    return (
        isinstance(message, dict)
        and message.get("action") == "remove-client"
        and (message.get("client") == client)
    )
