"""On a real NVIDIA GPU: what only the real driver can show. Skipped where there is none.

It needs NVIDIA's driver (``libnvidia-ml.so.1``) and a GPU that reports its energy,
Volta or newer, with nobody else at work on it. The memory copy needs
``libcuda.so.1``, which comes with the driver; the matrix product needs PyTorch or
CuPy and is skipped without them. It takes about half a minute:

    pytest tests/gpu

The table at the end says what was measured. ``tests/unit/test_nvml.py`` runs this
file on the stand-in driver, where all but the two tests with work have to pass.
"""

import ctypes
import importlib
import itertools
import os
import time

import pytest

import jupyter_green as jg
from jupyter_green.sources import nvml
from jupyter_green.sources.base import Provenance
from tests.kernel.conftest import Kernel

from .cuda import CudaError, MemoryCopy

try:
    ctypes.CDLL("libnvidia-ml.so.1")
except OSError:
    pytest.skip("no NVIDIA driver library on this machine", allow_module_level=True)

STRETCH_S = float(os.environ.get("JUPYTER_GREEN_GPU_STRETCH_S", "4"))
"""How long each thing is measured; shorter where the GPU is a stand-in."""
WARM_UP_S = STRETCH_S / 4


@pytest.fixture(scope="module")
def source():
    found = nvml.probe()
    if found.source is None:
        pytest.skip(f"no readable GPU: {found.missing}")
    yield found.source
    found.source.close()


@pytest.fixture(scope="module")
def boards(source):
    """The places of the GPUs that have an energy counter."""
    places = [i for i, d in enumerate(source.domains) if d.provenance is Provenance.COUNTER]
    if not places:
        pytest.skip(f"no GPU with an energy counter: {source.domains}")
    return places


@pytest.fixture(scope="module")
def meter(source):
    with jg.Meter() as made:
        yield made


def mean_power_w(meter, work):
    """What all GPUs draw while `work` is done again and again, from their energy counters."""
    until = time.monotonic() + WARM_UP_S
    while time.monotonic() < until:
        work()
    window = meter.begin()
    until = time.monotonic() + STRETCH_S
    while time.monotonic() < until:
        work()
    report = window.end()
    gpus = [d for d in report.domains.values() if d.source == "nvml" and d.counted]
    assert [(d.id, d.flags) for d in gpus if d.flags] == []
    return sum(d.mean_power_w for d in gpus)


def rest():
    time.sleep(0.05)


@pytest.fixture(scope="module")
def idle_w(meter, note):
    power_w = mean_power_w(meter, rest)
    note("idle, all GPUs", f"{power_w:.1f} W")
    return power_w


def test_what_there_is(source, note):
    for index, domain in enumerate(source.domains):
        reading = source.read(index)
        assert reading.error is None
        assert (reading.counter is not None) == (domain.provenance is Provenance.COUNTER)
        power = "no power" if reading.power_w is None else f"{reading.power_w:.1f} W"
        kind = f" ({domain.power_kind})" if domain.power_kind else ""
        note(domain.id, f"{domain.device}: {domain.provenance.value}, {power}{kind}")


def test_an_idle_gpu_draws_what_idle_gpus_draw(idle_w, boards):
    assert 2 * len(boards) < idle_w < 350 * len(boards)


def test_the_counter_is_refreshed_as_often_as_it_is_said_to(source, boards, note):
    for index in boards:
        domain = source.domains[index]
        seen = [source.poll(index)]
        until = time.monotonic() + STRETCH_S
        while time.monotonic() < until:
            reading = source.poll(index)
            assert reading.error is None
            if reading.counter != seen[-1].counter:
                seen.append(reading)
            time.sleep(0.002)
        gaps_s = sorted((b.t_ns - a.t_ns) * 1e-9 for a, b in itertools.pairwise(seen[1:]))
        period_s = gaps_s[len(gaps_s) // 2]
        said = f"{domain.resolution_s * 1000:.0f} ms"
        note(f"{domain.id} refresh", f"{period_s * 1000:.1f} ms in the median, said: {said}")
        assert period_s < 1.5 * domain.resolution_s


def test_the_counter_agrees_with_the_integrated_power(source, boards, note):
    for index in boards:
        domain = source.domains[index]
        if not domain.power_kind:
            continue
        first = before = source.read(index)
        power_j = 0.0
        while before.t_ns - first.t_ns < STRETCH_S * 1e9:
            time.sleep(0.02)
            now = source.read(index)
            power_j += (before.power_w + now.power_w) / 2 * (now.t_ns - before.t_ns) * 1e-9
            before = now
        counter_j = (before.counter - first.counter) * domain.unit_j
        note(
            f"{domain.id} at rest",
            f"counter {counter_j:.1f} J, {domain.power_kind} power integrated {power_j:.1f} J",
        )
        assert counter_j == pytest.approx(power_j, rel=0.1)


def test_the_conditions_are_told(source, boards, note):
    for index in boards:
        conditions = source.conditions(index)
        note(f"{source.domains[index].id} conditions", str(conditions))
        assert 0 < conditions.temperature_c < 120


def test_a_memory_copy_costs_more_than_rest(meter, idle_w, note):
    try:
        copy = MemoryCopy()
    except CudaError as error:
        pytest.skip(str(error))
    copy_w = mean_power_w(meter, copy)
    copy.close()
    note("memory copy, all GPUs", f"{copy_w:.1f} W")
    assert copy_w > 1.2 * idle_w


def test_a_matrix_product_costs_more_than_rest(meter, idle_w, note):
    product, framework = matrix_product()
    product_w = mean_power_w(meter, product)
    note(f"matrix product ({framework}), all GPUs", f"{product_w:.1f} W")
    assert product_w > 1.5 * idle_w


def matrix_product():
    """Return the work and the name of the framework that does it."""
    try:
        torch = importlib.import_module("torch")
        if torch.cuda.is_available():
            matrix = torch.randn(8192, 8192, device="cuda")
            return lambda: (matrix @ matrix, torch.cuda.synchronize()), "PyTorch"
    except ImportError:
        pass
    try:
        cupy = importlib.import_module("cupy")
    except ImportError:
        pytest.skip("neither PyTorch with CUDA nor CuPy is installed")
    matrix = cupy.random.random((8192, 8192), dtype=cupy.float32)
    return lambda: (matrix @ matrix, cupy.cuda.Device().synchronize()), "CuPy"


def test_a_metered_cell_shows_the_gpu(source, boards, note):
    kernel = Kernel()
    try:
        assert kernel.run("%load_ext jupyter_green").status == "ok"
        ran = kernel.run("%%energy\nimport time\ntime.sleep(2)")
    finally:
        kernel.close()
    (report,) = ran.reports
    domains = {d["id"]: d for d in report["domains"]}
    for index in boards:
        domain = domains[source.domains[index].id]
        note(f"{domain['id']} in a cell", f"{domain['energy_j']:.1f} J in 2 s of rest")
        assert domain["provenance"] == "counter"
        assert domain["energy_j"] > 0
