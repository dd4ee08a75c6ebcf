"""Escape sequences of a board's name and of a label reach no terminal and no page."""

import os

from tests.testbench.uses import unfit

ESC = "\x1b[31m\u202e"
TEXTS = ("text/plain", "text/html")
PROGRAM = r"""
import time, jupyter_green as jg
with jg.measure("a block\nin\x1b[31m red\u202e") as m:
    time.sleep(0.3)
print(m.report); print(m.report.table()); print(jg.discover())
"""


def shown(ran):
    """What a cell shows to people: what it printed, and the texts and pages of its outputs."""
    texts = [ran.text]
    for kind in ("display_data", "update_display_data"):
        texts += [data[t] for c in ran.of(kind) if (data := c["data"]) for t in TEXTS if t in data]
    return texts


def test_a_boards_name_and_a_label_are_shown_without_their_escape_sequences(
    truth, nvml, kernel_with
):
    truth.add("gpu:0", power_w=100.0, label=f"NVIDIA {ESC}H100")
    kernel = kernel_with(os.environ | nvml.env)
    kernel.run("%load_ext jupyter_green")
    for code in (
        f"%%energy --label 'fit {ESC}'\nimport time; time.sleep(0.3)",
        PROGRAM,
        "%green report",
        "%green report --by domain",
        "%green status",
    ):
        ran = kernel.run(code)
        assert ran.status == "ok", ran.traceback
        assert "\ufffd[31m" in "".join(shown(ran)), code
        assert [text for text in shown(ran) if unfit(text)] == [], code
        assert [r["domains"][-1]["device"] for r in ran.reports] in ([], [f"NVIDIA {ESC}H100"])
