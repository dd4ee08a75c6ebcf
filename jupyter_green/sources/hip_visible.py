"""Which AMD GPUs a HIP program of an environment uses.

ROCm documentation, "GPU isolation techniques": ``ROCR_VISIBLE_DEVICES`` holds indices or
unique ids and hides the rest from the runtime; ``HIP_VISIBLE_DEVICES`` holds indices into
what is left, and where it is not set ``CUDA_VISIBLE_DEVICES`` does. Each stops at the first
entry that is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .base import Domain, Missing
from .cuda_visible import VARIABLE as CUDA_VARIABLE
from .cuda_visible import Shown

ROCR_VARIABLE = "ROCR_VISIBLE_DEVICES"
HIP_VARIABLE = "HIP_VISIBLE_DEVICES"

NOTE_PARTITION = "a partition of a GPU that is in the total already"

REMEDY_VISIBLE = (
    "Set it to the GPUs to meter, or unset it; HIP takes it as it is when it is first used, so "
    "restart the kernel if that was before."
)


def by_environment(
    boards: Sequence[Domain | None], environ: Mapping[str, str], *, is_alone: bool
) -> Shown:
    """Return those of `boards` that an environment shows.

    Parameters
    ----------
    boards
        By HIP's number of the whole machine; ``None`` is one that cannot be read.
    environ
        The environment.
    is_alone
        Whether there are no NVIDIA GPUs beside them, whose ``CUDA_VISIBLE_DEVICES`` is.
    """
    missing: list[Missing] = []
    left = list(enumerate(boards))
    variables = [ROCR_VARIABLE, HIP_VARIABLE]
    if is_alone and HIP_VARIABLE not in environ:
        variables.append(CUDA_VARIABLE)
    for variable in variables:
        wanted = environ.get(variable)
        if wanted is not None and left:
            left = _chosen(left, variable, wanted, missing)
    return Shown({board.id: () for _, board in left if board is not None}, tuple(missing))


def _chosen(
    boards: Sequence[tuple[int, Domain | None]],
    variable: str,
    wanted: str,
    missing: list[Missing],
) -> list[tuple[int, Domain | None]]:
    entries = [entry.strip() for entry in wanted.split(",") if entry.strip()]
    if not entries or entries[0] == "-1":
        reason = f"{variable}={wanted!r} hides every GPU"
        missing.append(Missing("amdsmi", reason, REMEDY_VISIBLE))
        return []
    chosen: dict[int, Domain | None] = {}
    for entry in entries:
        if entry.isdecimal() and int(entry) < len(boards):
            number, board = boards[int(entry)]
            chosen[number] = board
            continue
        named = [(n, b) for n, b in boards if b is not None and b.board.lower() == entry.lower()]
        if not named:
            if entry != "-1":
                reason = f"{variable}={wanted!r} names a GPU that is not here: {entry!r}"
                missing.append(Missing("amdsmi", reason, REMEDY_VISIBLE))
            break
        number, board = named[0]
        chosen[number] = board
    return list(chosen.items())
