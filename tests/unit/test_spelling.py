"""Texts for terminals that do not know all of our characters."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

import jupyter_green
from jupyter_green.terminal import say, spelled

LINE = "fit: ≈ 67 ± 51 J in 2.00 s · mean ≈ 4 µW, × ½ to 2 … –"


def stream(encoding):
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding)


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", LINE),
        ("ascii", "fit: ~ 67 +- 51 J in 2.00 s - mean ~ 4 uW, x 0.5 to 2 ... -"),
        ("latin-1", "fit: ~ 67 ± 51 J in 2.00 s · mean ~ 4 µW, × ½ to 2 ... -"),
    ],
)
def test_what_an_encoding_lacks_is_spelled(encoding, expected):
    out = stream(encoding)
    say(f"{LINE}\n", out)
    out.flush()
    assert out.buffer.getvalue().decode(encoding) == f"{expected}\n"


def test_other_characters_become_question_marks():
    assert spelled("Müller 能", stream("ascii")) == "M?ller ?"


def test_a_stream_without_an_encoding_takes_all():
    out = io.StringIO()
    say(LINE, out)
    assert out.getvalue() == LINE


def test_each_character_of_our_own_texts_has_a_spelling():
    package = Path(jupyter_green.__file__).parent
    texts = [path.read_text(encoding="utf-8") for path in package.rglob("*.py")]
    used = set(re.findall(r"[^\x00-\x7f]", "".join(texts)))
    names = set("öü")  # of people, in comments
    assert {c for c in used - names if "?" in spelled(c, stream("ascii"))} == set()


def test_the_command_line_spells_too():
    code = """
from jupyter_green.cli.main import main
try:
    main(["--help"])
except SystemExit:
    print("± ≈")
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=60,
        env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.decode("ascii").endswith("+- ~\n")
