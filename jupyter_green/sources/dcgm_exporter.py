"""NVIDIA's boards as dcgm-exporter shows them, every 30 s unless it is told otherwise.

A row is ``DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="0",UUID="GPU-...",modelName="..."}``, in mJ
since the driver was loaded (etc/default-counters.csv of NVIDIA/dcgm-exporter). It shows what it
collected last (``--collect-interval``, 30 000 ms). A board in MIG mode has a row for each of its
devices, with ``GPU_I_ID``, and each of them shows the joules of the whole board: it is one domain.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from . import scales
from .base import Domain, Found, Missing, Provenance
from .exposition import Row, pattern, rows
from .looked_up import MOST_DOMAINS, LookedUp
from .page import Address, PageError, address, get
from .variables import DCGM_EXPORTER_VARIABLE

NAME = "dcgm-exporter"
USUAL_PATH = "/metrics"
RESOLUTION_S = 30.0
FRESH_S = 0.5
"""The page changes every 30 s, so it need not be asked for at each sample."""
NOTE = "read through dcgm-exporter, up to 30 s old"

REMEDY = (
    f"Set {DCGM_EXPORTER_VARIABLE} to the page of this host's dcgm-exporter, such as "
    "http://127.0.0.1:9400/metrics, with DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION among its counters; "
    "or unset it. Then restart the kernel."
)

_POWER_LIMIT_W = 5000.0
"""Far above what any board draws."""
_MOST_MJ = 2.0**62
"""From there on are DCGM's values for figures that there are not (dcgm_structs.h)."""
_UUID = re.compile(r"[\w-]{1,64}$", re.ASCII)
_WANTED = pattern("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION")


def probe(named: str, read_elsewhere: Collection[str] = (), first_gpu: int = 0) -> Found:
    """Open the boards that the exporter at an address shows.

    Parameters
    ----------
    named
        Its page.
    read_elsewhere
        The UUIDs of boards that have another source: they are left out.
    first_gpu
        The number of the first board that is left.
    """
    try:
        place = address(named)
        boards = _boards(place)
    except PageError as error:
        return Found(missing=(Missing(NAME, str(error), REMEDY),))
    left = sorted(boards.keys() - set(read_elsewhere), key=lambda uuid: _number(boards[uuid]))
    domains = [
        (uuid, _domain(f"gpu:{number}", uuid, boards[uuid].labels.get("modelName", "NVIDIA GPU")))
        for number, uuid in enumerate(left, first_gpu)
    ]
    return Found(LookedUp(NAME, domains, lambda: _counters(place), FRESH_S) if left else None)


def _boards(place: Address) -> dict[str, Row]:
    """Return the rows that have a figure, one for each board."""
    found = {
        row.labels["UUID"]: row
        for row in rows(get(place, place.path or USUAL_PATH), _WANTED)
        if _UUID.match(row.labels.get("UUID", "")) and 0 <= row.value < _MOST_MJ
    }
    if not 0 < len(found) <= MOST_DOMAINS:
        raise PageError(f"{place} shows the joules of {len(found)} boards")
    return found


def _counters(place: Address) -> dict[str, int]:
    return {uuid: round(row.value) for uuid, row in _boards(place).items()}


def _number(row: Row) -> int:
    number = row.labels.get("gpu", "")
    return int(number) if number.isdecimal() else 0


def _domain(id_: str, uuid: str, model: str) -> Domain:
    return Domain(
        id=id_,
        device=model,
        source=NAME,
        provenance=Provenance.COUNTER,
        resolution_s=RESOLUTION_S,
        unit_j=1e-3,
        power_limit_w=_POWER_LIMIT_W,
        scale=scales.nvidia(model, uuid),
        note=NOTE,
        board=uuid,
    )
