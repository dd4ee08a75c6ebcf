"""Whether a JupyterLab would show a live widget as an error."""

import json

import pytest

from jupyter_green.notebook.live.lab_server import lacks_anywidget, why_no_widget

WIDGETS = "@jupyter-widgets/jupyterlab-manager"


def install(folder, *names):
    for name in names:
        path = folder / "labextensions" / name / "package.json"
        path.parent.mkdir(parents=True)
        path.write_text("{}")


@pytest.mark.parametrize(
    ("installed", "lacks"),
    [
        ([WIDGETS], True),
        ([WIDGETS, "anywidget"], False),
        ([WIDGETS, "jupyter-green"], False),  # it shows runs without a widget
        ([], False),  # without ipywidgets it shows the HTML beside the widget
    ],
)
def test_what_a_server_lacks(tmp_path, installed, lacks):
    install(tmp_path / "own", *installed[:1])
    install(tmp_path / "system", *installed[1:])
    assert lacks_anywidget([tmp_path / "own", tmp_path / "system"], []) == lacks


@pytest.mark.parametrize(
    ("disabled", "lacks"),
    [({"anywidget": True}, True), ({"anywidget": False}, False), (["anywidget"], True), (5, False)],
)
def test_what_is_switched_off_is_not_there(tmp_path, disabled, lacks):
    install(tmp_path, WIDGETS, "anywidget")
    page = tmp_path / "labconfig" / "page_config.json"
    page.parent.mkdir()
    page.write_text(json.dumps({"disabledExtensions": disabled}))
    assert lacks_anywidget([tmp_path], [tmp_path, tmp_path / "none"]) == lacks


@pytest.mark.parametrize("parent", [None, "nonsense", "1", "999999999"])
def test_a_parent_that_is_no_server_may_show_widgets(monkeypatch, parent):
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    if parent is not None:
        monkeypatch.setenv("JPY_PARENT_PID", parent)
    why_no_widget.cache_clear()
    assert why_no_widget() is None
