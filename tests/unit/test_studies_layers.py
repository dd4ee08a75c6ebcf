# ruff: noqa: E402  (torch may be missing, and then these tests are skipped)
"""Layers: a model is as it was, what runs is seen, and the joules are the true ones."""

import copy
import random
import subprocess
import sys

import numpy as np
import pytest

import jupyter_green as jg
from jupyter_green.notebook.output.layers import html

torch = pytest.importorskip("torch")

from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from jupyter_green.studies.layers.measuring import Plan, measure_layers
from jupyter_green.studies.layers.recording import record
from jupyter_green.studies.layers.replay import copying, replay, replay_whole
from jupyter_green.studies.layers.state import kept
from jupyter_green.studies.layers.tensors import tensors_in
from jupyter_green.studies.layers.whole import reason_for_whole

WIDTH = 4


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Threads that wait for each other make a busy machine slow, and nothing here large."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


# --- models ---------------------------------------------------------------------------------


class Residual(nn.Module):
    """A block added to its input, which is called twice."""

    def __init__(self):
        super().__init__()
        self.shared = nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        return x + self.shared(torch.tanh(self.shared(x)))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(WIDTH, 2, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x, need_weights=False)[0]


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(WIDTH, WIDTH, batch_first=True)

    def forward(self, x):
        return self.lstm(x)[0]


class Normal(nn.Module):
    """Batch-norm over the last dimension, with statistics that a training run moves."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(WIDTH)

    def forward(self, x):
        return self.norm(x.transpose(1, 2)).transpose(1, 2)


class Convolution(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(WIDTH, WIDTH, 3, padding=1)

    def forward(self, x):
        return self.conv(x.transpose(1, 2)).transpose(1, 2)


class Remembering(nn.Module):
    """Has state of its own: a counter, a tensor that is no buffer, a list, and a buffer anew."""

    def __init__(self):
        super().__init__()
        self.calls = 0
        self.seen = []
        self.last = torch.zeros(1)
        self.register_buffer("mean", torch.zeros(1))

    def forward(self, x):
        self.calls += 1
        self.seen.append(self.calls)
        self.last += 1
        self.mean = x.detach().mean().reshape(1) + random.random() + np.random.rand()  # noqa: NPY002
        return x * 1


BLOCKS = {
    "linear": lambda: nn.Linear(WIDTH, WIDTH),
    # What an LSTM returns may not be changed in place: torch refuses to go back through it.
    "relu in place": lambda: nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(inplace=True)),
    "dropout": lambda: nn.Dropout(0.5),
    "batch-norm": Normal,
    "conv": Convolution,
    "attention": Attention,
    "lstm": Recurrent,
    "residual": Residual,
    "remembering": Remembering,
}


def net(names, *, training=True):
    return nn.Sequential(*(BLOCKS[name]() for name in names)).train(training)


def batch():
    return torch.randn(2, 3, WIDTH)


def bits(value):
    """All of a value that can be compared, bit for bit."""
    if isinstance(value, torch.Tensor):
        return (id(value), value.detach().numpy().tobytes(), value.requires_grad, bits(value.grad))
    if isinstance(value, torch.Generator):
        return value.get_state().numpy().tobytes()
    if isinstance(value, dict):
        return {key: bits(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [bits(item) for item in value]
    return value


def snapshot(model, x):
    randoms = (torch.get_rng_state().numpy().tobytes(), random.getstate())
    return (
        {name: bits(vars(module)) for name, module in model.named_modules()},
        (*randoms, np.random.get_state()[1].tobytes()),  # noqa: NPY002
        bits(x),
        nn.Module.__call__,
    )


def run_all(model, x, *, trains):
    """Do to a model all that a study does, less the measuring."""
    loss = (lambda y: y.square().sum()) if trains else None
    with kept(model):
        recording = record(model, (x,), {}, loss)
        replay_whole(recording.whole, loss)(2)
        for call in recording.layers:
            replay(call)(2)
            copying(call)(1)


# --- a model is as it was -------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(
    names=st.lists(st.sampled_from(sorted(BLOCKS)), min_size=1, max_size=5),
    training=st.booleans(),
    trains=st.booleans(),
    has_grads=st.booleans(),
    is_frozen=st.booleans(),
)
def test_a_model_is_bit_identical_afterwards(names, training, trains, has_grads, is_frozen):
    model, x = net(["linear", *names], training=training), batch()
    hooked = []
    model[0].register_forward_hook(lambda *_: hooked.append(1))
    if has_grads:
        model(x).square().sum().backward()
    if is_frozen:
        model[0].requires_grad_(False)
        trains = trains and any(p.requires_grad for p in model.parameters())
    before = snapshot(model, x)
    run_all(model, x, trains=trains)
    assert snapshot(model, x) == before
    assert hooked, "a user's hook runs as the layer does"


class Failing(nn.Module):
    def __init__(self, error, after):
        super().__init__()
        self.error, self.left = error, [after]

    def forward(self, x):
        self.left[0] -= 1
        if self.left[0] < 0:
            raise self.error
        return x


@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize("error", [RuntimeError("no"), KeyboardInterrupt()])
def test_it_is_so_after_a_failure_and_an_interrupt(error, after):
    model, x = net(["dropout", "batch-norm", "relu in place", "remembering"]), batch()
    model.append(Failing(error, after))
    before = snapshot(model, x)
    with pytest.raises(type(error)):
        run_all(model, x, trains=False)
    assert snapshot(model, x) == before


def test_an_interrupt_while_all_is_put_back_waits_until_it_is(monkeypatch):
    model, x = net(["batch-norm", "dropout"]), batch()
    before = snapshot(model, x)
    real, interrupts = torch.set_rng_state, [KeyboardInterrupt()]

    def interrupted(state):
        if interrupts:
            raise interrupts.pop()
        real(state)

    monkeypatch.setattr(torch, "set_rng_state", interrupted)
    with pytest.raises(KeyboardInterrupt), kept(model):
        model(x)
    assert snapshot(model, x) == before


def test_gradients_that_an_optimizer_waits_for_are_not_touched():
    """One that steps in a gradient's hook would train the model."""
    model, x = net(["linear", "linear"]), batch()
    steps = []
    for parameter in model.parameters():
        parameter.register_post_accumulate_grad_hook(steps.append)
    run_all(model, x, trains=True)
    assert steps == []


