"""A training that an error breaks off: the sampler's thread ends its windows, beside the caller."""

import pytest

from jupyter_green.meter.shared import close_shared_meter, shared_meter
from tests.testbench.waiting import until


@pytest.fixture
def failing_net():
    """Return a net and its data; its third step, the first of the second epoch, fails."""
    torch = pytest.importorskip("torch")
    skorch = pytest.importorskip("skorch")

    class Failing(torch.nn.Linear):
        steps = 0

        def forward(self, x):
            self.steps += 1
            if self.steps == 3:
                raise ValueError
            return super().forward(x)

    net = skorch.NeuralNetRegressor(
        Failing, module__in_features=2, module__out_features=1, max_epochs=3, batch_size=4,
        verbose=0, train_split=None,
    )  # fmt: skip
    x = torch.ones(8, 2)
    return net, x.numpy(), x[:, :1].numpy()


def test_windows_of_a_training_that_failed_end_while_nobody_asks(host, failing_net):
    from jupyter_green.callbacks.skorch import EpochEnergy

    net, x, y = failing_net
    energy = EpochEnergy()
    close_shared_meter()
    try:
        with pytest.raises(ValueError) as kept:  # and with it the frames
            net.set_params(callbacks=[energy]).fit(x, y)
        assert until(lambda: shared_meter().open_windows == 0, 60.0)
        assert kept.value is not None
        assert [r.status for r in energy.reports] == ["ok", "error"]
        assert energy.report.status == "error"
    finally:
        close_shared_meter()
