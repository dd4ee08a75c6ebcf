"""Programs that execute notebooks and make pages of them: papermill, and Sphinx with myst-nb."""

import subprocess
import sys

import nbformat

CELLS = ("%load_ext jupyter_green", "%%energy --label fit\nimport time\ntime.sleep(0.2)\n42")
REPORT = "application/vnd.jupyter-green.report.v1+json"


def write(path):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(code) for code in CELLS]
    title = nbformat.v4.new_markdown_cell("# A notebook")
    nbformat.write(
        nbformat.v4.new_notebook(cells=[title, *cells], metadata={"kernelspec": kernel}), path
    )


def run(*command, folder):
    ran = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, timeout=150
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_papermill_keeps_the_report(tmp_path):
    write(tmp_path / "book.ipynb")
    run("papermill", "book.ipynb", "done.ipynb", "--no-progress-bar", folder=tmp_path)
    *_, cell = nbformat.read(tmp_path / "done.ipynb", 4).cells
    assert cell.outputs[0].data[REPORT]["label"] == "fit"
    assert len([output for output in cell.outputs if REPORT in output.get("data", {})]) == 1


def test_myst_nb_shows_the_report_in_html_and_latex(tmp_path):
    """As jupyter-book 1 does, whose pages myst-nb makes."""
    write(tmp_path / "index.ipynb")
    (tmp_path / "conf.py").write_text("extensions = ['myst_nb']\nnb_execution_mode = 'force'\n")
    run("sphinx", "-q", "-b", "html", ".", "html", folder=tmp_path)
    page = (tmp_path / "html" / "index.html").read_text()
    assert "time" in page
    assert page.count("fit: <strong>") == 1
    assert "measuring" not in page
    run("sphinx", "-q", "-b", "latex", ".", "tex", folder=tmp_path)
    (tex,) = (path.read_text() for path in (tmp_path / "tex").glob("*.tex"))
    assert "fit: " in tex
    assert "≈" not in tex.partition("fit: ")[2].partition("\n")[0]
