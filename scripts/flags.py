"""Writes what is made from the table of flags: TypeScript's copy and the names in the schema.

``python scripts/flags.py`` writes both, ``--check`` says which are out of date.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from jupyter_green import flags

ROOT = Path(__file__).parents[1]
TYPESCRIPT = ROOT / "labextension" / "src" / "text" / "flags.ts"
SCHEMA = ROOT / "jupyter_green" / "report" / "report.v1.schema.json"

HEAD = """\
/**
 * What the flags of reports mean: the sentence of each and its short form, and how
 * serious it is. Made from `jupyter_green/flags.py` by
 * `scripts/flags.py`: edit it there.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

/** Whether a flag calls for a look, or is a note. */
export type FlagSeverity = 'warning' | 'note';

/** What a flag means. */
export interface IFlag {
  /** To stand after a domain's name, or alone. */
  readonly sentence: string;
  readonly severity: FlagSeverity;
}

/** What is said of figures that were played back. */
export function replayedIn(trans: Pick<TranslationBundle, '__'>): string {
  return trans.__('REPLAYED_SENTENCE');
}

/**
 * The names of the flags that are told in a single line below a chart, with what
 * stands there, the warnings first. The widget, which has no room for sentences, needs no others.
 */
export function shortFlagsIn(
  trans: Pick<TranslationBundle, '__'>
): readonly (readonly [name: string, short: string])[] {
  return [
SHORTS
  ];
}

/** All flags by their names. */
export function flagsIn(
  trans: Pick<TranslationBundle, '__'>
): Readonly<Record<string, IFlag>> {
  return {
"""
FOOT = """\
  };
}
"""
WIDTH = 80


def typescript() -> str:
    """Return TypeScript's copy of the table, as prettier would have it."""
    head = HEAD.replace("REPLAYED_SENTENCE", flags.sentence(flags.REPLAYED))
    head = head.replace("SHORTS", ",\n".join(shorts()))
    return head + ",\n".join(entry(flag) for flag in flags.FLAGS.values()) + "\n" + FOOT


def shorts() -> list[str]:
    """Return the flags that have a short form as pairs, warnings first."""
    told = [flag for flag in flags.FLAGS.values() if flag.short]
    return [pair(flag) for flag in sorted(told, key=lambda flag: not flag.is_warning)]


def pair(flag: flags.Flag) -> str:
    """Return a flag's name and its short form, as prettier would have them."""
    name, short = quoted(flag.name), f"trans.__({quoted(flag.short)})"
    line = f"    [{name}, {short}]"
    if len(line) + 1 <= WIDTH:
        return line
    return f"    [\n      {name},\n      {short}\n    ]"


def entry(flag: flags.Flag) -> str:
    """Return one flag as a property of the table."""
    key = flag.name if flag.name.isidentifier() else f"'{flag.name}'"
    severity = quoted("warning" if flag.is_warning else "note")
    lines = [
        translated("sentence", flag.sentence),
        f"      severity: {severity}",
    ]
    return f"    {key}: {{\n" + ",\n".join(lines) + "\n    }"


def translated(name: str, text: str) -> str:
    """Return a property whose value is translated."""
    value = quoted(text)
    line = f"      {name}: trans.__({value})"
    if len(line) + 1 <= WIDTH:
        return line
    return f"      {name}: trans.__(\n        {value}\n      )"


def quoted(text: str) -> str:
    """Return a string literal."""
    return f'"{text}"' if "'" in text else f"'{text}'"


def schema() -> str:
    """Return the schema with the present names of flags as examples."""
    text = SCHEMA.read_text(encoding="utf-8")
    for scope, before in (("window", "as a whole"), ("domain", "a domain")):
        names = json.dumps(flags.names(scope))
        found = re.compile(rf'"examples": \[[^\]]*\], "description": "what holds for [^"]*{before}')
        text, count = found.subn(
            lambda match, names=names: re.sub(r"\[[^\]]*\]", names, match.group(), count=1), text
        )
        if count != 1:
            raise SystemExit(f"{SCHEMA}: the examples of the flags of {before} are not found")
    return text


def main() -> int:
    """Write both files, or compare them."""
    made = {TYPESCRIPT: typescript(), SCHEMA: schema()}
    old = [path for path, text in made.items() if path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv[1:]:
        for path in old:
            print(f"{path.relative_to(ROOT)} is out of date: run `python scripts/flags.py`")
        return 1 if old else 0
    for path in old:
        path.write_text(made[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
