"""A host's joules as a page: true, never less than before, and read by the real Prometheus."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from jupyter_green.flags import OTHER_METERS
from jupyter_green.sampler.processes import Procfs
from jupyter_green.service.control_groups import ControlGroup
from tests.testbench import families, programs
from tests.testbench.host_service import MAIN
from tests.testbench.metrics_page import metrics_page

ACTIVATE = shutil.which("systemd-socket-activate")
OPENSSL = shutil.which("openssl")
DEPLOY = Path(__file__).parents[2] / "deploy"
TOKEN = "a token that nobody guesses"
PACKAGE = ("energy_joules_total", "cpu:0/package")
PACKAGE_W = 50.0
SLACK_J = 0.02
"""Two steps of what is told of a processor."""
FRESH_S = 0.55


@pytest.fixture
def shown(service):
    with metrics_page(service.place) as found:
        yield found


def is_between(truth, first, last):
    """Whether the joules between two looks are those of the time between them."""
    least_j = truth["cpu:0/package"].energy_j(first.after_ns, last.before_ns)
    most_j = truth["cpu:0/package"].energy_j(first.before_ns, last.after_ns)
    found_j = last.rows[PACKAGE] - first.rows[PACKAGE]
    return least_j - SLACK_J - 0.001 * PACKAGE_W <= found_j <= most_j + SLACK_J


def test_the_page_has_the_true_joules_whatever_else_happens(rapl, shown, client):
    first = shown.look()
    client().measure(0.2)
    time.sleep(FRESH_S)
    last = shown.look()
    assert is_between(rapl, first, last)
    assert (last.rows["up", ""], last.rows["failing_sensors", ""]) == (1, 0)


def test_a_look_that_comes_too_soon_shows_the_last_one(rapl, shown):
    time.sleep(FRESH_S)
    assert shown.look().rows[PACKAGE] == shown.look().rows[PACKAGE]


def test_a_service_that_is_killed_leaves_a_gap_and_no_fall(rapl, service, shown):
    first = shown.look()
    service.kill()
    down = shown.wait_until(is_up=False)
    assert PACKAGE not in down.rows
    service.start()
    last = shown.wait_until(is_up=True)
    assert last.rows[PACKAGE] >= first.rows[PACKAGE]
    assert last.rows["disconnected_seconds_total", ""] > 0.1


def test_a_service_that_is_held_is_none(service, shown):
    shown.look()
    time.sleep(FRESH_S)
    service.signal(signal.SIGSTOP)
    assert PACKAGE not in shown.look().rows
    service.signal(signal.SIGCONT)
    assert shown.wait_until(is_up=True).rows[PACKAGE] > 0


@pytest.mark.skipif(OPENSSL is None, reason="there is no openssl")
def test_with_tls_and_a_token_it_is_served_to_others(service, tmp_path):
    request = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
    files = ("-keyout", tmp_path / "key", "-out", tmp_path / "cert", "-nodes", "-days", "1")
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    subprocess.run([OPENSSL, *request, *files, *names], check=True, stderr=subprocess.DEVNULL)
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    port = programs.free_port()
    command = [sys.executable, "-c", MAIN, "metrics", "--listen", f"0.0.0.0:{port}"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "--tls-cert" in refused.stderr
    tls = ("--tls-cert", str(tmp_path / "cert"), "--tls-key", str(tmp_path / "key"))
    asked = urllib.request.Request(f"https://localhost:{port}/metrics")
    context = ssl.create_default_context(cafile=str(tmp_path / "cert"))
    with programs.listening([*command, *tls, "--token-file", str(tmp_path / "token")], port):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(asked, context=context, timeout=10)
        asked.add_header("Authorization", f"Bearer {TOKEN}")
        with urllib.request.urlopen(asked, context=context, timeout=10) as answer:
            assert "jupyter_green_energy_joules_total" in answer.read().decode()
        with socket.create_connection(("127.0.0.1", port), 5) as plain:
            plain.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            assert b"joules" not in plain.recv(4096)


@pytest.mark.skipif(ACTIVATE is None, reason="there is no systemd-socket-activate")
@pytest.mark.skipif(bool(families.missing), reason=families.missing)
def test_systemd_hands_it_the_port_and_it_can_have_no_other(service):
    """Its unit has RestrictAddressFamilies=AF_UNIX."""
    port = programs.free_port()
    unused = ("--listen", "127.0.0.1:1", "--socket", str(service.place))
    as_the_unit = (sys.executable, families.__file__)
    metrics = (sys.executable, "-c", MAIN, "metrics", *unused)
    command = [ACTIVATE, "-l", f"127.0.0.1:{port}", *as_the_unit, *metrics]
    process = subprocess.Popen(command, env=os.environ, stderr=subprocess.DEVNULL)
    try:
        until_s = time.monotonic() + 10
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as got:
                    text = got.read().decode()
                break
            except urllib.error.URLError:
                assert time.monotonic() < until_s
                time.sleep(0.05)
    finally:
        process.terminate()
        assert process.wait(10) == 0
    assert "jupyter_green_up 1" in text


def test_promtool_has_nothing_to_say_against_the_page(shown):
    promtool = programs.found("promtool", "prometheus")
    found = subprocess.run(
        [promtool, "check", "metrics"], input=shown.text(), capture_output=True, text=True
    )
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


@pytest.mark.skipif(
    not os.environ.get("JUPYTER_GREEN_TEST_PROMETHEUS"),
    reason="it takes 15 s: make check-prometheus runs it",
)
def test_prometheus_shows_the_true_watts(rapl, shown, tmp_path):
    """Within 1 %; and it has an answer to whatever the dashboard asks."""
    prometheus = programs.found("prometheus", "prometheus")
    target = shown.address.removeprefix("http://").removesuffix("/metrics")
    (tmp_path / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s}\n"
        f"scrape_configs: [{{job_name: green, static_configs: [{{targets: ['{target}']}}]}}]\n"
    )
    port = programs.free_port()
    options = (
        f"--config.file={tmp_path}/prometheus.yml",
        f"--storage.tsdb.path={tmp_path}/data",
        f"--web.listen-address=127.0.0.1:{port}",
    )

    def ask(question):
        query = urllib.parse.urlencode({"query": question})
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/query?{query}") as answer:
            return json.load(answer)["data"]["result"]

    counter = 'jupyter_green_energy_joules_total{domain="cpu:0/package"}'
    with programs.listening([prometheus, *options], port):
        until_s = time.monotonic() + 30
        while not is_ready(port):
            assert time.monotonic() < until_s
            time.sleep(0.05)
        while True:
            points = ask(f"{counter}[15s]")
            if points and len(points[0]["values"]) >= 9:
                break
            assert time.monotonic() < until_s, points
            time.sleep(0.2)
        (found,) = ask(f"rate({counter}[8s])")
        assert all(ask(question) for question in questions(DEPLOY / "grafana/jupyter-green.json"))
    watts = float(found["value"][1])
    print(f"Prometheus shows {watts:.2f} W of {PACKAGE_W:g}")
    assert watts == pytest.approx(PACKAGE_W, rel=0.01)


def is_ready(port):
    """Whether Prometheus has started."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready").close()
    except urllib.error.HTTPError:
        return False
    return True


