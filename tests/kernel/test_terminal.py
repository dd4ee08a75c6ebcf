"""IPython in a terminal: one line of text, and nothing else changes."""

import os
import re
import select
import signal
import subprocess
import sys
import time

import ptyprocess
import pytest

CELLS = """%load_ext jupyter_green
get_ipython().run_cell("%%energy --label loop\\nprint(sum(range(10000000)))");
get_ipython().run_cell("%%energy -q\\n1");
get_ipython().run_cell("%%energy --nonsense\\nprint('the bo' + 'dy')");
%green status
exit
"""


def typed(folder, lines, env=None):
    """IPython in a terminal without prompts of its own, and what it says to these lines."""
    return subprocess.run(
        [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor"],
        input=lines,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"IPYTHONDIR": str(folder)} | (env or {}),
    )


def test_a_terminal_gets_one_line(tmp_path):
    ran = typed(tmp_path, CELLS)
    lines = [line for line in ran.stdout.splitlines() if "energy: loop: " in line]
    assert len(lines) == 1, ran.stdout + ran.stderr
    assert re.search(r"energy: loop: .*J.* · (.* W mean, peak .* W · )?.*s · ", lines[0])
    assert ran.stdout.count("energy: ") == 1
    assert "49999995000000" in ran.stdout
    assert "usage: %%energy [--label" in ran.stdout + ran.stderr
    assert "the body" not in ran.stdout
    assert "metering: cells with %%energy" in ran.stdout


NARROW = """%load_ext jupyter_green
get_ipython().run_cell("%%energy --label cell -v R\\npass");
%energy -n 1 -r 2 None
R
%green report
from jupyter_green.notebook import doctor; doctor.show(get_ipython(), 0.5)
exit
"""


def test_a_terminal_that_is_not_utf_8_gets_its_figures_spelled(tmp_path):
    ran = typed(tmp_path, NARROW, {"PYTHONIOENCODING": "ascii"})
    said = ran.stdout + ran.stderr
    assert "UnicodeEncodeError" not in said
    assert "could not meter" not in said
    assert len(re.findall(r"energy: cell: .*J\b.* (?:us|ms|s)\b", said)) == 1, said
    assert re.search(r"Out\[\d+\]: cell: .*J\b", said), said
    assert "per loop (" in said
    assert "reading every sensor for 0.5 s ..." in said
    assert re.search(r"cell +.*J .* total", said, re.DOTALL), said


class Terminal:
    """IPython as a person types into it, with prompts, colours and history."""

    def __init__(self, folder):
        command = [sys.executable, "-m", "IPython", "--no-banner", "--no-confirm-exit"]
        env = os.environ | {"IPYTHONDIR": str(folder), "TERM": "xterm", "COLUMNS": "200"}
        env.pop("PROMPT_TOOLKIT_NO_CPR", None)
        self.child = ptyprocess.PtyProcess.spawn(
            command,
            env=env | {"PROMPT_TOOLKIT_NO_CPR": "1"},
            dimensions=(50, 200),
            # What a shell starts in the background ignores an interrupt, and so would this.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.seen = ""

    def until(self, text, timeout_s=30.0):
        """Read until a text has come since the last call; return what came."""
        end = time.monotonic() + timeout_s
        while text not in plain(self.seen):
            ready, _, _ = select.select([self.child.fd], [], [], 0.2)
            if ready:
                self.seen += self.child.read(65536).decode(errors="replace")
            assert time.monotonic() < end, f"{text!r} did not come in: {plain(self.seen)[-2000:]}"
        came, self.seen = plain(self.seen), ""
        return came

    def type(self, text):
        """Type keys, not faster than the editor takes them."""
        for key in text:
            self.child.write(key.encode())
            time.sleep(0.01)

    def settle(self):
        """Read what comes until nothing comes any more."""
        while select.select([self.child.fd], [], [], 0.5)[0]:
            self.seen += self.child.read(65536).decode(errors="replace")
        came, self.seen = plain(self.seen), ""
        return came


def plain(text):
    return re.sub(r"\x1b\[[\d;?]*[a-zA-Z]|\x1b[=>]|\r", "", text)


@pytest.fixture
def terminal(tmp_path):
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.child.terminate(force=True)


def test_a_person_types_a_metered_cell(terminal):
    terminal.until("In [1]:")
    terminal.type("%load_ext jupyter_green\r")
    terminal.until("In [2]:")
    terminal.type("%%energy\r")
    assert "In [3]:" not in terminal.settle(), "the line alone was run as a cell"
    terminal.type("x = 6 * 7\rx\r")
    assert "In [3]:" not in terminal.settle(), "a cell magic ends with empty lines"
    terminal.type("\r\r")
    came = terminal.until("In [3]:")
    assert re.search(r"Out\[2\]: +42", came)
    assert re.search(r"energy: .*J.* · ", came)
    terminal.type("x + 1\r")
    came = terminal.until("In [4]:")
    assert "43" in came
    assert "energy:" not in came


def test_a_person_interrupts_a_metered_cell(terminal):
    terminal.until("In [1]:")
    terminal.type("%load_ext jupyter_green\r")
    terminal.until("In [2]:")
    terminal.type("%green on\r")
    terminal.until("In [3]:")
    terminal.type("import time; print('be' + 'gun'); time.sleep(30)\r")
    terminal.until("begun")
    time.sleep(1.2)  # long enough for a line
    terminal.type("\x03")
    came = terminal.until("In [4]:")
    assert "KeyboardInterrupt" in came
    assert "interrupted" in came
    assert "could not meter" not in came
    terminal.type("import io, sys; kept, sys.stdout = sys.stdout, io.StringIO()\r")
    terminal.until("In [5]:")
    terminal.type("text = sys.stdout.getvalue(); sys.stdout = kept\r")
    terminal.until("In [6]:")
    terminal.type("'energy' in text\r")
    assert "False" in terminal.until("In [7]:")
