"""A tab that stays from test to test: loading JupyterLab takes longer than most tests."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Error, Page

from .lab import Lab, Notebook

VIEWPORT = {"width": 1360, "height": 820}

# Once a page has been cleared: before, JupyterLab may still be about to restore its documents.
IS_OURS = "() => window.loadedForTests === true && window.jupyterapp.shell.node.isConnected"

OPEN = """
async ({path, kernel}) => {
    const {commands, serviceManager, shell} = window.jupyterapp;
    await serviceManager.kernelspecs.refreshSpecs(); // a test may offer a kernel of its own
    const panel = await commands.execute('docmanager:open', {path, factory: 'Notebook'});
    if (!kernel) {
        const {sessionContext} = panel;
        sessionContext.kernelPreference = {...sessionContext.kernelPreference, shouldStart: false};
    }
    [...shell.widgets('main')].filter(other => other !== panel).forEach(other => other.dispose());
    shell.activateById(panel.id);
}
"""

CLEAR = """
async () => {
    await window.jupyterapp.restored;
    const {shell, serviceManager: {sessions}} = window.jupyterapp;
    for (const widget of [...shell.widgets('main')]) {
        widget.dispose();
    }
    await sessions.refreshRunning();
    await Promise.all([...sessions.running()].map(({id}) => sessions.shutdown(id)));
    shell.collapseRight();
    shell.expandLeft();
    for (const name of Object.keys(window).filter(name => name.startsWith('test'))) {
        delete window[name];
    }
    window.loadedForTests = true;
    return document.querySelector('.jp-Dialog, .lm-Menu') === null;
}
"""


def open_notebook(page: Page, lab: Lab, path: Path, *, kernel: bool = True) -> Notebook:
    """Open a notebook as the only document, in the Lab that the page shows or in a new one.

    Without a kernel none is started, and none is waited for.
    """
    notebook = Notebook(page, lab, path)
    if lab.DOCUMENT != Lab.DOCUMENT:  # a page for each notebook
        notebook.open(kernel=kernel)
        return notebook
    if not (page.url.startswith(f"{lab.url}/lab") and page.evaluate(IS_OURS)):
        page.goto(f"{lab.url}/lab?reset")
        page.wait_for_function("window.jupyterapp !== undefined")
        notebook.start("window.jupyterapp.restored")
        notebook.wait_end()
        page.evaluate("() => { window.loadedForTests = true; }")
    notebook.start(f"({OPEN})({json.dumps({'path': path.name, 'kernel': kernel})})")
    notebook.wait_end()
    notebook.wait_ready(kernel=kernel)
    if page.evaluate("document.body.dataset.jpThemeLight") != "true":
        notebook.theme("JupyterLab Light")  # a test before this one had another
    return notebook


def clear(page: Page) -> None:
    """Close all documents and end their kernels; what cannot be put right is loaded anew."""
    try:
        page.set_viewport_size(VIEWPORT)
        if page.evaluate("window.jupyterapp !== undefined"):
            is_clear = page.evaluate(CLEAR)
            if not (is_clear and page.evaluate(IS_OURS)):
                page.goto("about:blank")
    except Error:
        page.goto("about:blank")


def leave(page: Page) -> None:
    """Have the next notebook load JupyterLab anew."""
    clear(page)
    page.goto("about:blank")