def questions(dashboard):
    """What a dashboard asks for, with its variables filled in."""
    for panel in json.loads(dashboard.read_text())["panels"]:
        for target in panel.get("targets", ()):
            asked = target["expr"].replace("$__rate_interval", "8s").replace("$__range", "1h")
            yield asked.replace("$instance", ".*")


@pytest.fixture
def job():
    """A real control group, of a name that Slurm gives; it goes with the test."""
    folder = Path(f"/sys/fs/cgroup/cpuacct/slurm/uid_0/job_{os.getpid()}")
    made = [each for each in (folder.parents[1], folder.parent, folder) if not each.exists()]
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    if not (folder / "cpuacct.usage").exists():
        pytest.skip("there are no control groups of version 1 here")
    yield folder
    for each in reversed(made):
        each.rmdir()


def test_a_job_has_the_joules_of_its_cpu_time_and_all_parts_are_the_whole(rapl, shown, job):
    worker = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.readline()\nwhile True: pass"],
        stdin=subprocess.PIPE,
    )
    (job / "cgroup.procs").write_text(str(worker.pid))
    time.sleep(1.2)
    before, before_s = shown.look(), (ControlGroup(job, 1).read_s(), Procfs().host()[0])
    worker.stdin.write(b"\n")
    worker.stdin.flush()
    time.sleep(1.5)
    after, after_s = shown.look(), (ControlGroup(job, 1).read_s(), Procfs().host()[0])
    worker.kill()
    worker.communicate()
    used_s, busy_s = (last - first for first, last in zip(before_s, after_s, strict=True))
    whole_j = after.rows[PACKAGE] - before.rows[PACKAGE]
    first, last = shares(before.text), shares(after.text)
    parts_j = {unit: energy_j - first.get(unit, 0.0) for unit, energy_j in last.items()}
    assert parts_j[f"job:{os.getpid()}"] == pytest.approx(whole_j * used_s / busy_s, rel=0.1)
    assert sum(parts_j.values()) == pytest.approx(whole_j, abs=1e-4)


def shares(text):
    """The package's joules by unit."""
    return {
        sample.labels["unit"]: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if "unit" in sample.labels and sample.labels["domain"] == PACKAGE[1]
    }


def test_who_measures_beside_it_has_nobody_elses_joules(rapl, shown, meter):
    """The page is no other meter, whose report would hold the same joules."""
    shown.look()
    window = meter.begin()
    time.sleep(0.4)
    report = window.end()
    assert OTHER_METERS not in report.flags
    true_j = rapl["cpu:0/package"].energy_j(window.begin_ns, window.end_ns)
    package = report.domains["cpu:0/package"]
    assert abs(package.energy_j - true_j) <= 2 * package.uncertainty_j


def test_a_look_shows_the_moment_and_opens_no_window(rapl, client):
    looker = client()
    looks = []
    for _ in range(2):
        before_ns = time.monotonic_ns()
        kind, t_ns, mark, entries, flags = looker.ask("look")
        assert (kind, mark, flags) == ("sample", ["look", 0], {})
        assert before_ns < t_ns < time.monotonic_ns()
        looks.append(entries)
        time.sleep(0.2)
    first, last = (each[0] for each in looks)
    true_j = rapl["cpu:0/package"].energy_j(first[0], last[0])
    assert last[1] - first[1] == pytest.approx(true_j, abs=SLACK_J + 0.001 * PACKAGE_W)
