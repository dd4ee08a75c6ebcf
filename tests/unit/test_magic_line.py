"""The %%energy line: found, understood and taken away by pure functions."""

import pytest
from IPython.core.error import UsageError

from jupyter_green.notebook.cells.cell_meter import magic_line


def lines(cell):
    return cell.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("%%energy\nx", (0, "", True)),
        ("%%energy --label a b\nx", (0, "--label a b", True)),
        ("%%energy", (0, "", True)),
        ("# why\n\n%%energy -q\nx", (2, "-q", True)),
        ("%%time\n%%energy\nx", (1, "", False)),
        ("%%energyx\nx", None),
        ("x = 1\n%%energy", None),
        (" %%energy\nx", None),
        ("", None),
    ],
)
def test_find(cell, found):
    line = magic_line.find(lines(cell))
    assert (None if line is None else (line.number, line.flags, line.first)) == found


@pytest.mark.parametrize(
    ("cell", "above", "body"),
    [
        ("%%energy\n1/0\n", "# %%energy\n", "1/0\n"),
        ("%%energy --label a\n1/0\n", "# %%energy\n", "1/0\n"),
        ("%%energy\n\n\n1/0\n", "# %%energy\n\n\n", "1/0\n"),
        ("%%energy\n  x\n    y\n  z", "# %%energy\n", "x\n  y\nz"),
        ("%%energy\n\n>>> x", "# %%energy\n\n", "x"),
        ("%%energy\n%%bash\necho", "", "%%bash\necho"),
        ("%%energy\n\n%%bash\necho", "", "%%bash\necho"),
        ("# why\n%%energy\nx", "# why\n# %%energy\n", "x"),
        ("%%energy", "# %%energy\n", "\n"),
        ("%%energy\n  \n", "# %%energy\n", "  \n"),
    ],
)
def test_the_body_is_as_it_would_stand_alone_and_its_lines_keep_their_numbers(cell, above, body):
    line = magic_line.find(lines(cell))
    found = magic_line.body_below(lines(cell), line)
    assert "".join(found) == body
    assert "".join(magic_line.lines_above(lines(cell), line, found)) == above


def test_flags():
    options = magic_line.options("--label 'my fit' --stage training -q -o -v result")
    assert options == magic_line.Options(
        label="my fit", stage="training", quiet=True, as_output=True, variable="result"
    )
    assert magic_line.options("-r 3").loops == 1  # a cell has side effects
    assert magic_line.options("-r 3 -n 0").loops is None
    assert magic_line.options("--label my fit").label == "my fit"
    assert magic_line.options("") == magic_line.Options()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--nonsense", "nonsense"),
        ("-v", "-v"),
        ("-v 1x", "1x"),
        ("-v class", "class"),
        ("--label 'open", "quotation"),
        (f"--label {'x' * 300}", "300 characters"),
        ("stray", "stray"),
    ],
)
def test_wrong_flags_say_what_is_wrong_and_show_the_usage(flags, message):
    with pytest.raises(UsageError) as raised:
        magic_line.options(flags)
    assert message in str(raised.value)
    assert "usage: %%energy [--label" in str(raised.value)
