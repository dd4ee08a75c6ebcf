"""What the ledger has of cells in a real kernel, and what it must not have."""

import getpass
import os
import re
import socket
import sqlite3
import time

from jupyter_green.intake.places import LEDGER_VARIABLE
from jupyter_green.ledger.packing import unpacked
from jupyter_green.ledger.questions import read
from jupyter_green.ledger.sqlite import store_path
from tests.testbench.handed_in import closed, hand_in, report

MARKER = "Zaphod"


def held(ledger):
    """Return all texts that a ledger's files hold, the compressed ones too."""
    found = [path.read_bytes() for path in ledger.rglob("*") if path.is_file()]
    store = sqlite3.connect(store_path(ledger))
    for table in ("windows", "traces", "parts", "meta"):
        for row in store.execute(f"select * from {table}"):
            found += [(str(unpacked(v)) if isinstance(v, bytes) else str(v)).encode() for v in row]
    store.close()
    return b"\n".join(found).decode("utf-8", "replace")


def test_no_code_no_output_no_home_and_no_name_is_kept(kernel_with, tmp_path, monkeypatch):
    ledger, home = tmp_path / "ledger", tmp_path / MARKER
    (home / "thesis").mkdir(parents=True)
    monkeypatch.setenv(LEDGER_VARIABLE, str(ledger))
    session = {"HOME": str(home), "JPY_SESSION_NAME": f"{home}/thesis/a.ipynb"}
    kernel = kernel_with({**os.environ, **session})
    kernel.run(f"%cd {home / 'thesis'}\n%load_ext jupyter_green")
    said = kernel.run("%green status").text
    cell = f"%%energy --label fit\n{MARKER} = '{MARKER}'\nprint('{MARKER} is said'); {MARKER}"
    assert kernel.run(cell).status == "ok"
    assert kernel.run(f"%%energy\nraise ValueError('{MARKER}')").status == "error"
    kernel.close()
    until_s = time.monotonic() + 30
    while len(read(ledger)) < 2 and time.monotonic() < until_s:  # a booker is at work
        time.sleep(0.1)
    found = held(ledger)
    assert f"ledger: {ledger}" in said
    assert "a.ipynb" in found
    assert "~/thesis" in found
    assert "fit" in found
    assert MARKER not in found
    assert str(home) not in found
    for name in (socket.gethostname(), getpass.getuser()):
        assert not any(part == name for part in found.replace('"', " ").replace("/", " ").split())


def test_a_report_by_project_is_that_of_all_notebooks(kernel_with, tmp_path, monkeypatch):
    ledger = tmp_path / "ledger"
    hand_in(ledger, closed(report(label="elsewhere", energy_j=5000.0), project="~/other"))
    monkeypatch.setenv(LEDGER_VARIABLE, str(ledger))
    kernel = kernel_with(dict(os.environ))
    kernel.run("%load_ext jupyter_green")
    said = kernel.run("%green report --by project").text
    assert said.startswith("Of the ledger")
    assert re.search(r"~/other +5\.0+ ", said), said
    refused = kernel.run("%green report --by day --nothing")
    assert refused.status == "error"
    assert "not understood: --nothing" in refused.text


def test_a_block_in_a_cell_that_is_not_metered_has_the_notebook(kernel_with, tmp_path, monkeypatch):
    ledger = tmp_path / "ledger"
    monkeypatch.setenv(LEDGER_VARIABLE, str(ledger))
    kernel = kernel_with({**os.environ, "JPY_SESSION_NAME": str(tmp_path / "thesis.ipynb")})
    kernel.run("import jupyter_green as jg")
    assert kernel.run("with jg.measure('fit') as m: pass\nm.report.label").status == "ok"
    program = (
        "import jupyter_green as jg; m = jg.measure('script'); m.__enter__(); "
        "m.__exit__(None, None, None); m.report"
    )
    code = (
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {program!r}], check=True)"
    )
    assert kernel.run(code).status == "ok"
    found = {each.label: each.notebook for each in read(ledger)}
    assert found == {"fit": "thesis.ipynb", "script": None}