def test_a_graph_made_before_can_still_go_back():
    model, x = net(["linear", "relu in place", "linear"]), batch()
    loss = model(x).sum()
    run_all(model, x, trains=True)
    loss.backward()
    assert model[0].weight.grad is not None


# --- what runs is seen ----------------------------------------------------------------------


def layers_of(model, *args, loss=None, **kwargs):
    return record(model, args, kwargs, loss).layers


def test_layers_are_the_deepest_modules_that_run_in_order():
    model = net(["attention", "residual", "relu in place"])
    calls = layers_of(model, batch())
    assert [(call.name, call.number, call.kind) for call in calls] == [
        ("0.attention", 1, "MultiheadAttention"),  # which never calls its out_proj
        ("1.shared", 1, "Linear"),
        ("1.shared", 2, "Linear"),
        ("2.0", 1, "Linear"),
        ("2.1", 1, "ReLU"),
    ]
    query, key, value = calls[0].args
    assert query is key is value, "self-attention stays so"


def test_inputs_are_those_of_before_what_works_in_place():
    model, x = nn.Sequential(nn.ReLU(inplace=True), nn.ReLU()), torch.tensor([-1.0, 2.0])
    recording = record(model, (x,), {}, None)
    first, second = recording.layers
    assert first.args[0].tolist() == [-1.0, 2.0]
    assert (first.changes_inputs, second.changes_inputs, recording.whole.changes_inputs) == (
        1,
        0,
        1,
    )
    replay(first)(3)
    replay_whole(recording.whole, None)(3)
    assert first.args[0].tolist() == recording.whole.args[0].tolist() == x.tolist() == [-1.0, 2.0]


def test_the_encoder_of_a_transformer_takes_its_fast_path_watched_or_not():
    model = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 1).eval()
    (call,) = layers_of(model, torch.randn(2, 3, 8))
    assert call.kind == "TransformerEncoderLayer"
    called = [call.kind for call in layers_of(model.train(), torch.randn(2, 3, 8))]
    assert called[0] == "MultiheadAttention"
    assert len(called) > 5


