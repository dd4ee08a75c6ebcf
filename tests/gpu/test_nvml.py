"""On a real NVIDIA GPU: what only the real driver can show. Skipped where there is none.

It needs NVIDIA's driver (``libnvidia-ml.so.1``) and a GPU that reports its energy,
Volta or newer, with nobody else at work on it. The memory copy needs
``libcuda.so.1``, which comes with the driver; the matrix product needs PyTorch or
CuPy and is skipped without them. It takes about a minute:

    pytest tests/gpu

The table at the end says what was measured. ``tests/unit/test_nvml.py`` runs this
file on the stand-in driver, where all but the two tests that ask for more power
have to pass; work is rest there.
"""

import ctypes
import importlib
import itertools
import math
import os
import statistics
import threading
import time

import pytest

import jupyter_green as jg
from jupyter_green.meter.own_gpus import own_gpus
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
SHORT_WINDOWS = 8
"""In a row, and one long window around them."""
PAIRS = 5
"""Of neighbours that share one refresh interval, and a window around each pair."""
PAIR_REFRESHES = (1.3, 2.4)
"""How long the two of a pair are, in refreshes of the counter."""


@pytest.fixture(scope="module")
def source():
    found = nvml.probe()
    if found.source is None:
        pytest.skip(f"no readable GPU: {found.missing}")
    yield found.source
    found.source.close()


@pytest.fixture(scope="module")
def boards(source):
    """The places of the GPUs that have an energy counter and are not hidden from this program."""
    own = {domain.id for domain in own_gpus(source.domains).domains}
    counters = ((i, d) for i, d in enumerate(source.domains) if d.provenance is Provenance.COUNTER)
    places = [i for i, domain in counters if domain.id in own]
    if not places:
        pytest.skip(f"no GPU with an energy counter: {source.domains}")
    return places


@pytest.fixture(scope="module")
def meter(source):
    with jg.Meter() as made:
        yield made


def mean_power_w(meter, work):
    """What all GPUs draw while `work` is done again and again, from their energy counters."""
    do_for(work, WARM_UP_S)
    window = meter.begin()
    do_for(work, STRETCH_S)
    report = window.end()
    gpus = [d for d in report.domains.values() if d.source == "nvml" and d.counted]
    assert [(d.id, d.flags) for d in gpus if d.flags] == []
    return sum(d.mean_power_w for d in gpus)


def rest():
    time.sleep(0.005)


