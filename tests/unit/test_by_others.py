"""Sensors through other programs: what they show, what is left to whom, and what goes wrong.

All of these programs are stand-ins that serve the pages of their documents.
"""

import time
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_green.sampler.accumulator import Accumulator
from jupyter_green.sampler.reader import Reader
from jupyter_green.sources import by_others, dcgm_exporter, page, rapl_exporter, zeusd
from jupyter_green.sources.base import Domain, Found, Missing, Provenance
from jupyter_green.sources.exposition import pattern, rows
from jupyter_green.sources.looked_up import TOGETHER_S, LookedUp
from jupyter_green.sources.variables import (
    DCGM_EXPORTER_VARIABLE,
    NODE_EXPORTER_VARIABLE,
    POWERCAP_VARIABLE,
    ZEUSD_TOKEN_VARIABLE,
    ZEUSD_VARIABLE,
)
from tests.testbench.exporters import Exporter, dcgm_page, rapl_page, served, zeusd_page

FAULTS = ["hangs", "drips", "nonsense", "10 MB", "redirects", "half"]


@pytest.fixture
def serve():
    """Return what serves a page: the exporter and its address."""
    with ExitStack() as running:

        def start(made, place=None, token=""):
            exporter = Exporter(made, token)
            return exporter, running.enter_context(served(exporter, place))

        yield start


@pytest.fixture
def socket(truth):
    """A package with memory and cores, and the platform around it; by the exporter's rows."""
    package = truth.add("cpu:0/package", power_w=50.0, offset=5_000_000)
    memory = truth.add("cpu:0/dram", power_w=8.0, offset=7_000_000)
    return {
        "intel-rapl-mmio:0": ("package", "0", package),
        "intel-rapl:0": ("package", "0", package),
        "intel-rapl:0:0": ("core", "0", truth.add("cpu:0/core", power_w=20.0)),
        "intel-rapl:0:1": ("dram", "0", memory),
        "intel-rapl:1": ("psys", "0", truth.add("psys", power_w=80.0)),
    }


def domains(found):
    assert found.source is not None, found.missing
    return {domain.id: domain for domain in found.source.domains}


def all_domains(found):
    return {d.id: d for each in found if each.source for d in each.source.domains}


def others(found, environ):
    return by_others.with_others(found, environ, lambda _, probe: probe(environ))


def own(id_, board=""):
    """What was found of this program's own: one domain."""
    domain = Domain(id_, id_, "own", Provenance.COUNTER, 0.001, board=board)
    return Found(LookedUp("own", [(id_, domain)], dict))


# --- node_exporter and CEEMS ----------------------------------------------------------------


@pytest.mark.parametrize(("prefix", "name"), [("node", "node-exporter"), ("ceems", "ceems")])
def test_the_zones_of_an_exporter_are_the_domains_of_rapl(serve, socket, tmp_path, prefix, name):
    exporter, address = serve(rapl_page(prefix, socket, hostname="n1"))
    found = domains(rapl_exporter.probe(f"{address}/metrics", powercap_root=tmp_path))
    assert {id_ for id_, domain in found.items() if domain.counted} == {
        "cpu:0/package",
        "cpu:0/dram",
    }
    assert found.keys() == {"cpu:0/package", "cpu:0/dram", "cpu:0/core", "psys"}
    assert {domain.source for domain in found.values()} == {name}
    assert all("as old as its answer" in domain.note for domain in found.values())
    assert exporter.paths == ["/metrics?collect[]=rapl"]


def test_zones_whose_names_are_labels_are_the_same(serve, socket, tmp_path):
    shown = rapl_page("node", socket)

    def labelled():
        return (
            shown()
            .replace(b"rapl_package_", b"rapl_")
            .replace(b'intel-rapl:0"}', b'intel-rapl:0",rapl_zone="package"}')
        )

    _, address = serve(labelled)
    found = domains(rapl_exporter.probe(address, powercap_root=tmp_path))
    assert found.keys() == {"cpu:0/package", "cpu:0/dram", "cpu:0/core", "psys"}


