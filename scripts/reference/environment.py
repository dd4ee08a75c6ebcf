"""The page of the environment variables, made from where the package names them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from jupyter_green.markdown import table

PACKAGE = Path(__file__).parents[2] / "jupyter_green"
HEAD = """\
# Environment variables

Set before the kernel or the command starts.
"""


def page() -> str:
    """Return the page.

    Raises
    ------
    LookupError
        For a variable without a sentence that says what it is for.
    """
    rows = [(f"`{name}`", said) for name, said in sorted(variables())]
    return f"{HEAD}\n{table([('variable', 'what it says'), *rows], ())}\n"


def variables() -> Iterator[tuple[str, str]]:
    """Yield each variable with what stands below it in the code."""
    for path in sorted(PACKAGE.rglob("*.py")):
        body = ast.parse(path.read_text("utf-8")).body
        for statement, after in zip(body, [*body[1:], None], strict=True):
            name = _variable(statement)
            if name is None:
                continue
            if (said := _sentence(after)) is None:
                raise LookupError(f"{path}: say below {name} what it is for")
            yield name, re.sub(r"`+", "`", said)


def _variable(statement: ast.stmt) -> str | None:
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Constant):
        return None
    names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
    value = statement.value.value
    is_ours = isinstance(value, str) and re.fullmatch("JUPYTER_GREEN_[A-Z_]+", value)
    return str(value) if is_ours and names and names[0].endswith("VARIABLE") else None


def _sentence(statement: ast.stmt | None) -> str | None:
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Constant):
        return None
    return " ".join(str(statement.value.value).split())
