"""What users write stands in each form of a statement as they wrote it."""

import contextlib
import html
import json
import re
import shutil
import subprocess

import mistune
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import jupyter_green as jg
from jupyter_green.printable import printable
from jupyter_green.report.fields import ReportError
from jupyter_green.report.report import Report
from jupyter_green.statements import latex, markdown, text
from jupyter_green.statements.carbon import required
from jupyter_green.statements.document import Document, Points, Section, Table
from jupyter_green.statements.facts import facts_of
from jupyter_green.statements.model_card import _NO_YAML, card_of
from jupyter_green.statements.record import record
from jupyter_green.statements.sections import document
from jupyter_green.statements.source import windows_of
from tests.testbench.mutations import mutations
from tests.testbench.records import real_records
from tests.testbench.statements import cpu, gpu, run

SPECIALS = (
    "50 % of {a_b} & $x^2$ \\ #1 ~ <é> ^",
    "**bold** _it_ `code` [link](http://a.b) ![x](y) <b>html</b> &amp; | ~~no~~",
    "# heading",
    "- point",
    "1. first",
    "+ --- ===",
    "> quote",
    "=cmd('calc')",
    "a\nb\r\nc\u2028d",
    r"\(x\) \[y\] $$z$$ \input{/etc/passwd} \end{document} %",
    "[opt] *",
    "--- ``quoted'' ?` !` ,, << >> \"umlaut",
    "www.example.org user@example.org https://example.org/?a=b_c",
    "\x1b[31mred\x1b[0m \u202e \ud800",
    "中文 Łódź ŋ 😀 ﬁ",
    "    indented",
    "\\",
    "|",
    "x" * 1_000_000,
)
WRITTEN = st.one_of(
    st.sampled_from(SPECIALS[:-1]),
    st.text(max_size=30),
    st.text("\\`*_{}[]()<>#+-.!|~$&%^='\",:;/?@ a1\n", max_size=30),
)


def stated(written):
    """A statement in which a text stands wherever one can."""
    table = Table((written, "b"), [(written, "1"), ("c", written)], frozenset({1}))
    section = Section(f"t {written}", [written, table, Points([written, f"p {written}"])])
    return Document("Title", written, [section])


def of(runs):
    return facts_of(windows_of(runs))


def collapsed(text):
    return " ".join(printable(text).split())


def texts_of(page, tag):
    found = re.findall(rf"<{tag}\b[^>]*>(.*?)</{tag}>", page, re.DOTALL)
    return [collapsed(html.unescape(re.sub(r"<[^>]*>", "\ufffe", each))) for each in found]


PARSERS = {
    "markdown-it": MarkdownIt("gfm-like", {"linkify": False}).render,
    "mistune": mistune.create_markdown(
        escape=False, plugins=["table", "strikethrough", "url", "task_lists", "footnotes", "math"]
    ),
}


@pytest.mark.parametrize("parser", PARSERS)
@given(WRITTEN)
@settings(max_examples=150, deadline=None)
def test_markdown_gives_the_text_back(parser, written):
    expected = collapsed(written)
    page = PARSERS[parser](markdown.markdown(stated(written)))
    assert texts_of(page, "h1") == ["Title"]
    assert texts_of(page, "h2") == [collapsed(f"t {written}")]
    assert [found for found in texts_of(page, "p") if found] == [expected] * 2 * bool(expected)
    assert texts_of(page, "th") == [expected, "b"]
    assert texts_of(page, "td") == [expected, "1", "c", expected]
    assert texts_of(page, "li") == [expected, collapsed(f"p {written}")]


@given(WRITTEN)
@settings(max_examples=100, deadline=None)
def test_text_holds_nothing_that_a_terminal_would_take_for_a_command(written):
    shown = text.text(stated(written))
    assert shown == "\n".join(map(printable, shown.split("\n")))
    assert "\x1b" not in shown


def pdflatex(body, folder, preamble):
    source = folder / "paper.tex"
    begin = rf"\documentclass{{article}}{preamble}\begin{{document}}"
    source.write_text(f"{begin}\n{body}\n\\end{{document}}\n", encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape"]
    ran = subprocess.run(
        [*command, source.name], cwd=folder, capture_output=True, text=True, errors="replace"
    )
    assert ran.returncode == 0, ran.stdout[-1500:]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("preamble", ["", r"\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}"])
def test_latex_compiles_whatever_was_written(tmp_path, preamble):
    letters = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA1, 0x180), *range(0x390, 0x3D0)]))
    written = [*SPECIALS[:-1], letters, " ".join(letters), "x" * 5000]
    pdflatex("\n\n".join(latex.latex(stated(each)) for each in written), tmp_path, preamble)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("50 %_$&#{}", r"50 \%\_\$\&\#\{\}"),
        (r"\input{x}^~", r"\textbackslash{}input\{x\}\textasciicircum{}\textasciitilde{}"),
        ("--- ?` ''", r"-{}-{}- ?{}\textasciigrave{} '{}'"),
        ('"a', r"\char34{}a"),
        ("é ß", "é ß"),
        ("≈ 中", r"$\approx$ \greencharacter{4E2D}{20013}"),
        ("a\n\nb\x1b", "a b\\greencharacter{FFFD}{65533}"),
    ],
)
def test_latex_shows_each_sign_as_it_is(written, shown):
    assert latex.latex(Document("", written, [])).endswith(f"\n\n{shown}")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_a_whole_statement_compiles(tmp_path):
    runs = [run(10 * n, label=each[:200]) for n, each in enumerate(SPECIALS)]
    found = document(of(runs), required("US-CA", 1.3))
    pdflatex(latex.latex(found), tmp_path, "")


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_a_model_card_keeps_the_text(written):
    device = gpu(0, 100.0)
    named = type(device)(**{**vars(device), "device": written or "x"})
    facts = of([run(0, named, cpu(10.0))])
    card = card_of(facts, required("FR", None), written or None, written or None)
    read = yaml.safe_load(str(card))["co2_eq_emissions"]
    assert read.get("training_type") == (_NO_YAML.sub("\ufffd", printable(written)) or None)
    assert read["hardware_used"].startswith("AMD EPYC 7763 (32 vCPU), ")


@pytest.mark.parametrize("written", SPECIALS)
def test_names_of_any_length_are_shown_and_short(written):
    runs = [run(0, label=written[:200], notebook="n.ipynb", stage="training")]
    for form in (text.text, markdown.markdown, latex.latex):
        assert len(form(document(of(runs)))) < 20_000
    assert jg.model_card(runs, place="FR").emissions_g > 0


def test_whatever_reports_are_read_can_be_stated(tmp_path):
    read = []
    for mutation in mutations(real_records(tmp_path), seed=3, number=3000):
        with contextlib.suppress(ReportError):
            read.append(Report.from_dict(mutation.record))
    assert len(read) > 300
    for begin in range(0, len(read), 7):
        facts = of(read[begin : begin + 7])
        factor = required("DE", 1.2)
        shown = document(facts, factor)
        json.dumps(record(facts, factor), allow_nan=False)
        for form in (text.text, markdown.markdown, latex.latex):
            assert not re.search(r"\b(nan|inf|None)\b", form(shown))
        with contextlib.suppress(ValueError):  # no joules
            yaml.safe_load(str(card_of(facts, factor)))
