"""Figures on pages that are written from right to left: "≈ 67 ± 51 J", not "J 51 ± 67 ≈"."""

from dataclasses import replace
from pathlib import Path

import jupyter_green.notebook
from jupyter_green.notebook.output import bundle, compact
from jupyter_green.repeats.result import Repeats
from tests.testbench.reports import estimate, report

LIVE = (Path(jupyter_green.notebook.__file__).parent / "static" / "live.js").read_text()

SHOW = """async ([source, end]) => {
    const url = URL.createObjectURL(new Blob([source], {type: 'text/javascript'}));
    const { default: widget } = await import(url);
    const el = document.createElement('section');
    document.body.append(el);
    const traits = {begin: {}, history: {}, end};
    widget.render({model: {get: name => traits[name], on() {}, off() {}}, el});
}"""

TURNED = """() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const left = (node, at) => {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        return range.getClientRects()[0]?.left;
    };
    const seen = [], turned = [];
    for (let node; (node = walker.nextNode()); ) {
        const at = node.data.search(/≈ \\d/);
        const sign = at < 0 ? undefined : left(node, at);
        if (sign !== undefined) {
            seen.push(node.data);
            if (sign > left(node, at + 2)) turned.push(node.data);
        }
    }
    return [seen, turned];
}"""


def test_figures_read_from_left_to_right(page):
    long = report(estimate(67.0, 51.0), label="fit")
    short = replace(long, run_id="short", duration_s=0.2)
    pages = [
        bundle.html(long),
        bundle.html(short),
        compact.html(long),
        Repeats(1, (long, long))._repr_html_(),
        long.compare(long)._repr_html_(),
    ]
    page.set_content(f"<html dir='rtl'><body>{'<hr>'.join(pages)}</body></html>")
    for one in (long, short):
        record = {"schema": "jupyter-green.live.v1", "kind": "end", "seq": 3, "run_id": one.run_id}
        about = {"cell_id": None, "execution_count": 1, "label": "fit", "stage": None}
        about |= {"started_at": one.started_at, "provenance": "estimate", "domains": []}
        page.evaluate(SHOW, [LIVE, record | about | {"report": one.to_dict(), "text": str(one)}])
    seen, turned = page.evaluate(TURNED)
    assert len(seen) >= 12
    assert turned == []
