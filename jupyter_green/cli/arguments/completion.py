"""The arguments of ``completion``."""

from __future__ import annotations

import argparse

from .parser import Commands

_COMPLETION_EXAMPLES = """\
examples:
  bash: jupyter-green completion bash > ~/.local/share/bash-completion/completions/jupyter-green
  zsh:  jupyter-green completion zsh > ~/.zfunc/_jupyter-green    # a folder of your fpath
  tcsh: jupyter-green completion tcsh > ~/.jupyter-green.tcsh     # to be sourced in ~/.tcshrc

exit status: 0 on success, 2 for another shell.
"""


def add_completion(commands: Commands) -> None:
    """Add ``completion``."""
    parser = commands.add_parser(
        "completion",
        help="print what a shell reads so that Tab completes jupyter-green",
        description="Print a script after which Tab completes commands, options and files of\n"
        "jupyter-green, which is the same as `jupyter green`.",
        epilog=_COMPLETION_EXAMPLES,
    )
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    parser.set_defaults(run=_completion)


def _completion(arguments: argparse.Namespace) -> int:
    from ..completion import completion

    print(completion(arguments.shell, arguments.whole))
    return 0
