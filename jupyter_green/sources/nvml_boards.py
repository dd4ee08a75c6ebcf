"""Which NVIDIA boards a CUDA program of this environment uses.

CUDA programming guide, environment variables. ``CUDA_VISIBLE_DEVICES`` holds
indices, beginnings of GPU UUIDs, or MIG devices; CUDA stops at the first entry
that it does not know, and so does this. ``CUDA_DEVICE_ORDER`` says how CUDA
counts: the fastest first where it is not set, while NVML counts by PCI bus.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..flags import DEVICE_ORDER, WHOLE_BOARD
from .base import Missing

NOTES = {
    WHOLE_BOARD: "the energy of the whole board, including all its MIG devices",
    DEVICE_ORDER: "in CUDA this index may be another GPU",
}

REMEDY_UNREADABLE = "Run `nvidia-smi` to see the fault. A GPU that is lost needs a reboot."
REMEDY_VISIBLE = (
    "Set CUDA_VISIBLE_DEVICES to the GPUs to meter, or unset it, and restart the kernel."
)
REMEDY_ORDER = (
    "Set CUDA_DEVICE_ORDER=PCI_BUS_ID, or name the GPUs by the UUIDs that `nvidia-smi -L` "
    "shows, and restart the kernel."
)


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
            uuid = pynvml.nvmlDeviceGetUUID(handle)
            board = Board(index, handle, uuid, pynvml.nvmlDeviceGetName(handle))
        except pynvml.NVMLError as error:
            reason = f"it cannot be read: {error}"
            missing.append(Missing(f"gpu:{index}", reason, REMEDY_UNREADABLE))
            continue
        found[index] = board.flagged(WHOLE_BOARD) if _is_divided(pynvml, handle) else board
    return Boards(found, tuple(missing))


def visible(pynvml: Any, boards: Boards, environ: Mapping[str, str]) -> Boards:
    """Return those of `boards` that CUDA shows in this environment, each once."""
    wanted = environ.get("CUDA_VISIBLE_DEVICES")
    if wanted is None:
        return boards
    entries = [entry.strip() for entry in wanted.split(",") if entry.strip()]
    shown: dict[int, Board] = {}
    by_index: set[int] = set()
    missing: list[Missing] = []
    if not entries:
        missing.append(Missing("nvml", "CUDA_VISIBLE_DEVICES hides every GPU", REMEDY_VISIBLE))
    for entry in entries:
        board = _named(pynvml, boards.found, entry)
        if board is None:
            reason = f"CUDA_VISIBLE_DEVICES={wanted!r} names a GPU that is not here: {entry!r}"
            missing.append(Missing("nvml", reason, REMEDY_VISIBLE))
            missing.extend(m for m in boards.missing if m.id == f"gpu:{entry}")
            break
        shown[board.index] = board
        if entry.isdecimal():
            by_index.add(board.index)
    if by_index and len(shown) < len(boards.found) and _order_matters(boards, environ):
        shown |= {index: shown[index].flagged(DEVICE_ORDER) for index in by_index}
        reason = (
            f"CUDA_VISIBLE_DEVICES={wanted!r} may name another GPU than is metered: CUDA counts "
            "the fastest GPU first, the driver by PCI bus, and the GPUs of this machine differ"
        )
        missing.append(Missing("nvml", reason, REMEDY_ORDER))
    return Boards(shown, tuple(missing))


def _order_matters(boards: Boards, environ: Mapping[str, str]) -> bool:
    models = {board.name for board in boards.found.values()}
    return len(models) > 1 and environ.get("CUDA_DEVICE_ORDER") != "PCI_BUS_ID"


def _named(pynvml: Any, found: Mapping[int, Board], entry: str) -> Board | None:
    if entry.isdecimal():
        return found.get(int(entry))
    if entry.startswith("MIG-GPU-"):  # MIG-<UUID of the GPU>/<instance>/<instance>, before R470
        board = _by_uuid(found, entry.removeprefix("MIG-").partition("/")[0])
        return board.flagged(WHOLE_BOARD) if board else None
    if entry.startswith("MIG-"):
        parts = ((board, uuid) for board in found.values() for uuid in _parts(pynvml, board))
        owners = [board for board, uuid in parts if uuid.startswith(entry)]
        return owners[0].flagged(WHOLE_BOARD) if len(owners) == 1 else None
    return _by_uuid(found, entry) if entry.startswith("GPU-") else None


def _by_uuid(found: Mapping[int, Board], beginning: str) -> Board | None:
    """Return the one board whose UUID begins so. CUDA knows no board by two's beginning."""
    named = [board for board in found.values() if board.uuid.startswith(beginning)]
    return named[0] if len(named) == 1 else None


def _parts(pynvml: Any, board: Board) -> Iterator[str]:
    """Yield the UUIDs of a board's MIG devices. There are gaps where some were destroyed."""
    try:
        count = pynvml.nvmlDeviceGetMaxMigDeviceCount(board.handle)
    except pynvml.NVMLError:
        return
    for index in range(count):
        try:
            part = pynvml.nvmlDeviceGetMigDeviceHandleByIndex(board.handle, index)
            uuid = pynvml.nvmlDeviceGetUUID(part)
        except pynvml.NVMLError:
            continue
        yield uuid


def _is_divided(pynvml: Any, handle: Any) -> bool:
    try:
        current, _ = pynvml.nvmlDeviceGetMigMode(handle)
    except pynvml.NVMLError:
        return False  # boards before Ampere have no such mode
    return bool(current == pynvml.NVML_DEVICE_MIG_ENABLE)
