"""AMD GPUs by the interface of ``amdsmi``: their joules, which of them, what is missing."""

import os
import subprocess
import sys

import pytest

from jupyter_green.meter.own_gpus import own_gpus
from jupyter_green.sampler.accumulator import Accumulator
from jupyter_green.sources import amd_gpu
from jupyter_green.sources.base import Provenance
from tests.testbench import amdsmi_standin
from tests.testbench.nvml import BENCH_VARIABLE

STEP_J = 15.259e-6
SERIALS = ("0x1A2B3C4D5E6F7081", "0x2A2B3C4D5E6F7082", "0x3A2B3C4D5E6F7083")


@pytest.fixture
def amdsmi(truth, monkeypatch):
    """The stand-in on ``sys.path``, in the version that is asked for: ``amdsmi("6.1")``."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "amdsmi"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setenv(BENCH_VARIABLE, str(truth.path))
    monkeypatch.syspath_prepend(str(amdsmi_standin.PATH))
    yield lambda version: monkeypatch.setenv(amdsmi_standin.VERSION_VARIABLE, version)
    for name in [name for name in sys.modules if name.partition(".")[0] == "amdsmi"]:
        del sys.modules[name]


def board(truth, number=0, *, power_w=100.0, **knobs):
    usual = {
        "label": "AMD Instinct MI300X",
        "uuid": SERIALS[number],
        "unit_j": STEP_J,
        "offset": 4_000_000_000 + number,
        "architecture": 1,
        "refresh_s": 0.001,
        "power_window_s": 0.0,
        "power_limit_w": 750.0,
    }
    return truth.add(f"gpu:{number}", power_w=power_w, **(usual | knobs))


@pytest.fixture
def opened():
    """Probe with an environment, and close what was opened."""
    sources = []

    def probe():
        found = amd_gpu.probe()
        if found.source is not None:
            sources.append(found.source)
        return found

    yield probe
    for source in sources:
        source.close()


def ids(found):
    return [domain.id for domain in found.source.domains]


def own(found, **environ):
    """What of it is a program's that has this environment."""
    return own_gpus(tuple(found.source.domains if found.source else ()), environ=environ)


@pytest.mark.parametrize("version", ["6.1", "7.0"])
def test_the_joules_are_those_that_were_used(truth, amdsmi, opened, version):
    amdsmi(version)
    gpu = board(truth, power_w=0)
    source = opened().source
    accumulator = Accumulator(source.domains[0])
    accumulator.add(source.read(0))
    gpu.schedule([(0.02, 500.0), (0.06, 0.0)])
    while gpu.power_w(last := source.read(0).t_ns) > 0 or gpu.energy_j(0, last) == 0:
        pass
    while (reading := source.read(0)).t_ns < last + 5_000_000:
        pass
    accumulator.add(reading)
    assert accumulator.energy_j == pytest.approx(500 * 0.04, rel=1e-4)


def test_what_is_said_of_a_board(truth, amdsmi, opened):
    board(truth)
    found = opened()
    (domain,) = found.source.domains
    assert found.missing == ()
    assert (domain.id, domain.device) == ("gpu:0", "AMD Instinct MI300X")
    assert domain.provenance is Provenance.COUNTER
    assert domain.counted
    assert domain.power_kind == "instant"
    assert domain.power_limit_w == pytest.approx(1500)
    assert found.source.read(0).power_w == pytest.approx(100)


@pytest.mark.parametrize("nothing", [{"has_energy": False}, {"offset": 0, "quantum_j": 1e6}])
def test_a_board_without_an_accumulator_is_metered_by_its_power(truth, amdsmi, opened, nothing):
    # Such a board shows all ones, or 0 for ever.
    board(truth, **nothing, has_power_fields=False)
    source = opened().source
    assert source.domains[0].provenance is Provenance.POWER
    assert source.domains[0].power_kind == "average"
    reading = source.poll(0)
    assert reading.counter is None
    assert reading.error is None


