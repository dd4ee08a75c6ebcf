"""The example notebooks as pages of the site, with their outputs as they were kept.

A saved report is the view that JupyterLab has, to unfold and to read: `reports.js` puts it where
the report's own page stands, which stays for readers without JavaScript.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from mkdocs.structure.files import File
from nbconvert import MarkdownExporter

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).parents[1].absolute()
NOTEBOOKS = ROOT / "examples"
VIEW = ROOT / "build" / "page" / "reports.js"
REPORT = "application/vnd.jupyter-green.report.v1+json"
_ABOUT = """

*A notebook, kept with its outputs. [Open it]({name}.ipynb) in JupyterLab to run it.*
"""
_SCRIPT = '\n<script type="module" src="../reports.js"></script>\n'
_TEMPLATE = """{% extends 'markdown/index.md.j2' %}
{% block stream %}
```output
{{ output.text | strip_ansi | trim }}
```
{% endblock stream %}
{% block data_text scoped %}
```output
{{ output.data['text/plain'] | strip_ansi }}
```
{% endblock data_text %}
{% block traceback_line %}{% endblock traceback_line %}
{% block error %}
```output
{{ output.ename }}: {{ output.evalue }}
```
{% endblock error %}
{% block data_png %}
![Figure]({{ output.metadata.filenames['image/png'] | path2url }})
{% endblock data_png %}
{% block data_html scoped %}

<div class="jg-output">
{{ output.data['text/html'] | safe }}
</div>

{% endblock data_html %}
"""
_TO_DOCS = re.compile(r"\]\(\.\./docs/")


def on_files(files: Files, *, config: MkDocsConfig, **_: Any) -> Files:
    """Return the site's files with the notebooks' pages among them, and what these need."""
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        text, pictures = page_of(path)
        files.append(File.generated(config, f"examples/{path.stem}.md", content=text))
        files.append(File.generated(config, f"examples/{path.name}", abs_src_path=str(path)))
        for name, picture in pictures.items():
            files.append(File.generated(config, f"examples/{name}", content=picture))
    files.append(File.generated(config, "reports.js", abs_src_path=str(VIEW)))
    return files


def page_of(path: Path) -> tuple[str, dict[str, bytes]]:
    """Return a notebook as Markdown, and its pictures by the names that they have in it."""
    book = nbformat.read(path, 4)
    for cell in book.cells:
        for output in cell.get("outputs", ()):
            if record := output.get("data", {}).get(REPORT):
                output.data = {"text/html": _with_view(record, output.data["text/html"])}
    exporter = MarkdownExporter(raw_template=_TEMPLATE)
    text, made = exporter.from_notebook_node(book, {"unique_key": path.stem})
    title, _, rest = text.lstrip().partition("\n")
    about = _ABOUT.format(name=path.stem)
    return _TO_DOCS.sub("](../", title + about + rest) + _SCRIPT, made["outputs"]


def _with_view(record: Any, page: str) -> str:
    """Return the page of a report with its record beside it, for the view to be made from."""
    text = json.dumps(record).replace("<", "\\u003c")
    script = f'<script type="application/json">{text}</script>'
    return f'<div class="jg-Report">\n{script}\n{page}\n</div>'
