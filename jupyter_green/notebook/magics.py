"""The magics ``%%energy``, ``%energy`` and ``%green``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import traitlets
from IPython.core.error import UsageError
from IPython.core.magic import (
    Magics,
    cell_magic,
    line_magic,
    magics_class,
    needs_local_scope,
    no_var_expand,
)
from IPython.core.magic_arguments import argument, magic_arguments

from .._format import duration
from ..meter.baseline import BASELINE_S, measure_baseline
from ..meter.meter import close_shared_meter, shared_meter
from ..sources.variables import READER_NAMES, READER_VARIABLE
from . import energy_line, magic_interrupts, magic_line

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ..meter.meter import Meter
    from ..meter.repeated import Repeats
    from .cells import CellMeter

GREEN_USAGE = "usage: %green on [--quiet] | off | status | doctor | baseline [SECONDS]"


@magics_class
class EnergyMagics(Magics):
    """What a user types."""

    rapl_reader = traitlets.Enum(
        [None, *READER_NAMES],
        default_value=None,
        allow_none=True,
        help="The reader of RAPL's counters to try first; the best there is where none is named.",
    ).tag(config=True)

    def __init__(self, shell: InteractiveShell, cells: CellMeter) -> None:
        super().__init__(shell)
        self._shell = shell
        self._cells = cells

    @magic_arguments()
    @argument("--label", nargs="+", metavar="L", help="what to call the cell in reports")
    @argument(
        "--stage",
        metavar="S",
        help="lifecycle stage: infrastructure, data, modeling, training, deployment, evaluation, "
        "or a tag of your own",
    )
    @argument("-q", action="store_true", help="quiet: show nothing")
    @argument("-o", action="store_true", help="the report becomes the cell's value (Out[n] and _)")
    @argument("-v", metavar="NAME", help="store the report in this variable")
    @argument("-n", metavar="N", help="repeat the cell: N loops a run, 0 for as many as needed")
    @argument("-r", metavar="N", help="repeat the cell: N runs (7, or fewer that take 10 s)")
    @cell_magic
    def energy(self, line: str, cell: str) -> Repeats | None:
        """Meter the energy of a cell.

        The cell runs as it would without this line; its watts and joules are
        shown while it runs, and a report stays in its output.

        With -n or -r it runs many times, as a function like with %%timeit (the
        names that it binds are not kept), and the joules per loop are shown.
        """
        # A cell that begins with %%energy never gets here unless it is repeated or
        # its flags are wrong: the line is taken away before. Programs call this directly.
        options = magic_line.options(line, self.parser)
        if magic_line.is_repeated(line):
            heading = f"{magic_line.MAGIC} {line}"
            return energy_line.measure(self._shell, cell, options, heading=heading)
        with _tracebacks_left_to_caller(self._shell):
            result = self._shell.run_cell(f"{magic_line.MAGIC} {line}\n{cell}", store_history=False)
        result.raise_error()
        return None

    @needs_local_scope
    @no_var_expand
    @line_magic("energy")  # type: ignore[arg-type, unused-ignore]  # annotated for no name at all
    def energy_statement(
        self, line: str, local_ns: Mapping[str, Any] | None = None
    ) -> Repeats | None:
        """Measure the energy of a statement: ``%energy [-n N] [-r N] [-p N] [-oqv] STATEMENT``.

        It runs many times, like with %timeit, and the joules per loop are shown.

        -n N     loops in a run; as many as the sensors need if not given, or 0
        -r N     runs: 7, or fewer (at least 3) that take about 10 s in all
        -p N     significant digits of the joules (3)
        -o       return the result
        -v NAME  store the result in this variable
        -q       quiet: show nothing
        """
        options, statement = energy_line.split(line)
        return energy_line.measure(self._shell, statement, options, local_ns)

    @traitlets.observe("rapl_reader")
    def _read_rapl_otherwise(self, change: Any) -> None:
        """Tell the sampler, which looks for sensors anew when the next window begins."""
        if change["new"] is None:
            os.environ.pop(READER_VARIABLE, None)
        else:
            os.environ[READER_VARIABLE] = change["new"]
        close_shared_meter()

    @property
    def parser(self) -> Any:
        """The parser of ``%%energy``'s flags."""
        return self.energy.parser

    @line_magic
    def green(self, line: str) -> None:
        """Manage the meter: ``%green on [--quiet] | off | status | doctor | baseline [SECONDS]``.

        on        meter every cell from the next one on
        off       meter only cells with %%energy
        status    what is being measured, and what is missing and why
        doctor    read every sensor for 3 s; say what was seen, and what to do about the others
        baseline  measure the idle power for SECONDS (10); from then on reports tell net energy
        """
        words = line.split()
        if not words:
            sys.stdout.write(f"{GREEN_USAGE}\n")
        elif words[:1] == ["on"] and words[1:] in ([], ["--quiet"], ["-q"]):
            self._cells.auto = magic_line.Options(quiet=len(words) > 1)
            sys.stdout.write("Every cell is metered from now on; `%green off` ends it.\n")
        elif words == ["off"]:
            self._cells.auto = None
            sys.stdout.write("Only cells with %%energy are metered from now on.\n")
        elif words == ["status"]:
            sys.stdout.write(self._status() + "\n")
        elif words == ["doctor"]:
            from . import doctor  # it needs the sources, which a kernel does not

            with magic_interrupts.without_traceback():
                doctor.show()
        elif words[:1] == ["baseline"] and len(words) <= 2:
            with magic_interrupts.without_traceback():
                sys.stdout.write(_baseline(*words[1:]) + "\n")
        else:
            raise UsageError(f"%green {line}: not understood\n{GREEN_USAGE}")

    def _status(self) -> str:
        meter = shared_meter()
        discovery = meter.discover()
        mode = "every cell" if self._cells.auto else "cells with %%energy"
        return (
            f"metering: {mode}; {meter.open_windows} open; sampler process {meter.sampler_pid}, "
            f"each {meter.interval_s:g} s while a cell is metered\n"
            f"{_baseline_status()}\n{discovery}"
        )


def _baseline(seconds: str = f"{BASELINE_S:g}") -> str:
    """Measure the idle power and keep it, or say why it was not to be had."""
    meter = shared_meter()
    try:
        meter.baseline = measure_baseline(meter, float(seconds))
    except ValueError as error:
        raise UsageError(f"%green baseline {seconds}: {error}\n{GREEN_USAGE}") from None
    except RuntimeError as error:
        return f"No baseline: {error}{_kept(meter)}"
    except KeyboardInterrupt:
        sys.stdout.write(f"interrupted: no baseline.{_kept(meter)}\n")
        raise
    return f"{meter.baseline}\nFrom now on reports tell net energy, above this, beside the joules."


def _kept(meter: Meter) -> str:
    return " The one that was measured before stays." if meter.baseline else ""


def _baseline_status() -> str:
    baseline = shared_meter().baseline
    if baseline is None:
        return "idle baseline: none, so no net energy; `%green baseline` measures one"
    note = baseline.age_note() and f". {baseline.age_note()}"
    return f"idle baseline: measured {duration(baseline.age_s())} ago{note}"


@contextmanager
def _tracebacks_left_to_caller(shell: Any) -> Iterator[None]:
    """Keep a nested run from printing an error that is about to be raised again."""
    shell._showtraceback = lambda *_: None  # noqa: SLF001  (IPython's hook for front ends)
    try:
        yield
    finally:
        del shell._showtraceback  # noqa: SLF001