def test_a_board_that_tells_nothing_is_missing(truth, amdsmi, opened):
    board(truth, 0, has_energy=False, has_power=False)
    board(truth, 1)
    found = opened()
    assert ids(found) == ["gpu:1"]
    (missing,) = found.missing
    assert missing.id == "gpu:0"
    assert "on the host" in missing.remedy


def test_a_gpu_inside_the_processor_is_not_counted(truth, amdsmi, opened):
    board(truth, 0, architecture=2, label="AMD Radeon 780M")
    board(truth, 1, label="AMD Instinct MI300A")
    board(truth, 2)
    domains = opened().source.domains
    assert [domain.counted for domain in domains] == [False, False, True]
    assert "processor" in domains[0].note


def test_partitions_of_one_board_are_counted_once(truth, amdsmi, opened):
    board(truth, 0)
    board(truth, 1, uuid=SERIALS[0])
    domains = opened().source.domains
    assert [domain.counted for domain in domains] == [True, False]
    assert "in the total already" in domains[1].note
    chosen = own_gpus(tuple(domains), environ={"HIP_VISIBLE_DEVICES": "1"}).domains
    assert [(domain.id, domain.counted) for domain in chosen] == [("gpu:1", True)]


def test_other_sources_gpus_come_first(truth, amdsmi):
    board(truth)
    source = amd_gpu.probe(first_gpu=2).source
    assert [domain.id for domain in source.domains] == ["gpu:2"]
    source.close()


def test_a_failed_read_says_so_in_one_line_and_the_next_one_works(truth, amdsmi, opened):
    gpu = board(truth)
    source = opened().source
    gpu.fail()
    reading = source.read(0)
    assert reading.counter is None
    assert reading.power_w is None
    assert reading.error.startswith("energy of gpu:0: Error code: ")
    assert "\n" not in reading.error
    gpu.set(failing=None)
    assert source.read(0).error is None


def test_conditions(truth, amdsmi, opened):
    gpu = board(truth, utilization_percent=87, temperature_c=61, pids=[4711, 4712])
    source = opened().source
    conditions = source.conditions(0)
    assert conditions.utilization_percent == 87
    assert conditions.temperature_c == 61
    assert conditions.power_limit_w == pytest.approx(750)
    assert conditions.process_ids == (4711, 4712)
    gpu.fail()
    conditions = source.conditions(0)
    assert conditions.utilization_percent is None
    assert conditions.process_ids is None


# --- which GPUs -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, [0, 1, 2]),
        ({"HIP_VISIBLE_DEVICES": "1"}, [1]),
        ({"HIP_VISIBLE_DEVICES": "2,0,2"}, [0, 2]),
        ({"CUDA_VISIBLE_DEVICES": "1"}, [1]),
        ({"CUDA_VISIBLE_DEVICES": "1", "HIP_VISIBLE_DEVICES": "2"}, [2]),
        ({"HIP_VISIBLE_DEVICES": "1,-1,0"}, [1]),
        ({"ROCR_VISIBLE_DEVICES": "1,2"}, [1, 2]),
        ({"ROCR_VISIBLE_DEVICES": "1,2", "HIP_VISIBLE_DEVICES": "0"}, [1]),
        ({"ROCR_VISIBLE_DEVICES": "GPU-2a2b3c4d5e6f7082"}, [1]),
        ({"ROCR_VISIBLE_DEVICES": "0,GPU-3A2B3C4D5E6F7083"}, [0, 2]),
    ],
)
@pytest.mark.parametrize("version", ["6.1", "7.0"])
def test_only_the_visible_gpus_are_metered(truth, amdsmi, opened, version, environ, expected):
    amdsmi(version)
    for number in range(3):
        board(truth, number)
    found = opened()
    assert ids(found) == ["gpu:0", "gpu:1", "gpu:2"]
    left = own(found, **environ)
    assert [domain.id for domain in left.domains] == [f"gpu:{number}" for number in expected]
    assert left.missing(found.missing) == ()
    for number in range(3):
        first = found.source.read(number).counter
        assert first - (4_000_000_000 + number) < 10 * 100 / STEP_J
        serial = SERIALS[number].removeprefix("0x").lower()
        assert found.source.domains[number].board.lower() == f"gpu-{serial}"