def do_for(work, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        work()


@pytest.fixture(scope="module")
def load():
    """The name of what keeps the GPU busy, and that work: without it, rest."""
    if product := matrix_product():
        work, framework = product
        yield f"matrix product ({framework})", work
        return
    try:
        copy = MemoryCopy()
    except CudaError:
        yield "rest, as nothing here can give it work", rest
        return
    yield "memory copy", lambda: copy(5)
    copy.close()


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
        polls = [source.poll(index)]
        while polls[-1].t_ns - polls[0].t_ns < STRETCH_S * 1e9:
            time.sleep(0.0003)
            polls.append(source.poll(index))
            assert polls[-1].error is None
        seen = [b for a, b in itertools.pairwise(polls) if a.counter != b.counter]
        gaps_ms, steps_ms = (
            [(b.t_ns - a.t_ns) * 1e-6 for a, b in itertools.pairwise(readings)]
            for readings in (seen, polls)
        )
        period_ms = statistics.median(gaps_ms)
        note(
            f"{domain.id} refresh",
            f"{period_ms:.2f} ms in the median of {len(gaps_ms)}, "
            f"s.d. {statistics.pstdev(gaps_ms):.2f} ms, {min(gaps_ms):.2f} to {max(gaps_ms):.2f} "
            f"ms; said: {domain.resolution_s * 1000:.0f} ms; "
            f"polled each {statistics.median(steps_ms):.2f} ms",
        )
        assert period_ms < 1500 * domain.resolution_s


def test_the_counter_agrees_with_the_integrated_power(source, boards, load, note):
    for (what, work), within in ((("rest", rest), 0.1), (load, 0.5)):
        for index in boards:
            domain = source.domains[index]
            if not domain.power_kind:
                continue
            counter_j, power_j, seconds = both_joules(source, index, work)
            note(
                f"{domain.id}, {what}",
                f"in {seconds:.2f} s: counter {counter_j:.1f} J, {domain.power_kind} power "
                f"integrated {power_j:.1f} J, {power_j / counter_j:.3f} of it",
            )
            assert power_j == pytest.approx(counter_j, rel=within)


def both_joules(source, index, work):
    """Return the counter's joules, those of its reported power, and the seconds of both.

    From one refresh to another; read in a thread, as work may need the main one.
    """
    readings = []
    is_done = threading.Event()

    def read():
        while not is_done.is_set():
            readings.append(source.read(index))
            time.sleep(0.002)

    do_for(work, WARM_UP_S)
    reader = threading.Thread(target=read)
    reader.start()
    do_for(work, STRETCH_S)
    is_done.set()
    reader.join()
    assert {reading.error for reading in readings} == {None}
    moved = [i for i in range(1, len(readings)) if readings[i].counter != readings[i - 1].counter]
    between = readings[moved[0] : moved[-1] + 1]
    power_j = sum(
        (a.power_w + b.power_w) / 2 * (b.t_ns - a.t_ns) * 1e-9
        for a, b in itertools.pairwise(between)
    )
    counter_j = (between[-1].counter - between[0].counter) * source.domains[index].unit_j
    return counter_j, power_j, (between[-1].t_ns - between[0].t_ns) * 1e-9


def in_a_row(meter, work, lengths_s):
    """Measure windows back to back and one around them; return their reports, that one's last."""
    outer = meter.begin()
    windows = []
    for length_s in lengths_s:
        window = meter.begin()
        do_for(work, length_s)
        window.end(wait=False)
        windows.append(window)
    outer.end()
    return [window.report for window in (*windows, outer)]


def compared(reports, id_):
    """Return by how much windows differ from the one around them, and what they may, in joules.

    What was used between two of them is their share of the time between.
    """
    *inner, outer = (report.domains[id_] for report in reports)
    between_s = reports[-1].duration_s - sum(report.duration_s for report in reports[:-1])
    between_j = between_s * outer.mean_power_w
    most_j = math.hypot(*(domain.uncertainty_j for domain in (*inner, outer)), between_j)
    return sum(domain.energy_j for domain in inner) + between_j - outer.energy_j, most_j


def test_short_windows_add_up_to_a_long_one(meter, source, boards, load, note):
    what, work = load
    do_for(work, WARM_UP_S)
    reports = in_a_row(meter, work, [STRETCH_S / SHORT_WINDOWS] * SHORT_WINDOWS)
    for index in boards:
        id_ = source.domains[index].id
        off_j, most_j = compared(reports, id_)
        note(
            f"{id_}, {SHORT_WINDOWS} windows in a row",
            f"{off_j:+.2f} J off the {reports[-1].domains[id_].energy_j:.1f} J of one around "
            f"them, ± {most_j:.2f} J by their intervals; {what}",
        )
        assert abs(off_j) <= most_j


def test_neighbours_share_a_refresh_and_lose_nothing(meter, source, boards, load, note):
    what, work = load
    for index in boards:
        domain = source.domains[index]
        found = []
        for _ in range(PAIRS):
            time.sleep(3 * domain.resolution_s)
            lengths_s = [refreshes * domain.resolution_s for refreshes in PAIR_REFRESHES]
            found.append(compared(in_a_row(meter, work, lengths_s), domain.id))
        held = sum(abs(off_j) <= most_j for off_j, most_j in found)
        note(
            f"{domain.id}, {PAIRS} pairs of neighbours",
            f"{max((off_j for off_j, _ in found), key=abs):+.2f} J off the window around them at "
            f"worst, ± {statistics.median(most_j for _, most_j in found):.2f} J by their "
            f"intervals, {held} within; {what}",
        )
        assert held >= PAIRS - 1


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
    found = matrix_product()
    if found is None:
        pytest.skip("neither PyTorch with CUDA nor CuPy is installed")
    product, framework = found
    product_w = mean_power_w(meter, product)
    note(f"matrix product ({framework}), all GPUs", f"{product_w:.1f} W")
    assert product_w > 1.5 * idle_w


def matrix_product():
    """Return the work and the name of the framework that does it, if there is one."""
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
        return None
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
