"""A program that computes steadily for a part of the time, and meters itself through a service.

    python -m tests.testbench.burner SECONDS PART [CGROUP]

It enters the control group first, says ``ready``, waits for a line, and prints its report.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

PERIOD_S = 0.04


def burn(seconds: float, part: float) -> None:
    """Compute for a part of each period, and rest for the other part.

    It rests as long where a busy machine has it wait for a processor, so that who computes less
    does so there as well.
    """
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        done_s = time.thread_time() + part * PERIOD_S
        while time.thread_time() < done_s:
            pass
        time.sleep((1 - part) * PERIOD_S)


def main() -> None:
    """Do it."""
    seconds, part, *groups = sys.argv[1:]
    for group in groups:
        (Path(group) / "cgroup.procs").write_text(str(os.getpid()))
    import jupyter_green as jg

    with jg.Meter() as meter:
        meter.begin().end()
        print("ready", flush=True)
        input()
        window = meter.begin()
        begun_s = time.process_time()
        burn(float(seconds), float(part))
        used_s = time.process_time() - begun_s
        report = window.end()
    share = report.share
    print(
        json.dumps(
            {
                "used_s": used_s,
                "report": report.to_dict(),
                "notes": report.notes,
                "unit": share and share.unit,
                "cpu_share": share and share.cpu_share,
                "parts": {
                    id_: [each.energy_j, each.others_j, each.idle_j, each.uncertainty_j]
                    for id_, each in (share.domains.items() if share else ())
                },
                "measured": {id_: each.energy_j for id_, each in report.domains.items()},
                "sums": share and [share.energy_j, share.others_j, share.idle_j],
            }
        )
    )


if __name__ == "__main__":
    main()