def test_an_exporters_joules_are_the_true_ones_across_a_wrap(serve, truth, powercap):
    device = truth.add("cpu:0/package", power_w=20.0, wrap_range=2_000_000)
    root = powercap().root
    _, address = serve(rapl_page("node", {"intel-rapl:0": ("package", "0", device)}))
    source = rapl_exporter.probe(address, powercap_root=root).source
    assert source.domains[0].wrap_range == 2_000_000
    accumulator = Accumulator(source.domains[0])
    first = last = source.read(0)
    accumulator.add(first)
    while last.t_ns < first.t_ns + 250_000_000:
        last = source.read(0)
        accumulator.add(last)
    true_j = device.energy_j(first.t_ns, last.t_ns)
    assert true_j > 4.0  # two wraps
    assert accumulator.energy_j == pytest.approx(true_j, abs=20 * 0.05)


def test_what_this_program_reads_itself_is_taken_from_no_other(serve, socket, tmp_path):
    _, address = serve(rapl_page("node", socket))
    environ = {NODE_EXPORTER_VARIABLE: address, POWERCAP_VARIABLE: str(tmp_path)}
    found = others([own("cpu:0/package")], environ)
    assert all_domains(found)["cpu:0/package"].source == "own"
    assert all_domains(found)["cpu:0/dram"].source == "node-exporter"
    for other in ("cpu", "board"):
        found = others([own(other)], environ)
        assert all_domains(found).keys() == {other}


def test_what_an_exporter_shows_is_not_missing_any_more(serve, socket, tmp_path):
    _, address = serve(rapl_page("node", socket))
    environ = {NODE_EXPORTER_VARIABLE: address, POWERCAP_VARIABLE: str(tmp_path)}
    missing = (
        Missing("cpu:0/package", "permission denied", "ask"),
        Missing("rapl", "hidden", "show"),
        Missing("cpu:1/package", "permission denied", "ask"),
    )
    found = others([Found(missing=missing)], environ)
    assert [each.id for f in found for each in f.missing] == ["cpu:1/package"]


# --- dcgm-exporter --------------------------------------------------------------------------


def test_the_rows_of_a_board_in_parts_are_one_domain(serve, truth):
    board = truth.add("gpu:0", power_w=300.0)
    rows_of = [(0, "GPU-a", "1", board), (0, "GPU-a", "2", board), (1, "GPU-b", "", board)]
    _, address = serve(dcgm_page(rows_of))
    found = domains(dcgm_exporter.probe(address))
    assert [(d.id, d.board, d.resolution_s) for d in found.values()] == [
        ("gpu:0", "GPU-a", 30.0),
        ("gpu:1", "GPU-b", 30.0),
    ]
    assert "up to 30 s old" in found["gpu:0"].note
    assert found["gpu:0"].scale.group == "board GPU-a"


def test_boards_are_known_by_their_uuid_and_numbered_after_ones_own(serve, truth):
    board = truth.add("gpu:0", power_w=300.0, offset=12_345)
    _, address = serve(dcgm_page([(0, "GPU-a", "", board), (1, "GPU-b", "", board)]))
    found = others([own("gpu:0", "GPU-b")], {DCGM_EXPORTER_VARIABLE: address})
    assert {(d.id, d.board, d.source) for d in all_domains(found).values()} == {
        ("gpu:0", "GPU-b", "own"),
        ("gpu:1", "GPU-a", "dcgm-exporter"),
    }


def test_a_board_without_a_figure_is_none(serve):
    """The values that DCGM has for "unknown" are near 2**63."""
    _, address = serve(dcgm_page([(0, "GPU-a", "", 9223372036854775794)]))
    found = dcgm_exporter.probe(address)
    assert found.source is None
    assert "of 0 boards" in found.missing[0].reason


# --- zeusd ----------------------------------------------------------------------------------


