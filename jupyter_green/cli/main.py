"""The commands and their arguments. A command's own modules are loaded when it is to run."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from .._version import __version__
from ..doctor.seconds import SECONDS
from ..exports.forms import FORMS
from ..printable import LONGEST_MESSAGE, printable, shortened
from ..terminal import SPELLED
from .errors import InputError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

BAD_INPUT = 2
WAYS = ("notebook", "project", "commit", "day", "label", "status", "stage", "cell", "domain")
"""The groups of ``jupyter green report``."""
BAD_INPUT_OF_RUN = 125
"""Of ``run``, whose other exit codes are the command's: as those of env(1) and timeout(1)."""
_UNREAD = 141
"""What a shell shows for SIGPIPE, by which programs end whose output nobody reads."""

_RUN_EXAMPLES = """\
examples:
  jupyter green run -- python train.py --epochs 3
  jupyter green run --label big --stage training --project thesis -- ./train.sh
  jupyter green run --repeat 10 --warmup 2 -o joules.txt -- make -B
  jupyter green run --json -o run.json --wait-descendants -- ./start_workers.sh

exit status: that of the command; if a signal ended it, this ends by the same signal. 127 if there
is no such command, 126 if it cannot be executed, 125 if the options cannot be used.
"""
_EXECUTE_EXAMPLES = """\
examples:
  jupyter green execute analysis.ipynb
  jupyter green execute train.ipynb -p epochs 3 -p learning_rate 1e-3 --timeout 600
  jupyter green execute analysis.ipynb --json > cells.json

exit status: 0 on success, 1 if a cell failed, 2 if the input cannot be used.
"""
_DOCTOR_EXAMPLES = """\
examples:
  jupyter green doctor
  jupyter green doctor --seconds 10 --json

exit status: 0 if energy is measured, 1 if it is only estimated, 2 if nothing can be read.
"""
_HISTORY_EXAMPLES = """\
examples:
  jupyter green history
  jupyter green history 100 --project thesis --json

exit status: 0 on success, 2 if the input cannot be used.
"""
_REPORT_EXAMPLES = """\
examples:
  jupyter green report
  jupyter green report --by day --since 2026-01-01 --until 2026-01-31
  jupyter green report --project thesis --by stage --format markdown
  jupyter green report --html energy.html

exit status: 0 on success, 2 if the input cannot be used.
"""
_COMPLETION_EXAMPLES = """\
examples:
  bash: jupyter-green completion bash > ~/.local/share/bash-completion/completions/jupyter-green
  zsh:  jupyter-green completion zsh > ~/.zfunc/_jupyter-green    # a folder of your fpath
  tcsh: jupyter-green completion tcsh > ~/.jupyter-green.tcsh     # to be sourced in ~/.tcshrc
"""
_LEDGER_EXAMPLES = """\
examples:
  jupyter green ledger check
  jupyter green ledger repair
  jupyter green ledger import emissions.csv windows.jsonl
  jupyter green ledger migrate
"""
_EXPORT_EXAMPLES = """\
examples:
  jupyter green export csv --since 2026-05-01 -o may.csv
  jupyter green export cyclonedx --project thesis --place DE --pue 1.2 -o bom.json
  jupyter green export prometheus -o /var/lib/node_exporter/jupyter_green.prom
  jupyter green export --mlflow

exit status: 0 on success, 2 if the input cannot be used or the output cannot be written.
"""
_STATEMENT_EXAMPLES = """\
examples:
  jupyter green statement --place DE
  jupyter green statement --project thesis --since 2026-01-01 --format latex > energy.tex
  jupyter green statement --reports runs.jsonl --format json

exit status: 0 on success, 2 if the input cannot be used or nothing was metered.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=SPELLED)
    words, command = _split(list(sys.argv[1:] if argv is None else argv))
    arguments, unknown = _parser().parse_known_args(words, argparse.Namespace(words=command))
    if unknown:
        arguments.parser.error(f"not understood: {' '.join(unknown)}{arguments.hint}")
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read it has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _UNREAD
    except InputError as error:
        line = printable(f"jupyter green: {error}")
        print(shortened(line, LONGEST_MESSAGE), file=sys.stderr)
        return int(arguments.parser.bad_input)
    return status


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """Return our own words, and those that are not looked at here.

    They are the command that ``run`` is given behind ``--``, and the parameters of ``execute``,
    whose values may begin with a hyphen.
    """
    if words[:1] == ["execute"]:
        from .parameters import split

        return split(words)
    if words[:1] != ["run"] or "--" not in words:
        return words, []
    at = words.index("--")
    return words[:at], words[at + 1 :]


class _Parser(argparse.ArgumentParser):
    """A parser of a command: its exit status for bad input, and its help with examples."""

    def __init__(self, *, bad_input: int = BAD_INPUT, **more: Any) -> None:
        more |= {"allow_abbrev": False, "formatter_class": argparse.RawDescriptionHelpFormatter}
        super().__init__(**more)
        self.bad_input = bad_input
        self.set_defaults(parser=self, hint="")

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(self.bad_input, f"{self.prog}: error: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jupyter green", description="Joules and watts of notebooks and programs."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=_Parser
    )
    _add_run(commands)
    _add_execute(commands)
    _add_doctor(commands)
    _add_ledger(commands)
    _add_export(commands)
    _add_statement(commands)
    _add_completion(commands)
    return parser


def _add_run(commands: _SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "run",
        help="run a command and say what it used",
        usage="jupyter green run [options] -- COMMAND [ARGUMENT ...]",
        description="Run a command as it runs without this, and say on standard error what it\n"
        "used. There is no shell between; input, output, terminal, Ctrl-C and Ctrl-Z are the\n"
        "command's, and signals sent to this program are passed on to it.",
        epilog=_RUN_EXAMPLES,
        bad_input=BAD_INPUT_OF_RUN,
    )
    parser.add_argument("--label", metavar="TEXT", help="a name for the report")
    parser.add_argument("--stage", metavar="TEXT", help="what it belongs to, such as training")
    parser.add_argument(
        "--project", metavar="TEXT", help="a name for its project (default: the folder of .git)"
    )
    parser.add_argument(
        "--repeat",
        type=_whole_number(1),
        metavar="N",
        help="run it N times and say the mean with its 95 %% interval; one that fails is the last",
    )
    parser.add_argument(
        "--warmup",
        type=_whole_number(0),
        default=0,
        metavar="N",
        help="with --repeat, N runs before that, which do not count",
    )
    parser.add_argument(
        "--cooldown",
        type=_rest_s,
        default=0.0,
        metavar="SECONDS",
        help="with --repeat, rest that long between runs",
    )
    parser.add_argument(
        "--wait-descendants",
        action="store_true",
        help="meter until the last process that the command leaves behind has ended (Linux)",
    )
    parser.add_argument("--json", action="store_true", help="JSON instead of text")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="write the result to FILE instead of standard error",
    )
    parser.set_defaults(run=_run, hint="; the command goes behind --")


def _run(arguments: argparse.Namespace) -> int:
    from .run import run
    from .running.order import Order

    if not arguments.words:
        raise InputError(
            "no command: put it behind --, as in `jupyter green run -- python train.py`"
        )
    if arguments.repeat is None and (arguments.warmup or arguments.cooldown):
        raise InputError("--warmup and --cooldown are for several runs: add --repeat N")
    return run(
        Order(
            arguments.words,
            arguments.label,
            arguments.stage,
            arguments.project,
            arguments.repeat,
            arguments.warmup,
            arguments.cooldown,
            arguments.wait_descendants,
            arguments.json,
            arguments.output,
        )
    )


def _add_execute(commands: _SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "execute",
        help="run a notebook with every cell metered",
        description="Run a notebook with every cell metered and print what each cell cost.\n"
        "Writes the executed notebook and an HTML page of it to the output folder.",
        epilog=_EXECUTE_EXAMPLES,
    )
    parser.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    parser.add_argument(
        "--output-dir",
        type=Path,
        default=Path("executed"),
        metavar="DIR",
        help="where the executed notebook goes (default: ./executed)",
    )
    parser.add_argument(
        "-p",
        "--parameters",
        nargs=2,
        action="append",
        metavar=("NAME", "VALUE"),
        help="set NAME in a cell behind the one tagged `parameters`, or at the top; repeatable",
    )
    parser.add_argument(
        "--kernel",
        default="",
        metavar="NAME",
        help="the kernel to run it with (default: the one that the notebook names)",
    )
    parser.add_argument(
        "--allow-errors",
        action="store_true",
        help="run the cells after one that fails; the exit status is then 0",
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        metavar="SECONDS",
        help="interrupt a cell that runs longer (default: none does)",
    )
    printed = parser.add_mutually_exclusive_group()
    for form in ("json", "csv"):
        printed.add_argument(
            f"--{form}",
            dest="form",
            action="store_const",
            const=form,
            default="table",
            help=f"print {form.upper()} instead of the table",
        )
    parser.set_defaults(run=_execute)


def _execute(arguments: argparse.Namespace) -> int:
    from .execute import Conduct, as_table, execute
    from .exports import as_csv, as_json
    from .parameters import parameters

    conduct = Conduct(
        arguments.kernel, arguments.allow_errors, arguments.timeout, parameters(arguments.words)
    )
    renders = {"table": as_table, "json": as_json, "csv": lambda cells, _: as_csv(cells)}
    return execute(arguments.notebook, arguments.output_dir, conduct, renders[arguments.form])


def _add_doctor(commands: _SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "doctor",
        help="say what can be measured here, what cannot be, why, and what to do",
        description="Read every sensor for some seconds and say what was seen: power, refresh\n"
        "period, whether counter and power agree; and for each sensor that cannot be read the\n"
        "reason and the remedies.",
        epilog=_DOCTOR_EXAMPLES,
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument(
        "--seconds",
        type=float,
        default=SECONDS,
        metavar="N",
        help="how long to measure (default: %(default)g)",
    )
    parser.set_defaults(run=_doctor)


def _doctor(arguments: argparse.Namespace) -> int:
    from ..doctor.text import text
    from .doctor import as_json, doctor

    return doctor(arguments.seconds, as_json if arguments.json else text)


def _add_statement(commands: _SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "statement",
        help="state what a project used, for a paper, a model card or a regulator",
        description="State what a project used: all runs, failed ones too, and the last good\n"
        "ones; joules with intervals, measured and estimated ones apart; hardware, sensors and\n"
        "what they do not cover; CO2e where a place is given; a paragraph for the NeurIPS\n"
        "checklist, and megawatt-hours for the EU AI Act.",
        epilog=_STATEMENT_EXAMPLES,
    )
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument(
        "--project",
        metavar="NAME",
        help="the project's folder, or the last part of it (default: that of this folder)",
    )
    whose.add_argument("--all", action="store_true", help="all projects of the ledger")
    whose.add_argument(
        "--reports",
        metavar="FILE",
        help="reports in FILE (- for standard input), one in JSON on each line, as `export jsonl` "
        "has them too, and no ledger",
    )
    parser.add_argument("--since", metavar="DATE", help="only what began on that day or later")
    parser.add_argument("--until", metavar="DATE", help="only what began on that day or before")
    _add_place(parser)
    parser.add_argument(
        "--format",
        choices=("text", "markdown", "latex", "json"),
        default="text",
        help="(default: text)",
    )
    parser.set_defaults(run=_statement)


def _statement(arguments: argparse.Namespace) -> int:
    from .statement import Wanted, statement

    wanted = Wanted(
        arguments.project,
        arguments.all,
        arguments.since,
        arguments.until,
        arguments.reports,
        _chosen_place(arguments),
    )
    return statement(wanted, arguments.format)


def _add_ledger(commands: _SubParsersAction[_Parser]) -> None:
    """Add the commands that ask the ledger, whose database is loaded by none of the others."""
    past = commands.add_parser(
        "history",
        help="list what was metered last, in all notebooks and programs",
        description="List the windows of the ledger that were metered last.",
        epilog=_HISTORY_EXAMPLES,
    )
    past.add_argument(
        "number", nargs="?", type=_number, default=20, metavar="N", help="how many (default: 20)"
    )
    past.set_defaults(run=lambda a: _ledger().history(a.number, a.project, a.format))
    groups = commands.add_parser(
        "report",
        help="add up what was metered, by notebook, project, day, label, status or stage",
        description="Add up the windows of the ledger, each joule once.",
        epilog=_REPORT_EXAMPLES,
    )
    groups.add_argument("--by", choices=WAYS, help="the groups (default: notebook)")
    groups.add_argument("--since", metavar="DATE", help="only what began on that day or later")
    groups.add_argument("--until", metavar="DATE", help="only what began on that day or before")
    _add_place(groups)
    groups.add_argument(
        "--html",
        type=Path,
        metavar="FILE",
        help="write a page with all groups, spent and kept, and the dearest cells instead",
    )
    groups.set_defaults(run=_report)
    for command in (past, groups):
        command.add_argument(
            "--project", metavar="NAME", help="only of this project: its folder, or its last part"
        )
        command.add_argument(
            "--format", choices=("table", "csv", "json", "markdown"), help="(default: table)"
        )
        command.add_argument(
            "--json", dest="format", action="store_const", const="json", help="--format json"
        )
    _add_upkeep(commands)


def _report(arguments: argparse.Namespace) -> int:
    ledger = _ledger()
    asked = ledger.Asked(arguments.since, arguments.until, arguments.project)
    place = _chosen_place(arguments)
    if arguments.html is not None:
        from .ledger_page import write_page

        if arguments.by or arguments.format:
            raise InputError("--html writes all groups as one page: leave --by and --format out")
        return write_page(arguments.html, asked, place)
    status: int = ledger.report(arguments.by or "notebook", asked, arguments.format, place)
    return status


def _add_completion(commands: _SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "completion",
        help="print what a shell reads so that Tab completes jupyter-green",
        description="Print a script after which Tab completes commands, options and files of\n"
        "jupyter-green, which is the same as `jupyter green`.",
        epilog=_COMPLETION_EXAMPLES,
    )
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    parser.set_defaults(run=_completion)


def _completion(arguments: argparse.Namespace) -> int:
    from .completion import completion

    print(completion(arguments.shell, _parser()))
    return 0


def _add_upkeep(commands: _SubParsersAction[_Parser]) -> None:
    """Add what is done to the ledger itself."""
    ledger = commands.add_parser(
        "ledger",
        help="look after the ledger: where it is, whether it is sound, repair, migration, imports",
        description="Look after the ledger.",
        epilog=_LEDGER_EXAMPLES,
    )
    parts = ledger.add_subparsers(metavar="WHAT", required=True, parser_class=_Parser)
    where = parts.add_parser("path", help="print its folder", description="Print its folder.")
    where.set_defaults(run=lambda _: _ledger().path())
    look = parts.add_parser(
        "check",
        help="say whether it is sound, and what waits to be booked",
        description="Book what waits, look at each store, and say what is wrong with it.",
        epilog="exit status: 0 if it is sound, 1 if not.",
    )
    look.set_defaults(run=lambda _: _upkeep().check_ledger())
    mend = parts.add_parser(
        "repair",
        help="save what can be read of a damaged store",
        description="Look at all of this host's store. One that is damaged is set aside as\n"
        "damaged-..., with all its bytes, and what can be read of it is saved row by row.",
        epilog="exit status: 0 if the ledger can be used now, 2 if not.",
    )
    mend.set_defaults(run=lambda _: _upkeep().repair_ledger())
    bring = parts.add_parser(
        "import",
        help="bring in the windows of a file: exported JSON lines, CodeCarbon's emissions.csv",
        description="Bring in the windows of files: JSON lines of `jupyter green export jsonl`, a\n"
        "report's JSON, CodeCarbon's emissions.csv. Importing a file twice changes nothing.",
        epilog="exit status: 0 if all were imported, 2 if a file cannot be read; nothing of it is\n"
        "imported then.",
    )
    bring.add_argument("files", nargs="+", type=Path, metavar="FILE")
    bring.set_defaults(run=lambda a: _upkeep().import_files(a.files))
    migrate = parts.add_parser(
        "migrate",
        help="bring it to the schema of this version, after a backup",
        description="Bring each store to the schema of this version. A file is copied to\n"
        "ledger-backup-... first; of a server's store make a copy yourself.",
        epilog="exit status: 0 if it has this version's schema now, 2 if it cannot be changed.",
    )
    migrate.add_argument("--sql", action="store_true", help="print the SQL, and change nothing")
    migrate.add_argument(
        "--backed-up", action="store_true", help="you have a copy of the server's store"
    )
    migrate.set_defaults(
        run=lambda a: _upkeep().migrate_ledger(prints_sql=a.sql, is_backed_up=a.backed_up)
    )


def _add_place(parser: _Parser) -> None:
    """Add the options by which joules become grams of CO2e."""
    parser.add_argument(
        "--place",
        metavar="PLACE",
        help="say CO2e of the electricity of DE or DEU, of a state such as US-CA, or at a number "
        "of grams per kWh (default: JUPYTER_GREEN_PLACE; none is guessed)",
    )
    parser.add_argument(
        "--pue",
        metavar="N",
        help="what the building draws for each watt of its computers (default: 1.0)",
    )
    parser.add_argument(
        "--provider",
        metavar="NAME",
        help="ask on the web what the place emitted then: uk, electricity-maps, or that of another "
        "package; else the bundled table holds",
    )


def _chosen_place(arguments: argparse.Namespace) -> Any:
    from .place import chosen

    return chosen(arguments.place, arguments.pue, arguments.provider)


def _add_export(commands: _SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "export",
        help="write the ledger in the form of another tool",
        usage="jupyter green export [options] FORM\n       jupyter green export [options] --mlflow",
        description="Write the windows of the ledger in the form of another tool:\n"
        + "\n".join(f"  {name:<11} {form.summary}" for name, form in FORMS.items()),
        epilog=_EXPORT_EXAMPLES,
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("form", nargs="?", choices=FORMS, metavar="FORM", help="one of the above")
    where.add_argument(
        "--mlflow", action="store_true", help="log each window as a run of MLflow instead"
    )
    parser.add_argument("--since", metavar="DATE", help="only what began on that day or later")
    parser.add_argument("--until", metavar="DATE", help="only what began on that day or before")
    parser.add_argument("--project", metavar="NAME", help="only that project: its folder's name")
    _add_place(parser)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write to FILE, as a whole or not at all"
    )
    parser.set_defaults(run=_export)


def _export(arguments: argparse.Namespace) -> int:
    from .export import export, export_to_mlflow, select

    if arguments.mlflow and arguments.output:
        raise InputError("--mlflow writes no file: leave -o out")
    place = _chosen_place(arguments)
    selection = select(arguments.since, arguments.until, arguments.project, place)
    if arguments.mlflow:
        return export_to_mlflow(selection)
    return export(arguments.form, selection, arguments.output)


def _ledger() -> Any:
    from . import ledger

    return ledger


def _upkeep() -> Any:
    from . import upkeep

    return upkeep


def _number(text: str) -> int:
    """Return a number of windows, of 1 or more."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1_000_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of windows, 1 or more")
    return int(text)


def _seconds(text: str) -> int:
    """Return a number of seconds, of 1 or more."""
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of seconds, 1 or more")
    return int(text)


def _whole_number(least: int) -> Callable[[str], int]:
    """Return what reads a whole number of at least so much."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= least):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, {least} or more")
        return int(text)

    return read


def _rest_s(text: str) -> float:
    """Return a number of seconds, of 0 or more."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, 0 to 86400")
    return seconds
