"""The tutorials do what they say: every block of theirs is run, in a real kernel and a shell."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_green.intake.places import LEDGER_VARIABLE

DOCS = Path(__file__).parents[2] / "docs"
TUTORIALS = sorted((DOCS / "tutorials").glob("*.md"))
BLOCK = re.compile(r"(<!-- not run: .+ -->\n)?```(python|console)\n(.*?)```", re.DOTALL)


def blocks(page):
    for unrun, language, text in BLOCK.findall(page.read_text("utf-8")):
        if not unrun:
            yield language, text


@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_every_block_runs(page, kernel_with, tmp_path, monkeypatch):
    if "sklearn" in page.read_text("utf-8"):
        pytest.importorskip("sklearn")
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "ledger"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    kernel = kernel_with(dict(os.environ))
    for language, text in blocks(page):
        if language == "python":
            ran = kernel.finish(kernel.start(text), timeout_s=120)
            assert ran.status == "ok", (text, ran.traceback)
            if text.startswith("%%energy "):
                assert [each["status"] for each in ran.reports] == ["ok"]
            continue
        for line in re.findall(r"^\$ (.*)$", text, re.MULTILINE):
            shell = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
            assert shell.returncode in ((0, 1) if "doctor" in line else (0,)), shell.stderr
            assert shell.stdout.strip()


def test_the_site_has_them_all():
    nav = (DOCS.parent / "mkdocs.yml").read_text("utf-8")
    assert [page.name for page in TUTORIALS if f"tutorials/{page.name}" not in nav] == []
