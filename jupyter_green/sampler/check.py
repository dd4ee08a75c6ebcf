"""What a sampler can read here, or why it does not start, as text for a person."""

from __future__ import annotations

from ..printable import LONGEST_MESSAGE, printable, shortened
from ..sources.base import Discovery
from . import messages
from .spawned import SpawnedSampler


def check() -> str:
    """Start a sampler as a program does, and return what it says."""
    try:
        process = SpawnedSampler()
    except OSError as error:
        return _one_line(f"the sampler cannot be started: {error}")
    for line in process.lines():
        message = messages.decode(line)
        if message[0] == messages.HELLO:
            process.hang_up()
            return str(Discovery(*messages.discovered(message)))
        if message[0] == messages.FAILED:
            return _one_line(f"the sampler failed: {message[1]}")
    return _one_line(f"the sampler ended before it could read anything. {process.last_words()}")


def _one_line(text: str) -> str:
    return shortened(printable(text.rstrip()), LONGEST_MESSAGE)
