"""The blocks of a page of the documentation, and how each is run."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.testbench.kernel import Kernel

DOCS = Path(__file__).parents[2] / "docs"
DONE = ("python", "console")
"""Languages of what a reader runs; of the others a block is looked at, or written to a file."""
SLOW = "it takes "
"""The reason of what tests leave out for its length alone: `make release-check` runs it."""
_BLOCK = re.compile(
    r'(?:^<!-- not run: (?P<reason>.+?) -->\n)?^```(?P<language>\w*)(?: title="(?P<file>.+?)")?\n'
    r"(?P<text>.*?)^```$"
    r"|^<!-- beforehand\n(?P<beforehand>.*?)^-->$",
    re.DOTALL | re.MULTILINE,
)
"""What a page takes for granted, such as a model of the reader's own, stands in a comment."""
_WRITTEN = re.compile(r" (?:-o|>>?) (\S+)")
_COMMAND = re.compile(r"^\$ (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: what it is, the file it is the content of, and why it is not run."""

    language: str
    text: str
    file: str | None
    reason: str | None

    @property
    def is_done(self) -> bool:
        """Whether a reader does something with it, and a test has the time to."""
        return not self.reason and self.is_to_do

    @property
    def is_to_do(self) -> bool:
        """Whether a reader with enough time does something with it."""
        is_slow = self.reason is None or self.reason.startswith(SLOW)
        return is_slow and (self.file is not None or self.language in DONE)

    @property
    def commands(self) -> list[str]:
        """What stands behind the prompts."""
        return _COMMAND.findall(self.text)


def blocks(page: Path) -> Iterator[Block]:
    """Return a page's blocks in their order."""
    for found in _BLOCK.finditer(page.read_text("utf-8")):
        if given := found["beforehand"]:
            yield Block("console" if given.startswith("$ ") else "python", given, None, None)
            continue
        yield Block(found["language"], found["text"], found["file"], found["reason"])


class Reader:
    """Somebody who does what a page says, in a folder ``thesis`` of a home of their own.

    `told` is what they were shown, block by block.
    """

    def __init__(
        self,
        home: Path,
        env: dict[str, str],
        start: Callable[..., Kernel],
        patience_s: float = 120,
    ) -> None:
        self.told: list[str] = []
        self._patience_s = patience_s
        self._home = home
        self._folder = home / "thesis"
        self._folder.mkdir(parents=True)
        self._env = env | {"HOME": str(home), "JUPYTER_GREEN_LEDGER": str(home / "ledger")}
        self._start = start
        self._kernel: Kernel | None = None

    def follow(self, block: Block) -> None:
        """Write a file, run a cell, or type commands."""
        if block.file:
            path = self._file(block.file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")
        elif block.language == "python":
            self._run(block.text)
        else:
            for command in block.commands:
                self._type(command)

    def _file(self, name: str) -> Path:
        return self._folder / name.replace("~", str(self._home))

    def _run(self, cell: str) -> None:
        if self._kernel is None:  # by now the page has set what a kernel reads as it starts
            self._kernel = self._start(self._env, self._folder)
        ran = self._kernel.finish(self._kernel.start(cell), timeout_s=self._patience_s)
        self.told.append(ran.shown)
        assert ran.status == "ok", (cell, ran.traceback)
        if cell.startswith("%%energy ") and " -r " not in cell:
            assert [report["status"] for report in ran.reports] == ["ok"]

    def _type(self, command: str) -> None:
        if command.startswith("export "):
            self._env |= (word.split("=", 1) for word in shlex.split(command)[1:])
            return
        quick = command.replace("green doctor", "green doctor --seconds 0.5")
        shell = subprocess.run(
            ["bash", "-c", quick], cwd=self._folder, env=self._env, capture_output=True, text=True
        )
        self.told.append(shell.stdout + shell.stderr)
        fit = (0, 1) if "green doctor" in command else (0,)  # 1: joules are only estimated
        assert shell.returncode in fit, (command, shell.stderr)
        if written := _WRITTEN.search(command):
            assert self._file(written[1]).stat().st_size
        else:
            assert (shell.stdout + shell.stderr).strip(), command