def test_indices_are_hips_not_the_librarys(truth, amdsmi, opened, monkeypatch):
    monkeypatch.setenv(amdsmi_standin.HIP_IDS_VARIABLE, "1,0")
    board(truth, 0, label="second in HIP")
    board(truth, 1, label="first in HIP")
    left = own(opened(), HIP_VISIBLE_DEVICES="0")
    assert [domain.device for domain in left.domains] == ["first in HIP"]


@pytest.mark.parametrize(
    ("environ", "reason"),
    [
        ({"HIP_VISIBLE_DEVICES": ""}, "HIP_VISIBLE_DEVICES='' hides every GPU"),
        ({"HIP_VISIBLE_DEVICES": "-1"}, "'-1' hides every GPU"),
        ({"ROCR_VISIBLE_DEVICES": "7"}, "'7'"),
        ({"ROCR_VISIBLE_DEVICES": "GPU-dead"}, "'GPU-dead'"),
    ],
)
def test_a_hidden_or_unknown_gpu_is_missing(truth, amdsmi, opened, environ, reason):
    board(truth)
    left = own(opened(), **environ)
    assert left.domains == ()
    assert left.hidden == {"gpu:0"}
    (missing,) = left.missing(())
    assert reason in missing.reason
    assert "restart the kernel" in missing.remedy


def test_a_machine_without_a_gpu_is_told_nothing(truth, amdsmi, opened):
    found = opened()
    assert found.source is None
    assert found.missing == ()
    assert own(found, HIP_VISIBLE_DEVICES="0").missing(()) == ()


# --- without the library --------------------------------------------------------------------


def card(root, *, vendor="0x1002", driver="amdgpu", revision=1):
    device = root / "card0" / "device"
    device.mkdir(parents=True)
    (root / driver).mkdir()
    (device / "driver").symlink_to(root / driver)
    (device / "vendor").write_text(f"{vendor}\n")
    (device / "gpu_metrics").write_bytes(bytes([120, 0, revision, 3]) + bytes(116))
    return root


@pytest.fixture
def no_amdsmi(monkeypatch):
    monkeypatch.setitem(sys.modules, "amdsmi", None)  # Python's way to say: not importable


def test_a_discrete_gpu_without_the_library_names_the_extra(tmp_path, no_amdsmi):
    found = amd_gpu.probe(drm_root=card(tmp_path))
    assert found.source is None
    assert "not installed" in found.missing[0].reason
    assert "pip install 'jupyter-green[amd]'" in found.missing[0].remedy


@pytest.mark.parametrize("other", [{"revision": 2}, {"vendor": "0x8086"}, {"driver": "vfio-pci"}])
def test_a_machine_without_a_discrete_amd_gpu_is_told_nothing(tmp_path, no_amdsmi, other):
    assert amd_gpu.probe(drm_root=card(tmp_path, **other)).missing == ()
    assert amd_gpu.probe(drm_root=tmp_path / "absent").missing == ()


def test_a_driver_that_is_not_loaded_is_missing(truth, amdsmi, tmp_path):
    truth.nvml_init_error = 9
    found = amd_gpu.probe(drm_root=card(tmp_path / "drm"))
    assert found.source is None
    assert "DRIVER_NOT_LOADED" in found.missing[0].reason
    assert amd_gpu.probe(drm_root=tmp_path / "absent").missing == ()


def test_a_package_without_its_library_says_nothing_itself(tmp_path):
    # The real package prints the loader's error and then fails with a KeyError.
    (tmp_path / "amdsmi.py").write_text("print('libamd_smi.so: cannot open')\n{}['libamd_smi.so']")
    card(tmp_path / "drm")
    script = (
        "import pathlib; from jupyter_green.sources import amd_gpu; "
        f"found = amd_gpu.probe(drm_root=pathlib.Path({str(tmp_path / 'drm')!r})); "
        "print(found.missing[0].reason)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    reason = "the package amdsmi cannot find, or does not match, its library libamd_smi.so"
    assert ran.stdout.splitlines() == [reason]
    assert ran.stderr == ""
