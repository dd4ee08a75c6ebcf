"""`jupyter green completion SHELL`: what a real shell makes of it."""

import shutil
import subprocess

import pytest

from jupyter_green.cli.arguments.questions import WAYS
from jupyter_green.cli.main import main

# Asks bash's programmable completion as Readline does, for the last word.
ASK = """
source "$0"
words=$(complete -p jupyter-green)
words=${words#*-F }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
${words%% *}
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def script(tmp_path, capsys):
    """Write the script of a shell; return its path."""

    def write(shell):
        assert main(["completion", shell]) == 0
        path = tmp_path / f"completion.{shell}"
        path.write_text(capsys.readouterr().out)
        return path

    return write


@pytest.fixture
def completed(script, tmp_path):
    """Return what bash offers for the last of some words."""
    path = script("bash")

    def ask(*words):
        command = ["bash", "--norc", "-c", ASK, str(path), "jupyter-green", *words]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
        assert ran.stderr == ""
        return set(ran.stdout.split())

    return ask


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
class TestBash:
    def test_commands_and_options(self, completed):
        assert completed("") >= {"run", "execute", "doctor", "report", "history", "ledger"}
        assert completed("rep") == {"report"}
        assert completed("ledger", "") >= {"path", "check"}
        assert completed("run", "--wait") == {"--wait-descendants"}

    def test_what_an_option_may_be(self, completed):
        assert completed("report", "--by", "") == set(WAYS)
        assert completed("report", "--format", "m") == {"markdown"}
        assert completed("completion", "") == {"bash", "zsh", "tcsh"}

    def test_files(self, completed, tmp_path):
        (tmp_path / "analysis.ipynb").touch()
        assert completed("execute", "ana") == {"analysis.ipynb"}


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_other_shells_read_it(script, shell):
    path = script(shell)
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    ran = subprocess.run([shell, "-f", "-n", str(path)], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_shell_that_is_not_known_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["completion", "fish"])
    assert ended.value.code == 2
    assert "invalid choice: 'fish'" in capsys.readouterr().err
