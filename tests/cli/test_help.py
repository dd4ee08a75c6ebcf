"""What holds for all commands: help with an example and the exit status, at once; JSON; pipes."""

import argparse
import json
import subprocess
import sys

import pytest

from jupyter_green.cli.arguments.commands import parser
from jupyter_green.cli.main import main
from jupyter_green.intake.places import LEDGER_VARIABLE
from tests.testbench.handed_in import closed, hand_in, report


def commands(found, words=()):
    """Yield the words of each command, and what reads its arguments."""
    yield words, found
    for action in found._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield from commands(command, (*words, name))


ALL = dict(commands(parser()))


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_has_an_example_and_the_exit_status(words):
    text = ALL[words].format_help()
    assert "exit status: " in text
    said = text.partition("example")[2]
    assert " ".join(("jupyter green", *words[:1])) in said or "jupyter-green" in said
    assert all(len(line) <= 100 for line in text.splitlines())


def test_loads_nothing_that_takes_long():
    code = (
        "import sys; from jupyter_green.cli.main import main\n"
        "try: main(['report', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = 'numpy', 'scipy', 'sqlalchemy', 'alembic', 'sqlite3', 'pandas', 'matplotlib', "
        "'IPython', 'nbformat', 'shtab', 'subprocess', 'jupyter_green.meter'\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_output_that_nobody_reads_is_no_error():
    code = (
        "import sys; from jupyter_green.cli.main import main; sys.exit(main(['completion','bash']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        program.stdout.close()  # before anything was written
        assert program.stderr.read() == b""
    assert program.returncode == 141


def test_what_a_check_finds_is_there_for_programs(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path))
    hand_in(tmp_path, closed(report()))
    assert main(["ledger", "check", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rows"] == 1
    assert found["faults"] == []


@pytest.mark.parametrize("name", ["\udcff", "", " ", "x" * 2000])
@pytest.mark.parametrize(
    "words",
    ["report --project", "history --project", "export csv --project", "statement --project",
     "ledger forget --dry-run --project", "ledger forget --dry-run --notebook"],
)  # fmt: skip
def test_a_name_that_no_database_can_be_asked_for_is_refused(words, name, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*words.split(), name])
    assert ended.value.code == 2
    assert "is no name: give one as `history` shows it" in capsys.readouterr().err
