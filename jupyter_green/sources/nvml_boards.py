"""Which NVIDIA boards there are, each with its UUID and its MIG devices.

Which of them are a program's is another question: :mod:`.cuda_visible`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..flags import WHOLE_BOARD
from .base import Missing

REMEDY_UNREADABLE = "Run `nvidia-smi` to see the fault. A GPU that is lost needs a reboot."


@dataclass(frozen=True)
class Board:
    """One GPU. `flags` say what always holds for its figures."""

    index: int
    handle: Any
    uuid: str
    name: str
    flags: tuple[str, ...] = ()

    def flagged(self, flag: str) -> Board:
        """Return this board with a flag, once."""
        return self if flag in self.flags else replace(self, flags=(*self.flags, flag))


@dataclass(frozen=True)
class Boards:
    """Boards by their NVML index, and those that are missing."""

    found: dict[int, Board]
    missing: tuple[Missing, ...]


def all_boards(pynvml: Any) -> Boards:
    """Return every board of the machine.

    A board in MIG mode is flagged however it is named: CUDA reaches no more of
    it than one MIG device, and NVML has no energy for less than the board.
    """
    found: dict[int, Board] = {}
    missing: list[Missing] = []
    for index in range(pynvml.nvmlDeviceGetCount()):
        try:
            handle = pynvml.nvmlDeviceGetHandleByIndex(index)
            uuid = text(pynvml.nvmlDeviceGetUUID(handle))
            board = Board(index, handle, uuid, _name(pynvml, handle))
        except Exception as error:  # noqa: BLE001  (whatever it is, the other boards are read)
            reason = f"it cannot be read: {error}"
            missing.append(Missing(f"gpu:{index}", reason, REMEDY_UNREADABLE))
            continue
        found[index] = board.flagged(WHOLE_BOARD) if _is_divided(pynvml, handle) else board
    return Boards(found, tuple(missing))


def text(value: str | bytes) -> str:
    """Return a text of NVML's, which an older `pynvml` gives as bytes; they need not be UTF-8."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _name(pynvml: Any, handle: Any) -> str:
    """Return what a board calls itself, or that it is an NVIDIA GPU where that cannot be read."""
    try:
        return text(pynvml.nvmlDeviceGetName(handle))
    except UnicodeDecodeError as error:
        return text(bytes(error.object))
    except pynvml.NVMLError:
        return "NVIDIA GPU"


def parts(pynvml: Any, board: Board) -> Iterator[str]:
    """Yield the UUIDs of a board's MIG devices. There are gaps where some were destroyed."""
    try:
        count = pynvml.nvmlDeviceGetMaxMigDeviceCount(board.handle)
    except pynvml.NVMLError:
        return
    for index in range(count):
        try:
            part = pynvml.nvmlDeviceGetMigDeviceHandleByIndex(board.handle, index)
            uuid = text(pynvml.nvmlDeviceGetUUID(part))
        except pynvml.NVMLError:
            continue
        yield uuid


def _is_divided(pynvml: Any, handle: Any) -> bool:
    try:
        current, _ = pynvml.nvmlDeviceGetMigMode(handle)
    except (pynvml.NVMLError, AttributeError):
        return False  # boards before Ampere have no such mode, and an older pynvml knows none
    return bool(current == pynvml.NVML_DEVICE_MIG_ENABLE)
