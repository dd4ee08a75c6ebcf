"""Which NVIDIA boards a CUDA program of an environment uses.

CUDA programming guide, environment variables. ``CUDA_VISIBLE_DEVICES`` holds
indices, beginnings of GPU UUIDs, or MIG devices; CUDA stops at the first entry
that it does not know, and so does this: ``-1`` is the usual one. ``CUDA_DEVICE_ORDER``
says how CUDA counts: the fastest first where it is not set, while NVML counts by PCI bus.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..flags import DEVICE_ORDER, WHOLE_BOARD
from .base import Domain, Missing

VARIABLE = "CUDA_VISIBLE_DEVICES"
ORDER_VARIABLE = "CUDA_DEVICE_ORDER"

REMEDY_VISIBLE = (
    "Set CUDA_VISIBLE_DEVICES to the GPUs to meter, or unset it; CUDA takes it as it is when it "
    "is first used, so restart the kernel if that was before."
)
REMEDY_ORDER = (
    "Set CUDA_DEVICE_ORDER=PCI_BUS_ID, or name the GPUs by the UUIDs that `nvidia-smi -L` "
    "shows, before CUDA is first used."
)


NOTES = {
    WHOLE_BOARD: "the energy of the whole board, including all its MIG devices",
    DEVICE_ORDER: "in CUDA this index may be another GPU",
}


@dataclass(frozen=True)
class Shown:
    """The boards that CUDA shows, by domain, each with the flags that it has because of that."""

    flags: Mapping[str, tuple[str, ...]]
    missing: tuple[Missing, ...] = ()


def by_environment(boards: Sequence[Domain], environ: Mapping[str, str]) -> Shown:
    """Return those of `boards` (all that NVML lists, as ``gpu:N``) that an environment shows."""
    wanted = environ.get(VARIABLE)
    if wanted is None:
        return Shown({board.id: () for board in boards})
    entries = [entry.strip() for entry in wanted.split(",") if entry.strip()]
    shown: dict[str, tuple[str, ...]] = {}
    by_index: set[str] = set()
    missing: list[Missing] = []
    if not entries or entries[0] == "-1":
        reason = f"{VARIABLE}={wanted!r} hides every GPU"
        return Shown({}, (Missing("nvml", reason, REMEDY_VISIBLE),))
    for entry in entries:
        found = _named(boards, entry)
        if found is None:
            if entry != "-1":
                reason = f"{VARIABLE}={wanted!r} names a GPU that is not here: {entry!r}"
                missing.append(Missing("nvml", reason, REMEDY_VISIBLE))
            break
        board, flags = found
        shown[board.id] = flags
        if entry.isdecimal():
            by_index.add(board.id)
    if by_index and len(shown) < len(boards) and _order_matters(boards, environ):
        shown |= {id_: (*shown[id_], DEVICE_ORDER) for id_ in by_index}
        reason = (
            f"{VARIABLE}={wanted!r} may name another GPU than is metered: CUDA counts "
            "the fastest GPU first, the driver by PCI bus, and the GPUs of this machine differ"
        )
        missing.append(Missing("nvml", reason, REMEDY_ORDER))
    return Shown(shown, tuple(missing))


def by_uuids(boards: Sequence[Domain], uuids: Sequence[str]) -> Shown:
    """Return those of `boards` that CUDA itself shows: their UUIDs, or those of MIG devices."""
    shown: dict[str, tuple[str, ...]] = {}
    for uuid in uuids:
        for board in boards:
            if _bare(uuid) == _bare(board.board):
                shown[board.id] = ()
            elif _bare(uuid) in map(_bare, board.parts):
                shown[board.id] = (WHOLE_BOARD,)
    return Shown(shown)


def _bare(uuid: str) -> str:
    return uuid.removeprefix("GPU-").removeprefix("MIG-").lower()


def _order_matters(boards: Sequence[Domain], environ: Mapping[str, str]) -> bool:
    models = {board.device for board in boards}
    return len(models) > 1 and environ.get(ORDER_VARIABLE) != "PCI_BUS_ID"


def _named(boards: Sequence[Domain], entry: str) -> tuple[Domain, tuple[str, ...]] | None:
    if entry.isdecimal():
        named = [board for board in boards if board.id == f"gpu:{int(entry)}"]
        return (named[0], ()) if named else None
    if entry.startswith("MIG-GPU-"):  # MIG-<UUID of the GPU>/<instance>/<instance>, before R470
        board = _by_uuid(boards, entry.removeprefix("MIG-").partition("/")[0])
        return (board, (WHOLE_BOARD,)) if board else None
    if entry.startswith("MIG-"):
        parts = ((board, uuid) for board in boards for uuid in board.parts)
        owners = [board for board, uuid in parts if uuid.startswith(entry)]
        return (owners[0], (WHOLE_BOARD,)) if len(owners) == 1 else None
    board = _by_uuid(boards, entry) if entry.startswith("GPU-") else None
    return (board, ()) if board else None


def _by_uuid(boards: Sequence[Domain], beginning: str) -> Domain | None:
    """Return the one board whose UUID begins so. CUDA knows no board by two's beginning."""
    named = [board for board in boards if board.board.startswith(beginning)]
    return named[0] if len(named) == 1 else None
