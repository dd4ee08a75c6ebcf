"""A notebook that several people have open at once."""

from __future__ import annotations

from tests.browser.lab import Notebook

# An edit of this page's own is a local transaction; what others write comes as remote ones.
WATCH_EDITS = """() => {
    const {sharedModel} = window.jupyterapp.shell.currentWidget.content.model;
    window.testEdits = [];
    sharedModel.ydoc.on('update', (_update, _origin, _ydoc, transaction) => {
        if (transaction.local) {
            window.testEdits.push([...transaction.changedParentTypes.values()].flatMap(
                events => events.map(({path}) => path.join('/'))).join(' '));
        }
    });
}"""

SHARED = """() => {
    const {sharedModel} = window.jupyterapp.shell.currentWidget.content.model;
    return JSON.stringify(sharedModel.ydoc.getArray('cells').toJSON(), (_, value) =>
        value && typeof value === 'object' && !Array.isArray(value)
            ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
            : value);
}"""


class SharedNotebook(Notebook):
    """What one person sees of it and does to it."""

    def watch_edits(self):
        self.page.evaluate(WATCH_EDITS)

    def edits(self):
        """The places in the document that this page has written, since its edits are watched."""
        return self.page.evaluate("window.testEdits")

    def shared(self):
        """The cells as the document has them, as text."""
        return self.page.evaluate(SHARED)

    def shared_outputs(self, number):
        """A cell's outputs in the document; `outputs` are those that the page shows."""
        return self.page.evaluate(
            """n => window.jupyterapp.shell.currentWidget.content.widgets[n]
                .model.sharedModel.getOutputs()""",
            number,
        )

    def source(self, number):
        return self.page.evaluate(
            """n => window.jupyterapp.shell.currentWidget.content.widgets[n]
                .model.sharedModel.getSource()""",
            number,
        )

    def wait_same(self, other):
        """Wait until this page and another know the same document, and it rests."""
        seen = None
        while seen is None or seen != (self.shared(), other.shared()) or seen[0] != seen[1]:
            seen = self.shared(), other.shared()
            self.page.wait_for_timeout(1000)
