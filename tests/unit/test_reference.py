"""The reference pages say what the code says, and leave nothing out."""

import re

import pytest

import jupyter_green
from jupyter_green.flags import FLAGS
from jupyter_green.sources import remedies
from scripts.reference.__main__ import MADE, PAGES
from scripts.reference.environment import PACKAGE


@pytest.mark.parametrize("name", MADE)
def test_a_page_is_what_the_code_says(name):
    assert (PAGES / name).read_text("utf-8") == MADE[name](), "run `python -m scripts.reference`"


def test_each_variable_that_is_read_is_told():
    told = set(re.findall(r"JUPYTER_GREEN_[A-Z_]+", MADE["environment.md"]()))
    code = "".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    assert set(re.findall(r"JUPYTER_GREEN_[A-Z_]*[A-Z]", code)) == told


def test_each_public_name_and_each_flag_is_told():
    python = MADE["python.md"]()
    names = [n for n in jupyter_green.__all__ if n != "__version__" and "extension" not in n]
    assert [n for n in names if f"heading: jg.{n}" not in python] == []
    assert [flag for flag in FLAGS if f"`{flag}`" not in MADE["flags.md"]()] == []


def test_each_way_to_read_rapl_is_told_as_the_doctor_has_it():
    told = (PAGES.parent / "how-to" / "rapl-without-root.md").read_text("utf-8")
    ways = {*remedies.RAPL_UNREADABLE, *remedies.RAPL_HIDDEN, *remedies.PERF_FORBIDDEN}
    assert [way.command for way in ways if f"$ {way.command}\n" not in told] == []


def test_each_magic_is_told_with_all_that_it_reads():
    told = MADE["magics.md"]()
    words = re.findall(r"^ +([a-z]+) ", (jupyter_green.notebook.magics.GREEN_USAGE), re.MULTILINE)
    for name in ("%%energy", "%energy", "%%energy_variant", "%green", "--budget ENERGY", *words):
        assert name in told
