"""User code as a loop: what ``%timeit`` does to a statement so that it can be run many times."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Mapping
from itertools import repeat as times
from typing import Any

from IPython.core.error import UsageError

NO_AWAIT = (
    "Top-level `await` cannot be repeated, because the loop is a plain function. Meter the code "
    "once with %%energy (no -r, no -n), or write the loop yourself."
)

_LOOP = "_green_loop"
_TIMES = "_green_times"
_TURN = "_green_turn"
_CODE_NAMES: tuple[Any, ...] = (
    ("co_name", "co_qualname") if sys.version_info >= (3, 11) else ("co_name",)
)


def compile_loop(
    shell: Any, code: str, local_ns: Mapping[str, Any] | None = None, *, heading: str = ""
) -> Callable[[int], object]:
    """Return a function ``run(n)`` that runs `code` n times.

    Names that the code binds are the function's own, so nothing of it is left
    in the user's namespace; everything else is looked up there.

    Parameters
    ----------
    shell
        The IPython shell whose magics, transformers and namespace apply.
    code
        What the user typed.
    local_ns
        The variables of the function around the code.
    heading
        The cell's line above the code, so that tracebacks number the lines as the cell does.

    Raises
    ------
    SyntaxError
        If the code is not valid, by itself or within a function.
    UsageError
        If it awaits at its top level.
    """
    above = f"# {heading}\n" if heading else ""
    source = above + shell.transform_cell(code)
    # The display hook knows the cell's number, also where IPython has counted up already (9.16).
    name = shell.compile.cache(source, shell.displayhook.prompt_count, raw_code=code)
    tree = shell.transform_ast(shell.compile.ast_parse(source, filename=name))
    check(tree, name, shell.compile.flags)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    inherited = {name: value for name, value in (local_ns or {}).items() if name in names}
    if local_ns is shell.user_ns:
        inherited = {}
    # The variables of an enclosing function come in as parameters of one more function.
    frame = ast.parse(
        f"def {_LOOP}({', '.join(inherited)}):\n"
        f"    def {_LOOP}({_TIMES}):\n"
        f"        for {_TURN} in {_TIMES}:\n"
        f"            pass\n"
        f"    return {_LOOP}\n"
    )
    for node in ast.walk(frame):
        if isinstance(node, (ast.stmt, ast.expr, ast.arg)):
            node.lineno = node.end_lineno = 1
    loop: Any = frame.body[0]
    loop.body[0].body[0].body = tree.body or [ast.Pass()]
    made: dict[str, Any] = {}
    compiled = shell.compile(ast.fix_missing_locations(frame), name, "exec")
    exec(compiled, shell.user_ns, made)  # noqa: S102  (running what the user typed is the point)
    run = made[_LOOP](**inherited)
    # IPython's tracebacks look for the source of a function from its first line on, in
    # vain as its `def` is not there; a module's they show as it is.
    run.__code__ = run.__code__.replace(**dict.fromkeys(_CODE_NAMES, "<module>"))
    return lambda loops: run(times(None, loops))


def check(tree: ast.Module, name: str, flags: int) -> None:
    """See that the code is valid outside a function: inside, `return` would be too.

    Raises
    ------
    SyntaxError
        If it is not.
    UsageError
        If it awaits at its top level.
    """
    code = compile(tree, name, "exec", flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    if code.co_flags & inspect.CO_COROUTINE:
        raise UsageError(NO_AWAIT)