def test_what_makes_the_weights_of_a_layer_is_part_of_it():
    model = nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Linear(3, 3)))
    x = torch.randn(2, 3)
    assert [call.kind for call in layers_of(model, x)] == ["ParametrizedLinear"]
    before = snapshot(model, x)
    run_all(model, x, trains=True)
    assert snapshot(model, x) == before


def test_sparse_gradients_and_buffers_of_any_kind_are_kept():
    model = nn.Sequential(nn.Embedding(5, WIDTH, sparse=True), nn.Linear(WIDTH, 2))
    model.register_buffer("sparse", torch.eye(3).to_sparse())
    model.register_buffer("nan", torch.full((2,), torch.nan))
    ids = torch.tensor([[1, 2]])
    model(ids).sum().backward()
    before = model[0].weight.grad.to_dense().clone()
    run_all(model, ids, trains=True)
    assert torch.equal(model[0].weight.grad.to_dense(), before)
    assert model.sparse.to_dense().equal(torch.eye(3))


def test_what_goes_back_through_a_layer_is_what_went_back_in_the_model():
    model, x = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2)), torch.randn(4, 3)
    first, relu, last = layers_of(model, x, loss=lambda y: y.square().sum())
    out = model(x)
    assert torch.equal(last.gradients[0], 2 * out.detach())
    assert not first.args[0].requires_grad
    assert relu.args[0].requires_grad
    assert torch.allclose(relu.gradients[0], 2 * out.detach() @ model[2].weight)


def test_gradients_are_never_all_zero_and_what_is_not_used_has_none():
    class Half(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.unused = nn.Linear(3, 3), nn.Linear(3, 3)

        def forward(self, x):
            self.unused(x)
            return self.used(x)

    used, unused = None, None
    for call in layers_of(Half(), torch.randn(2, 3), loss=lambda y: (0 * y).sum()):
        used, unused = (call, unused) if call.name == "used" else (used, call)
    assert used.gradients[0].any()
    assert unused.gradients == {}


def test_precision_and_gradients_are_switched_as_they_were():
    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.frozen, self.low = nn.Linear(3, 3), nn.Linear(3, 3)
            self.seen = []

        def forward(self, x):
            with torch.no_grad():
                x = self.frozen(x)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                return self.low(x)

    model = Mixed()
    frozen, low = layers_of(model, torch.randn(2, 3), loss=lambda y: y.float().sum())
    seen = []
    for call in (frozen, low):
        hook = call.module.register_forward_hook(
            lambda *a: seen.append((a[2].dtype, a[2].requires_grad))
        )
        replay(call)(1)
        hook.remove()
    assert seen == [(torch.float32, False), (torch.bfloat16, True)]


def test_nested_inputs_and_packed_sequences():
    class Nested(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(WIDTH, WIDTH)

        def forward(self, xs, *, scale):
            packed = nn.utils.rnn.pack_sequence(xs["parts"])
            return self.lstm(packed)[0].data * scale[0]

    xs = {"parts": [torch.randn(3, WIDTH), torch.randn(2, WIDTH)]}
    (call,) = layers_of(Nested(), xs, scale=(torch.ones(1), "text"))
    assert type(call.args[0]).__name__ == "PackedSequence"
    replay(call)(2)


def test_frameworks_models(tmp_path):
    transformers = pytest.importorskip("transformers")
    config = transformers.GPT2Config(n_layer=1, n_head=2, n_embd=8, vocab_size=32, n_positions=16)
    model = transformers.GPT2LMHeadModel(config)
    ids = torch.randint(0, 32, (2, 8))
    calls = layers_of(model, input_ids=ids, labels=ids, loss=lambda out: out.loss)
    kinds = [call.kind for call in calls]
    assert kinds.count("Conv1D") == 4
    assert kinds[-1] == "Linear"
    for call in calls:
        replay(call)(1)


# --- only the whole -------------------------------------------------------------------------


def quantised():
    return torch.ao.quantization.quantize_dynamic(net(["linear"], training=False), {nn.Linear})


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:torch.quantize_per:UserWarning")
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: torch.compile(net(["linear"]), backend="eager"), "torch.compile"),
        (lambda: torch.jit.trace(net(["linear"], training=False), batch()), "TorchScript"),
        (quantised, "quantised"),
    ],
)
def test_of_some_models_only_the_whole_can_be_told(make, reason):
    model = make()
    assert reason in reason_for_whole(model)
    if reason != "quantised":
        assert reason in reason_for_whole(nn.Sequential(model, nn.ReLU()))


