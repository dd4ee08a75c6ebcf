"""One table of flags, from which every view and both languages take their words."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import jupyter_green
from jupyter_green import flags
from jupyter_green.report import words

PACKAGE = Path(jupyter_green.__file__).parent
ROOT = Path(__file__).parents[2]
FILES = sorted(PACKAGE.rglob("*.py"))


def test_typescript_and_the_schema_have_the_same_table():
    script = ROOT / "scripts" / "flags.py"
    ran = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, cwd=ROOT
    )
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr


def test_no_other_file_names_a_flag():
    named = [
        f"{path.relative_to(PACKAGE)}: {node.value}"
        for path in FILES
        if path.name != "flags.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and node.value in flags.FLAGS
        and node.value not in ("lost", "drift", "shared")  # plain words as well
    ]
    assert named == []


@pytest.mark.parametrize("flag", flags.FLAGS.values(), ids=lambda flag: flag.name)
def test_a_sentence_stands_after_a_name_and_alone(flag):
    assert not flag.sentence.endswith(".")
    assert flag.sentence[0].islower() or flag.sentence.startswith(("CUDA", "GPU"))
    assert len(flag.short) <= len(flag.sentence)
    assert words.remark(flag.name).endswith(".")


def test_a_flag_of_a_later_version_stands_for_itself():
    assert flags.sentence("brand-new") == "brand-new"
