"""What the repository says of itself fits the package."""

from pathlib import Path

import pytest

from jupyter_green import __version__

ROOT = Path(__file__).parents[2]
yaml = pytest.importorskip("yaml")  # Jupyter brings it


def test_the_citation_is_of_this_version_and_licence():
    said = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert said["version"] == __version__
    licence = f'license = "{said["license"]} AND '  # what is shipped besides the code
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert licence in project
    assert f'Source = "{said["repository-code"]}"' in project


@pytest.mark.parametrize("form", sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("[!c]*.yml")))
def test_every_form_asks_what_the_doctor_says(form):
    fields = yaml.safe_load(form.read_text("utf-8"))["body"]
    (doctor,) = [each for each in fields if each.get("id") == "doctor"]
    assert "jupyter green doctor --json" in doctor["attributes"]["label"]
    assert doctor["validations"]["required"]
