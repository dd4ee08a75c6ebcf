"""The magics ``%%energy``, ``%energy`` and ``%green``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
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
from IPython.display import display

from ..meter.meter import Meter
from ..meter.shared import close_shared_meter, shared_meter
from ..printable import printable_lines
from ..report.report import Report
from ..sources.variables import READER_NAMES, READER_VARIABLE, SOCKET_VARIABLE
from ..terminal import say
from .cells import magic_interrupts, magic_line
from .cells.cell_meter import CellMeter
from .cells.variants import Variants
from .session.reports import SessionReports

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ..repeats.result import Repeats


GREEN_USAGE = (
    "usage: %green on [--quiet] | off | status | "
    "report [--by cell|stage|domain|notebook|project|commit|day|label|status] "
    "[--place PLACE] [--pue N] | "
    "place [PLACE [--pue N] | off] | history [N] | "
    "statement [OPTIONS] | plot [NAME|[N]] | pareto [METRIC] [--per] [--lowest] | "
    "compare [NAMES] [--rounds N] | "
    "doctor | baseline [SECONDS]"
)

_AUTO = {
    "off": None,
    "on": magic_line.Options(compact=True),
    "quiet": magic_line.Options(quiet=True),
}
_NOTHING_YET = (
    "nothing has been metered yet: put %%energy on a cell, or run `%green on` to meter every cell"
)


@magics_class
class EnergyMagics(Magics):
    """What a user types."""

    rapl_reader = traitlets.Enum(
        [None, *READER_NAMES],
        default_value=None,
        allow_none=True,
        help="The reader of RAPL's counters to try first; without one, the best available.",
    ).tag(config=True)

    socket = traitlets.Unicode(
        None,
        allow_none=True,
        help="The socket of the service that reads this host's sensors for all programs; empty to "
        "use none. Without it, `JUPYTER_GREEN_SOCKET` or the usual place.",
    ).tag(config=True)

    auto = traitlets.Enum(
        list(_AUTO),
        default_value="off",
        help="Whether cells without %%energy are metered: `on`, each with one line; `quiet`, "
        "which shows nothing; or `off`.",
    ).tag(config=True)

    least_line_s = traitlets.Float(
        1.0,
        min=0.0,
        help="Seconds that a cell takes at least to leave a line where every cell is metered; "
        "a shorter one is counted and shows nothing.",
    ).tag(config=True)

    def __init__(self, shell: InteractiveShell, cells: CellMeter, session: SessionReports) -> None:
        self._shell = shell
        self._cells = cells
        self._session = session
        self._variants = Variants(shell)
        super().__init__(shell)  # now, since it applies the profile's settings

    @magic_line.cell_flags
    @cell_magic
    def energy(self, line: str, cell: str) -> Repeats | None:
        """Meter the energy of a cell.

        The cell runs as it would without this line; it shows watts and joules
        while it runs and keeps a report in its output.

        With -n or -r it runs many times, as a function, as with %%timeit (the
        names that it binds are not kept), and shows the joules per loop.
        """
        __tracebackhide__ = True
        # A cell that begins with %%energy never gets here unless it is repeated, its flags
        # are wrong, or IPython runs it silently: the line is taken away before. Programs
        # call this directly.
        options = magic_line.options(line)
        if magic_line.is_repeated(line):
            return self._repeat(cell, options, heading=f"{magic_line.MAGIC} {line}")
        with _tracebacks_left_to_caller(self._shell):
            result = self._cells.run_silent(cell)
            if result is None:
                metered = f"{magic_line.MAGIC} {line}\n{cell}"
                result = self._shell.run_cell(metered, store_history=False)
        result.raise_error()
        return None

    @cell_magic
    def energy_variant(self, line: str, cell: str) -> None:
        """Keep a cell as a variant: ``%%energy_variant NAME``.

        It does not run now. ``%green compare`` runs all variants in turns, as the cells that
        they are, in your namespace, and tells which uses less energy. Put what they have in
        common into cells of their own, above.
        """
        say(f"{self._variants.define(line, cell)}\n")

    @magic_line.statement_flags
    @needs_local_scope
    @no_var_expand
    @line_magic("energy")  # type: ignore[arg-type, unused-ignore]  # annotated for no name at all
    def energy_statement(
        self, line: str, local_ns: Mapping[str, Any] | None = None
    ) -> Repeats | None:
        """Measure the energy of a statement.

        It runs many times, as with %timeit, and shows the joules per loop.
        """
        __tracebackhide__ = True
        options, statement = magic_line.statement(line)
        return self._repeat(statement, options, local_ns)

    def _repeat(
        self,
        code: str,
        options: magic_line.Options,
        local_ns: Mapping[str, Any] | None = None,
        *,
        heading: str = "",
    ) -> Repeats | None:
        """Run code in loops, and remember all that it used with what else was metered."""
        __tracebackhide__ = True
        from .cells import repeated

        return repeated.measure(
            self._shell,
            code,
            options,
            local_ns,
            heading=heading,
            subject=self._cells.subject(options),
            on_end=self._session.remember,
        )

    @traitlets.observe("rapl_reader")
    def _apply_rapl_reader(self, change: Any) -> None:
        """Pass it to the sampler, which looks for sensors again when the next window begins."""
        if change["new"] is None:
            os.environ.pop(READER_VARIABLE, None)
        else:
            os.environ[READER_VARIABLE] = change["new"]
        close_shared_meter()

    @traitlets.observe("socket")
    def _apply_socket(self, change: Any) -> None:
        """Have the next window look for the service there."""
        if change["new"] is None:
            os.environ.pop(SOCKET_VARIABLE, None)
        else:
            os.environ[SOCKET_VARIABLE] = change["new"]
        close_shared_meter()

    @line_magic
    def green(self, line: str) -> object:
        """Manage the meter: ``%green COMMAND``.

        on [--quiet]         meter every cell from the next one on, each with one line
        off                  meter only cells with %%energy
        status               what is being measured now and by whom; what is missing and why
        report [--by WAY] [--place PLACE] [--pue N]
                             everything metered since the extension was loaded, by cell, stage
                             or domain, with its CO2e where a place is given or set; by notebook,
                             project, commit, day, label or status: of all notebooks and programs,
                             from the ledger
        place [PLACE [--pue N] | off]
                             whose electricity it is: DE or DEU, US-CA, or a number of grams per
                             kWh; what is set now; or none
        history [N]          the last windows (20) of all notebooks and programs, from the ledger
        statement [--format text|markdown|latex|json] [--place DE] [--pue X] [--project NAME]
                             what this project used, for a paper, a model card or a regulator
        plot [NAME | [N]]    draw the last report, or the one in a variable, with a label, or of
                             In [N]
        pareto [METRIC] [--per] [--lowest]
                             which of the metered runs no other beats in both the metric and
                             joules; --per for joules per unit of work, --lowest as for a loss
        compare [NAMES] [--rounds N] [--until X] [--margin X] [--rest SECONDS] [--seed N]
                             run the cells with %%energy_variant in turns, and return which uses
                             less energy: `study = %green compare` keeps it
        doctor               read every sensor for 3 s; say what was found, and what to do about
                             the rest
        baseline [SECONDS]   measure the idle power for SECONDS (10); reports then show net energy
        """
        command, *words = line.split() or [""]
        run = getattr(self, f"_green_{command}", None) if command.isidentifier() else None
        if not command:
            say(f"{GREEN_USAGE}\n")
            return None
        if run is None:
            raise UsageError(_not_understood(line))
        with magic_interrupts.without_traceback():
            result: object = run(*words)
            return result

    @classmethod
    def commands(cls) -> tuple[str, ...]:
        """Return the commands of ``%green``."""
        begin = "_green_"
        return tuple(name.removeprefix(begin) for name in dir(cls) if name.startswith(begin))

    @traitlets.observe("auto", "least_line_s")
    def _meter_all_or_not(self, change: Any) -> None:  # noqa: ARG002
        options = _AUTO[self.auto]
        self._cells.auto = options and replace(options, least_s=self.least_line_s)

    def _green_on(self, *words: str) -> None:
        if words not in ((), ("--quiet",), ("-q",)):
            raise UsageError(_not_understood("on", *words))
        self.auto = "quiet" if words else "on"
        silently = ", silently (`%green report` has the figures)" if words else ""
        say(f"Every cell is now metered{silently}; `%green off` stops it.\n")

    def _green_off(self, *words: str) -> None:
        _nothing_more("off", words)
        self.auto = "off"
        say("Now only cells with %%energy are metered.\n")

    def _green_status(self, *words: str) -> None:
        from .status import status

        _nothing_more("status", words)
        modes = {"off": "cells with %%energy", "on": "every cell", "quiet": "every cell, silently"}
        say(status(shared_meter(), modes[self.auto]) + "\n")

    def _green_doctor(self, *words: str) -> None:
        from . import doctor  # it needs the sources, which a kernel does not

        _nothing_more("doctor", words)
        doctor.show(self._shell)

    def _green_baseline(self, *words: str) -> None:
        if len(words) > 1:
            raise UsageError(_not_understood("baseline", *words))
        say(_baseline(*words) + "\n")

    def _green_report(self, *words: str) -> None:
        from . import history
        from .place import chosen
        from .session.table import WAYS, session_table

        if "--by" in words and set(words) & set(history.WAYS):
            say(f"{history.grouped(*words)}\n")
            return
        place = chosen(words)
        rest = place.rest
        by = "cell" if not rest else rest[1] if rest[0] == "--by" and len(rest) == 2 else ""
        if by not in WAYS:
            raise UsageError(_not_understood("report", *words))
        table = session_table(self._session, by, self._name_of, place.remark, place.grams)
        if table is None:
            say(f"{_NOTHING_YET}\n")
        elif getattr(self._shell, "kernel", None) is None:
            say(table.text + "\n")
        else:
            display(table.bundle, raw=True)

    def _green_place(self, *words: str) -> None:
        from .place import place

        say(f"{place(words)}\n")

    def _green_history(self, *words: str) -> None:
        from .history import history

        if len(words) > 1:
            raise UsageError(_not_understood("history", *words))
        say(f"{history(*words)}\n")

    def _green_statement(self, *words: str) -> None:
        from .statement import FORM, statement

        is_terminal = getattr(self._shell, "kernel", None) is None
        reports = [each.report for each in self._session.all()]
        text = statement(words, reports, "text" if is_terminal else "markdown")
        if is_terminal or FORM in " ".join(words):
            say(f"{text}\n")
        else:
            display({"text/markdown": text, "text/plain": text}, raw=True)

    def _green_plot(self, *words: str) -> None:
        report = self._report_called(" ".join(words))
        if getattr(self._shell, "kernel", None) is None:
            say(
                f"{report}\nA terminal cannot show a figure. Store the report (`%%energy "
                '-v fit`), then save one: `fit.plot().savefig("energy.pdf")`.\n'
            )
        else:
            display(report.plot())

    def _green_pareto(self, *words: str) -> None:
        from .pareto import session_front

        reports = [each.report for each in self._session.all()]
        if not reports:
            raise UsageError(f"%green pareto: {_NOTHING_YET}")
        try:
            front = session_front(reports, self._name_of, words)
        except ValueError as error:
            raise UsageError(f"%green pareto {' '.join(words)}: {error}") from None
        if getattr(self._shell, "kernel", None) is None:
            say(f"{front}\n")
        else:
            display(front, front.plot())

    def _green_compare(self, *words: str) -> object:
        __tracebackhide__ = True
        self._variants.chosen([])  # before SciPy is asked for
        from .compare import compared

        return compared(self._variants, words, self._shell.user_ns)

    def _report_called(self, name: str) -> Report:
        """Return the report of a variable, a label or a cell's number; the last one for no name."""
        value = self._shell.user_ns.get(name)
        if isinstance(value, Report):
            return value
        reports = [each.report for each in self._session.all()]
        number = name.strip("[]")
        if name:
            reports = [
                report
                for report in reports
                if report.label == name
                or (number.isdigit() and report.execution_count == int(number))
            ]
        if not reports:
            raise UsageError(
                f"%green plot {name}: no variable, label or cell of that name has a report; "
                "`%green report` lists them"
                if name
                else f"%green plot: {_NOTHING_YET}"
            )
        return reports[-1]

    def _name_of(self, report: Report) -> str:
        """Return what a report is called in a table: its label or its cell's first line."""
        if report.label:
            return report.label
        if report.cell_hash is None:
            return "unlabelled block"
        history = self._shell.history_manager
        cells: Sequence[str] = history.input_hist_raw if history is not None else ()
        number = report.execution_count
        if number is None or not number < len(cells):
            return "a cell"
        lines = (line.strip() for line in cells[number].splitlines())
        return next((line for line in lines if line and not line.startswith("%%energy")), "")