def test_of_others_layers_can_be_told():
    assert reason_for_whole(net(sorted(BLOCKS))) is None


# --- joules ---------------------------------------------------------------------------------


class Draws(nn.Module):
    """Draws so many watts for so long, in virtual time."""

    def __init__(self, machine, power_w, seconds):
        super().__init__()
        self.draw = lambda: (machine.truth["gpu:0"].set_power(power_w), machine.sleep(seconds))

    def forward(self, x):
        self.draw()
        return x + 1


class InPlace(Draws):
    def forward(self, x):
        self.draw()
        return x.add_(0)


class Bench(nn.Module):
    """Three layers with known joules, and work of its own between them."""

    def __init__(self, machine):
        super().__init__()
        self.small = Draws(machine, 60.0, 0.05)
        self.large = Draws(machine, 300.0, 0.10)
        self.twice = InPlace(machine, 120.0, 0.04)
        self.between = Draws(machine, 90.0, 0.03).draw

    def forward(self, x):
        x = self.large(self.small(x))
        self.between()
        return self.twice(self.twice(x))


TRUE_J = {("small", 1): 3.0, ("large", 1): 30.0, ("twice", 1): 4.8, ("twice", 2): 4.8}
BETWEEN_J = 2.7
WHOLE_J = sum(TRUE_J.values()) + BETWEEN_J


@pytest.fixture
def bench(machine, virtual, monkeypatch):
    machine.truth.add("gpu:0", power_w=70.0, phase_s=0.03)
    copying = Draws(machine, 150.0, 0.01)  # what works in place needs copies, which cost as well

    def copied(inputs):
        copying.draw()
        return [[tensor.clone() for tensor in tensors_in(inputs)], {}]

    monkeypatch.setattr("jupyter_green.studies.layers.replay.copied", copied)
    return virtual


@pytest.fixture
def result(machine, bench):
    return measure_layers(bench, Bench(machine), (torch.zeros(2),), {}, Plan("forward", 6, 0))


def test_joules_and_shares_are_the_true_ones_within_their_intervals(result):
    assert {(call.name, call.number) for call in result.calls} == set(TRUE_J)
    for call in result.calls:
        true_j, found = TRUE_J[call.name, call.number], call.figures
        assert found.energy_j == pytest.approx(true_j, abs=1.5 * found.interval_j)
        assert found.share == pytest.approx(true_j / WHOLE_J, abs=1.5 * found.share_interval)
        assert found.interval_j < 0.1 * true_j
    assert result.whole.energy_j == pytest.approx(WHOLE_J, abs=1.5 * result.whole.interval_j)
    left = result.residual
    assert left.energy_j == pytest.approx(BETWEEN_J, abs=1.5 * left.interval_j)
    assert left.share == pytest.approx(BETWEEN_J / WHOLE_J, abs=1.5 * left.share_interval)


def test_types_and_what_is_left_add_up_to_the_whole(result):
    assert list(result.by_type) == ["Draws", "InPlace"]
    assert [total.calls for total in result.by_type.values()] == [2, 2]
    shares = [total.figures.share for total in result.by_type.values()]
    assert sum(shares) + result.residual.share == pytest.approx(1)
    frame = result.to_frame()
    assert frame.role.tolist() == ["layer"] * 4 + ["residual", "whole"]
    assert frame.energy_j[:-1].sum() == pytest.approx(frame.energy_j.iloc[-1])


def test_what_a_person_sees(result):
    text = str(result)
    assert text.startswith("Bench, forward, in training mode: 4")
    assert "twice, call 2" in text
    assert "add up to" in text
    page = html(result)
    assert page == result._repr_html_()
    assert page.count("<tr>") == 3 + 5
    figure = result.plot(width_in=5)
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == ["small", "large", "twice", "twice, call 2", "between the layers"]
    assert copy.copy(result) == result


