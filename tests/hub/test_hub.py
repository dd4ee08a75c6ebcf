"""Two users of a real JupyterHub meter by the host's service; a third is told why not."""

import json

import pytest

from .hub import INSIDE, OUTSIDE

LOAD = "%load_ext jupyter_green"
CELL = "%%energy -o\nimport time\ntime.sleep(1)"
TELL = """
import json, os
report = _
print(json.dumps({
    "domains": {each.id: each.energy_j for each in report.domains.values()},
    "missing": {each.id: each.reason for each in report.missing},
    "duration_s": report.duration_s,
    "uid": os.getuid(),
}))
"""


@pytest.mark.timeout(400)
def test_each_user_gets_the_joules_and_a_stranger_the_reason(hub):
    found = {}
    for user in (*INSIDE, OUTSIDE):
        said = hub.run_cells(user, LOAD, CELL, TELL)
        found[user] = json.loads(said[-1].strip().splitlines()[-1])
    assert len({each["uid"] for each in found.values()}) == 3
    assert 0 not in {each["uid"] for each in found.values()}
    for user in INSIDE:
        energy_j = found[user]["domains"]["cpu:0/package"]
        assert energy_j == pytest.approx(50.0 * found[user]["duration_s"], rel=0.03)
        assert "service" not in found[user]["missing"]
    assert "cpu:0/package" not in found[OUTSIDE]["domains"]
    assert "ask to be let into its group" in found[OUTSIDE]["missing"]["service"]