def _not_understood(*words: str) -> str:
    return f"%green {' '.join(words)}: unknown command or arguments\n{GREEN_USAGE}"


def _nothing_more(command: str, words: Sequence[str]) -> None:
    if words:
        raise UsageError(_not_understood(command, *words))


def _baseline(seconds: str | None = None) -> str:
    """Measure the idle power and keep it, or say why it was not to be had."""
    from ..meter.idle import BASELINE_S, measure_baseline

    seconds = seconds or f"{BASELINE_S:g}"
    try:
        duration_s = float(seconds)
    except ValueError:
        raise UsageError(
            f"%green baseline {seconds}: SECONDS is a number, such as 10\n{GREEN_USAGE}"
        ) from None
    meter = shared_meter()
    try:
        meter.baseline = measure_baseline(meter, duration_s)
    except ValueError as error:
        raise UsageError(f"%green baseline {seconds}: {error}\n{GREEN_USAGE}") from None
    except RuntimeError as error:
        return printable_lines(f"No baseline: {error}{_kept(meter)}")
    except KeyboardInterrupt:
        say(f"interrupted: no baseline.{_kept(meter)}\n")
        raise
    return f"{meter.baseline}\nReports now also show net energy above this."


def _kept(meter: Meter) -> str:
    return " The previous baseline stays." if meter.baseline else ""


@contextmanager
def _tracebacks_left_to_caller(shell: Any) -> Iterator[None]:
    """Keep a nested run from printing an error that is about to be raised again."""
    shell._showtraceback = lambda *_: None  # noqa: SLF001  (IPython's hook for front ends)
    try:
        yield
    finally:
        del shell._showtraceback  # noqa: SLF001