def test_a_layer_too_small_for_the_sensors_is_a_bound(machine, bench):
    class Tiny(nn.Module):
        def __init__(self):
            super().__init__()
            self.large, self.none = Draws(machine, 300.0, 0.1), Draws(machine, 0.0, 0.01)

        def forward(self, x):
            return self.none(self.large(x))

    plan = Plan("forward", 3, 0, window_s=0.5)
    found = measure_layers(bench, Tiny(), (torch.zeros(2),), {}, plan)
    (row,) = [line for line in str(found).splitlines() if line.startswith("none ")]
    assert row.count("< ") == 2


def test_a_model_of_functions_is_a_whole_and_says_so(machine, bench, capsys):
    found = measure_layers(
        bench, Draws(machine, 90.0, 0.1), (torch.zeros(2),), {}, Plan("forward", 2, 0)
    )
    assert capsys.readouterr().out == "Measuring the whole model in 2 rounds: about 5 s.\n"
    assert (found.calls, found.residual) == ((), None)
    assert found.whole.energy_j == pytest.approx(9.0, rel=0.1)
    assert "Only the whole model was measured, as it runs no modules of its own." in str(found)
    assert found.plot() is not None
    assert html(found)
    assert len(found.to_frame()) == 1


def test_an_interrupt_keeps_the_whole_rounds(machine, bench):
    model = Bench(machine)
    plan = Plan("forward", 20, 0, window_s=0.5)
    machine.later(60, lambda: model.small.register_forward_hook(_interrupt))
    found = measure_layers(bench, model, (torch.zeros(2),), {}, plan)
    assert 2 <= found.rounds < 20
    assert f"those of {found.rounds} of 20 rounds" in str(found)
    assert not model.small._forward_hooks, "the hook came within the study, and is gone with it"


def _interrupt(*_):
    raise KeyboardInterrupt


def test_without_sensors_there_are_times_and_no_shares(machine, virtual, monkeypatch):
    model = nn.Sequential(*(_Sleeps(machine, s) for s in (0.01, 0.03)))
    found = measure_layers(virtual, model, (torch.zeros(2),), {}, Plan("forward", 2, 0))
    assert found.whole.energy_j is None
    assert found.residual.share is None
    assert found.calls[1].figures.duration_s == pytest.approx(0.03, rel=0.05)
    assert "not measured" in str(found)
    assert "no shares" in str(found)
    assert found.plot() is not None


class _Sleeps(nn.Module):
    def __init__(self, machine, seconds):
        super().__init__()
        self.sleep = lambda: machine.sleep(seconds)

    def forward(self, x):
        self.sleep()
        return x + 1


# --- bad input ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"model": lambda x: x}, TypeError, "torch.nn.Module"),
        ({"mode": "both"}, ValueError, '"forward" or "train"'),
        ({"rounds": 0}, ValueError, "1 or more"),
        ({"rounds": 2.5}, TypeError, "whole number"),
        ({"window_s": 0}, ValueError, "above 0"),
        ({"loss": torch.sum}, ValueError, "train"),
        ({"mode": "train", "loss": 3}, TypeError, "not callable"),
        ({"model": nn.LazyLinear(3)}, ValueError, "run it once"),
    ],
)
def test_bad_input_is_refused_with_the_remedy_before_anything_runs(given, error, words):
    ran = []
    model = nn.Linear(WIDTH, 2)
    model.register_forward_hook(lambda *_: ran.append(1))
    with pytest.raises(error, match=words):
        jg.layers(**{"model": model, "batch": batch()} | given)
    assert ran == []


def test_a_model_without_gradients_cannot_train():
    model = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU()).requires_grad_(False)
    with pytest.raises(ValueError, match="forward"):
        record(model, (batch(),), {}, torch.sum)


def test_without_torch_it_says_what_to_install():
    code = (
        "import sys; sys.modules['torch'] = None; import jupyter_green as jg\n"
        "try: jg.layers(1, 2)\n"
        "except ImportError as error: print(error)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "jg.layers measures torch models: `pip install torch`\n"
