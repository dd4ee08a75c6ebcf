"""IPython in a terminal: one line of text, and nothing else changes."""

import os
import re
import subprocess
import sys

CELLS = """%load_ext jupyter_green
get_ipython().run_cell("%%energy --label loop\\nprint(sum(range(10000000)))");
get_ipython().run_cell("%%energy -q\\n1");
get_ipython().run_cell("%%energy --nonsense\\nprint('the bo' + 'dy')");
%green status
exit
"""


def test_a_terminal_gets_one_line(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor"],
        input=CELLS,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"IPYTHONDIR": str(tmp_path)},
    )
    lines = [line for line in ran.stdout.splitlines() if "energy: loop: " in line]
    assert len(lines) == 1, ran.stdout + ran.stderr
    assert re.search(r"energy: loop: .*J in .*s · (mean .* W, peak .* W · )?", lines[0])
    assert ran.stdout.count("energy: ") == 1
    assert "49999995000000" in ran.stdout
    assert "usage: %%energy [--label" in ran.stdout + ran.stderr
    assert "the body" not in ran.stdout
    assert "metering: cells with %%energy" in ran.stdout
