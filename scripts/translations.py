"""The words that a person reads in JupyterLab, for translators.

    python scripts/translations.py           renew template, translations and what is shipped
    python scripts/translations.py --check   say whether that is due, or a translation incomplete

The template and the translations are gettext files in ``labextension/locale``. What JupyterLab
loads is JSON beside the Python package (``jupyter_green/locale``, entry point
``jupyterlab.locale``).
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "labextension" / "src"
TRANSLATIONS = ROOT / "labextension" / "locale"
SHIPPED = ROOT / "jupyter_green" / "locale"
DOMAIN = "jupyter_green"
LOCALES = ("de_DE",)

CALL = re.compile(r"\.(__|_n|_p|_np)\(\s*")
LITERALS = {"__": 1, "_n": 2, "_p": 2, "_np": 3}
LITERAL = re.compile(r"""('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")\s*[,)]\s*""")


def template() -> Catalog:
    """Return all words of the sources, in the order of files and lines."""
    catalog = Catalog(project="jupyter-green", charset="utf-8", fuzzy=False)
    for path in sorted([*SOURCES.rglob("*.ts"), *SOURCES.rglob("*.tsx")]):
        for message, context in words_of(path):
            place = path.relative_to(ROOT).as_posix()
            catalog.add(message, locations=[(place, None)], context=context)
    return catalog


def words_of(path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """Yield each text of a file that is translated, a pair where it has a plural, and its context.

    Raises
    ------
    SystemExit
        For a call whose texts are not literals, which no translator would see.
    """
    source = path.read_text(encoding="utf-8")
    for call in CALL.finditer(source):
        kind, end, found = call[1], call.end(), []
        for _ in range(LITERALS[kind]):
            literal = LITERAL.match(source, end)
            if literal is None:
                line = source.count("\n", 0, call.start()) + 1
                raise SystemExit(f"{path}:{line}: a text to be translated is a literal")
            found.append(ast.literal_eval(literal[1]))
            end = literal.end()
        context = found.pop(0) if kind in {"_p", "_np"} else None
        yield (tuple(found) if len(found) > 1 else found[0]), context


def translation(locale: str, words: Catalog) -> Catalog:
    """Return a translation, with the template's words and nothing else."""
    path = TRANSLATIONS / f"{locale}.po"
    if path.exists():
        catalog = read_po(io.BytesIO(path.read_bytes()), locale=locale, domain=DOMAIN)
    else:
        catalog = Catalog(locale=locale, domain=DOMAIN, charset="utf-8", fuzzy=False)
    catalog.update(words, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def missing(catalog: Catalog) -> Iterator[str]:
    """Yield the words that have no translation, or one that lacks a place for a figure."""
    for message in catalog:
        if not message.id:
            continue
        texts, ids = _all(message.string), _all(message.id)
        places = set(re.findall(r"%\d", ids[-1]))
        if not all(texts) or any(set(re.findall(r"%\d", text)) != places for text in texts[-1:]):
            yield ids[0]


def shipped(catalog: Catalog) -> str:
    """Return a translation as JupyterLab loads it (Jed 1.x, see its `TranslationManager`)."""
    head = {
        "domain": DOMAIN,
        "language": str(catalog.locale).replace("_", "-"),
        "plural_forms": catalog.plural_forms,
    }
    words: dict[str, object] = {"": head}
    for message in catalog:
        if message.id:
            key = _all(message.id)[0]
            words[f"{message.context}\x04{key}" if message.context else key] = _all(message.string)
    return json.dumps(words, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _all(text: object) -> list[str]:
    """Return the singular and the plurals of a text, or the one that it has."""
    return list(text) if isinstance(text, (tuple, list)) else [str(text)]


def as_po(catalog: Catalog) -> str:
    """Return a catalogue as a gettext file without what changes from day to day."""
    catalog.header_comment = "# The words of jupyter-green's extension of JupyterLab."
    catalog.project, catalog.version = "jupyter-green", ""
    out = io.BytesIO()
    write_po(out, catalog, width=100, omit_header=False, no_location=False)
    kept = ("Language:", "Plural-Forms", "MIME", "Content-")
    lines = out.getvalue().decode().splitlines(keepends=True)
    return "".join(
        line
        for line in lines
        if not (line.startswith('"') and ": " in line and line.endswith('\\n"\n'))
        or line[1:].startswith(kept)
    )


def files() -> Iterator[tuple[Path, str]]:
    """Yield each file that is made here, with its text."""
    words = template()
    yield TRANSLATIONS / f"{DOMAIN}.pot", as_po(words)
    for locale in LOCALES:
        catalog = translation(locale, words)
        yield TRANSLATIONS / f"{locale}.po", as_po(catalog)
        yield SHIPPED / locale / "LC_MESSAGES" / f"{DOMAIN}.json", shipped(catalog)


def check(made: Iterable[tuple[Path, str]]) -> int:
    """Say what is out of date or not translated; return the exit status."""
    late = [p for p, text in made if not p.exists() or p.read_text(encoding="utf-8") != text]
    for path in late:
        print(f"{path.relative_to(ROOT)} is out of date: run `python scripts/translations.py`")
    status = bool(late)
    for locale in LOCALES:
        for text in missing(translation(locale, template())):
            print(f"{locale}: {text!r} is not translated")
            status = True
    return int(status)


def main() -> int:
    """Renew the files, or check them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        return check(files())
    for path, text in files():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
