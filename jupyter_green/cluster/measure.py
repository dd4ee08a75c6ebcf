"""Measuring a block, on this host and on those of a cluster."""

from __future__ import annotations

from ..meter import measure as own
from ..meter.elsewhere import Elsewhere
from ..meter.shared import shared_meter
from ..meter.window import Window
from ..report.stages import Stages


class measure(own.measure):  # noqa: N801  (used like a function: `with measure("fit"):`)
    """Measure a block: ``with measure("fit", stage="training") as m: …``, then ``m.report``.

    The block's exceptions pass through; the report then has the status
    ``error`` or ``interrupted``.

    `stage` is one text or several, as ``stage=["data", "training"]``: see ``docs/stages.md``.

    With ``budget="5kJ"`` a line on standard error says when so much is spent, and the report has
    the flag ``budget-spent``; units are J, kJ, MJ, mWh, Wh, kWh and MWh.

    With ``cluster=client``, a ``dask.distributed.Client`` or the module ``ray``, the hosts of its
    workers are metered as well: see ``docs/how-to/dask-ray.md``. The budget is this host's.

    What was achieved stands beside the joules: ``m.log(acc=0.9)`` and ``m.count(512, "token")``,
    in the block or behind it, until the report is asked for.
    """

    def __init__(
        self,
        label: str | None = None,
        *,
        stage: Stages = None,
        budget: str | None = None,
        cluster: object = None,
    ) -> None:
        super().__init__(label, stage=stage, budget=budget)
        if cluster is not None:
            _window_of(cluster)  # says what cannot be one
        self._cluster = cluster

    def _ready_window(self) -> Window:
        if self._cluster is None:
            return super()._ready_window()
        elsewhere = _window_of(self._cluster)
        return shared_meter().window(self._subject, budget=self._budget(), elsewhere=elsewhere)


def _window_of(cluster: object) -> Elsewhere:
    from .finding import window_of  # few programs have a cluster

    return window_of(cluster)