def test_zeusd_shows_packages_and_memory_on_its_socket(serve, truth, tmp_path):
    package = truth.add("cpu:0/package", power_w=50.0, offset=5_000_000)
    memory = truth.add("cpu:0/dram", power_w=8.0)
    (tmp_path / "intel-rapl:1").mkdir()
    (tmp_path / "intel-rapl:1" / "name").write_text("psys\n")
    shown = zeusd_page({"0": (package, memory), "1": (package, None)})
    _, address = serve(shown, place=tmp_path / "zeusd.sock", token="abc")
    environ = {
        ZEUSD_VARIABLE: address,
        ZEUSD_TOKEN_VARIABLE: "abc",
        POWERCAP_VARIABLE: str(tmp_path),
    }
    found = all_domains(others([], environ))
    assert {id_: d.counted for id_, d in found.items()} == {
        "cpu:0/package": True,
        "cpu:0/dram": True,
        "psys": False,
    }


def test_a_zone_that_zeusd_may_take_for_a_package_is_not_counted(serve, truth, tmp_path):
    package = truth.add("cpu:0/package", power_w=50.0)
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nphysical id\t: 0\n")
    _, address = serve(zeusd_page({"0": (package, None), "1": (package, None)}))
    found = domains(zeusd.probe(address, powercap_root=tmp_path, cpuinfo_path=cpuinfo))
    assert {id_: d.counted for id_, d in found.items()} == {
        "cpu:0/package": True,
        "cpu:1/package": False,
    }


def test_a_token_that_is_refused_is_said(serve, truth):
    _, address = serve(zeusd_page({"0": (truth.add("p", power_w=1.0), None)}), token="abc")
    found = zeusd.probe(address, token="wrong")
    assert "status 401" in found.missing[0].reason
    assert ZEUSD_TOKEN_VARIABLE in found.missing[0].remedy


def test_two_that_show_a_domain_are_one_source(serve, socket, truth, tmp_path):
    _, exporter = serve(rapl_page("node", socket))
    _, daemon = serve(zeusd_page({"0": (truth["cpu:0/package"], None)}))
    environ = {
        NODE_EXPORTER_VARIABLE: exporter,
        ZEUSD_VARIABLE: daemon,
        POWERCAP_VARIABLE: str(tmp_path),
    }
    sources = [each.source.name for each in others([], environ) if each.source]
    assert sources == ["node-exporter"]


# --- what goes wrong ------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS)
def test_a_page_that_is_none_costs_readings_and_nothing_else(
    serve, socket, tmp_path, monkeypatch, fault
):
    monkeypatch.setattr(page, "ANSWER_S", 0.15)
    exporter, address = serve(rapl_page("node", socket))
    source = rapl_exporter.probe(address, powercap_root=tmp_path).source
    reader = Reader(source)
    assert not any(isinstance(entry, str) for entry in reader.take().entries)
    exporter.fault = fault
    time.sleep(2 * TOGETHER_S)
    asked = len(exporter.paths)
    entries = reader.take().entries
    assert all(isinstance(entry, str) and address in entry for entry in entries)
    assert len(exporter.paths) == asked + 1  # one look for all domains, the failed one too
    exporter.fault = ""
    time.sleep(2 * TOGETHER_S)
    assert not any(isinstance(entry, str) for entry in reader.take().entries)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_page_that_is_none_at_the_start_is_missing(serve, socket, monkeypatch, fault):
    monkeypatch.setattr(page, "ANSWER_S", 0.15)
    exporter, address = serve(rapl_page("node", socket))
    exporter.fault = fault
    found = rapl_exporter.probe(address)
    assert found.source is None
    assert NODE_EXPORTER_VARIABLE in found.missing[0].remedy


def test_nothing_is_asked_for_where_no_web_address_is():
    for named in (
        "https://127.0.0.1/",
        "ftp://x/",
        "9100",
        "http://",
        "http://a:b/",
        "http://u@h/",
    ):
        found = rapl_exporter.probe(named)
        assert "address" in found.missing[0].reason, named
    assert "Connection refused" in rapl_exporter.probe("http://127.0.0.1:1/").missing[0].reason


def test_a_domain_that_a_page_shows_no_more_has_an_error(serve, socket, tmp_path):
    _, address = serve(rapl_page("node", socket))
    source = rapl_exporter.probe(address, powercap_root=tmp_path).source
    del socket["intel-rapl:0:1"]
    shown = {d.id: source.read(i) for i, d in enumerate(source.domains)}
    assert shown["cpu:0/dram"].error == "node-exporter shows cpu:0/dram no more"
    assert shown["cpu:0/package"].counter is not None


