"""``jupyter green serve``: one sampler for all programs of this host."""

from __future__ import annotations

import grp
import os
import signal
import sys
from pathlib import Path

from ..intake.places import LEDGER_VARIABLE, OFF
from ..printable import printable
from ..sampler.privileges import give_up
from ..service.disclosure import Disclosure
from ..service.host_sampler import HostSampler
from ..service.left import Left, left_path
from ..service.listening import CannotListenError, handed_on, listening
from ..service.service import AGAIN, Service
from .baseline import idle_power
from .errors import InputError


def serve(path: str, group: str | None, quantum_j: float, baseline: Path | None) -> int:
    """Serve until a signal ends it; return the exit code.

    `baseline` has the idle power, else the file where this machine's is kept.

    Raises
    ------
    InputError
        Where there is nothing to listen on, or no idle power in that file.
    """
    idle = idle_power(baseline)
    os.environ[LEDGER_VARIABLE] = OFF  # a window belongs to its client's ledger
    place = Path(path)
    try:
        listener = handed_on()
        is_own = listener is None
        if listener is None:
            listener = listening(place, _group_id(group))
    except CannotListenError as error:
        raise InputError(str(error)) from None
    sampler = HostSampler()
    give_up()  # before there is another thread
    service = Service(listener, sampler, Left(left_path(place)), Disclosure(quantum_j), idle)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: service.stop())
    service.go_on()
    if not service.start():
        print("jupyter green: the sensors cannot be opened", file=sys.stderr, flush=True)
        return AGAIN
    said = ", ".join(domain.id for domain in service.domains) or "nothing"
    print(printable(f"serving {said} on {place}"), file=sys.stderr, flush=True)
    try:
        return service.run()
    finally:
        listener.close()
        if is_own:
            place.unlink(missing_ok=True)


def _group_id(name: str | None) -> int | None:
    if name is None:
        return None
    if name.isdecimal():  # in a container, where the host's groups have no names
        return int(name)
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise InputError(f"there is no group {name}") from None
