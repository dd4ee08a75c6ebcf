"""The language that a person has chosen in JupyterLab is that of the panel as well."""

import json
import urllib.request

import pytest

from .test_lab import PANEL

SETTING = "@jupyterlab/translation-extension:plugin"


@pytest.fixture
def in_german(lab):
    """A JupyterLab whose language pack and setting are German."""

    def choose(locale):
        raw = json.dumps({"raw": json.dumps({"locale": locale})}).encode()
        url = f"{lab.url}/lab/api/settings/{SETTING}"
        urllib.request.urlopen(urllib.request.Request(url, raw, method="PUT"), timeout=20).close()

    choose("de_DE")
    yield
    choose("default")


def test_the_panel_speaks_german(in_german, page, book):
    notebook = book("1")
    notebook.show_panel()
    panel = page.locator(PANEL)
    panel.get_by_text("In diesem Notebook ist noch keine Zelle gemessen worden.").wait_for()
    label = "window.jupyterapp.commands.label('jupyter-green:meter-cell')"
    assert page.evaluate(label) == "Messung ein- oder ausschalten"