def test_a_figure_may_be_as_old_as_the_look_took():
    """The counter was read some time within it, whichever domain of the page it is."""
    now_ns = 10**9

    def clock():
        return now_ns

    def look():
        nonlocal now_ns
        now_ns += 30_000_000
        return {"a": now_ns, "b": now_ns}

    domain = Domain("x", "x", "x", Provenance.COUNTER, 0.001)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("jupyter_green.sources.looked_up.time.monotonic_ns", clock)
        reader = Reader(LookedUp("x", [("a", domain), ("b", domain)], look), clock)
        reader.take()
        now_ns += 100_000_000
        entries = reader.take().entries
    assert [entry.took_s for entry in entries] == pytest.approx([0.03, 0.03])
    assert {entry.t_ns for entry in entries} == {now_ns}


def test_one_look_serves_each_domain_once():
    """Served again it would say that a counter stood still, which nobody has seen."""
    looks = []

    def look():
        looks.append(1)
        return {"a": len(looks), "b": len(looks)}

    domain = Domain("x", "x", "x", Provenance.COUNTER, 0.001)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("jupyter_green.sources.looked_up.time.monotonic_ns", lambda: 10**9)
        source = LookedUp("x", [("a", domain), ("b", domain)], look)
        assert [source.read(index).counter for index in (0, 1, 1, 0, 0)] == [1, 1, 2, 2, 3]


PARTS = st.sampled_from(
    [
        'node_rapl_package_joules_total{index="0",path="/x/intel-rapl:0"} 5\n',
        'ceems_rapl_core_joules_total{index="0",path="/x/intel-rapl:0:0"} 5\n',
        'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="0",UUID="GPU-a"} 7\n',
        '{"0":{"cpu_energy_uj":5,"dram_energy_uj":null}}',
        *("node_rapl_package_joules_total", "ceems_rapl_dram_joules_total", "rapl_zone"),
        *("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "UUID", "GPU-a", "modelName", "gpu"),
        *("index", "path", "/sys/class/powercap/intel-rapl:0", "intel-rapl:0:1", "package"),
        *("{", "}", '"', "=", ",", " ", "\n", "\\", "1e300", "-1", "9" * 30, "0", "NaN"),
        *('{"0":', '{"cpu_energy_uj":', "}}", "null", "[" * 3000, "1" * 5000),
    ]
)
PAGES = st.one_of(
    st.binary(max_size=400), st.lists(PARTS, max_size=40).map("".join).map(str.encode)
)


@given(PAGES)
def test_whatever_a_page_says_is_a_source_or_missing(shown):
    with pytest.MonkeyPatch.context() as patched:
        for module in (rapl_exporter, dcgm_exporter, zeusd):
            patched.setattr(module, "get", lambda *_: shown)
            found = module.probe("http://127.0.0.1:1/")
            assert (found.source is None) == bool(found.missing)
            if found.source:
                reader = Reader(found.source)
                assert len(reader.take().entries) == len(found.source.domains)


def test_a_page_of_more_than_any_host_has_is_none(serve):
    rows_of = [(n, f"GPU-{n}", "", n) for n in range(1000)]
    _, address = serve(dcgm_page(rows_of))
    assert "1000 boards" in dcgm_exporter.probe(address).missing[0].reason


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('a{x="1"} 2', ({"x": "1"}, 2.0)),
        ('a{x="q\\"\\\\\\n}",y=""} 2.5e3 1700000000000', ({"x": 'q"\\\n}', "y": ""}, 2500.0)),
        ("a 3", ({}, 3.0)),
        ("a NaN", None),
        ("a +Inf", None),
        ("a 1e999", None),
        ("ab 1", None),
        ("# a 1", None),
        ('a{x="1"', None),
        ("a{} 1 2 3", None),
    ],
)
def test_rows_are_read_as_the_format_has_them(line, found):
    shown = [(dict(row.labels), row.value) for row in rows(f"\n{line}\n".encode(), pattern("a"))]
    assert shown == ([found] if found else [])
