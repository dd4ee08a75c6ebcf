"""The page for Prometheus: what stands in it, and who gets it."""

import http.client
import socket
import threading
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from jupyter_green.metrics import server
from jupyter_green.metrics.figures import Figures
from jupyter_green.metrics.place import Access, CannotServeError, access, listening
from jupyter_green.metrics.server import MOST_AT_ONCE, MetricsServer, serve_in_thread
from jupyter_green.metrics.text import page
from jupyter_green.sources.base import Domain, Provenance

TOKEN = "a token that nobody guesses"
NO_TOKEN = Access()
DOMAINS = (
    Domain("cpu:0/package", "a device", "rapl", Provenance.COUNTER, 0.001),
    Domain("cpu:0/core", "cores", "rapl", Provenance.COUNTER, 0.001, counted=False),
    Domain('a"b\\c\nd', "odd", "hwmon", Provenance.POWER, 0.1),
)
ENERGY_J = {"cpu:0/package": 12.5, 'a"b\\c\nd': 3.0}


def samples(figures):
    """The page's rows, as Prometheus reads them: by name and labels."""
    return {
        (sample.name.removeprefix("jupyter_green_"), *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page(figures))
        for sample in family.samples
    }


@pytest.fixture
def serve():
    """Return what serves these figures on loopback: the server's port."""
    running = []

    def start(look=lambda: Figures(is_up=True), allowed=NO_TOKEN):
        made = MetricsServer(listening("127.0.0.1:0"), allowed, look)
        running.append((made, serve_in_thread(made, 0.01)))
        return made.socket.getsockname()[1]

    yield start
    for made, thread in running:
        made.shutdown()
        made.server_close()
        thread.join()


def asked(port, path="/metrics", method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


# --- the page -------------------------------------------------------------------------------


def test_a_domain_has_its_joules_and_how_they_came_about():
    found = samples(Figures(True, DOMAINS, ENERGY_J, missing=2, disconnected_s=1.5))
    package = (("counted", "true"), ("domain", "cpu:0/package"), ("provenance", "counter"))
    assert found[("energy_joules_total", *package)] == 12.5
    odd = (("counted", "true"), ("domain", 'a"b\\c\nd'), ("provenance", "power"))
    assert found[("energy_joules_total", *odd)] == 3.0
    assert found["missing_sensors",] == 2
    assert found["disconnected_seconds_total",] == 1.5


def test_a_domain_that_cannot_be_read_now_has_no_joules():
    found = samples(Figures(True, DOMAINS, ENERGY_J, failing=1))
    assert not [key for key in found if ("domain", "cpu:0/core") in key]
    assert found["failing_sensors",] == 1


def test_joules_are_written_without_the_noise_of_their_sum():
    found = page(Figures(True, DOMAINS, dict.fromkeys(ENERGY_J, 16435.950544632873)))
    assert {line.rpartition(" ")[2] for line in found.splitlines() if "{domain=" in line} == {
        "16435.950545"
    }


def test_shares_are_by_domain_and_unit():
    shares_j = {("cpu:0/package", "user:ada"): 2.5, ("cpu:0/package", "other"): 10.0}
    found = samples(Figures(True, DOMAINS, ENERGY_J, shares_j=shares_j))
    domain = ("domain", "cpu:0/package")
    assert found["share_joules_total", domain, ("unit", "user:ada")] == 2.5
    assert found["share_joules_total", domain, ("unit", "other")] == 10.0


def test_without_a_service_there_are_no_joules_rather_than_old_ones():
    found = samples(Figures(is_up=False, domains=DOMAINS, energy_j=ENERGY_J, disconnected_s=3.0))
    assert {key[0] for key in found} == {"up", "disconnected_seconds_total", "build_info"}
    assert found["up",] == 0


# --- who gets it ----------------------------------------------------------------------------


@pytest.mark.parametrize("allowed", [Access(), Access(token=TOKEN)])
def test_beyond_loopback_it_is_not_served_without_tls_and_a_token(allowed):
    with listening("0.0.0.0:0") as listener, pytest.raises(CannotServeError, match="--tls-cert"):
        MetricsServer(listener, allowed, lambda: Figures(is_up=True))


@pytest.mark.parametrize("text", ["", "9532", ":9532", "127.0.0.1:", "127.0.0.1:x", "a:70000"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(CannotServeError, match="no address"):
        listening(text)


def test_a_token_is_long_and_a_key_has_its_certificate(tmp_path):
    short = tmp_path / "short"
    short.write_text("abc\n")
    for token_file, expected in ((short, "16 characters"), (tmp_path / "none", "No such file")):
        with pytest.raises(CannotServeError, match=expected):
            access(None, None, token_file)
    with pytest.raises(CannotServeError, match="together"):
        access(short, None, None)
    with pytest.raises(CannotServeError, match="short"):
        access(short, short, None)


def test_with_a_token_only_who_shows_it_is_answered(serve):
    port = serve(allowed=Access(token=TOKEN))
    assert asked(port, Authorization=f"Bearer {TOKEN}")[0] == 200
    for shown in ("", f"Bearer {TOKEN}x", TOKEN, "Bearer", "Bearer \xe4"):
        status, text = asked(port, Authorization=shown)
        assert (status, "joules" in text) == (401, False)


def test_a_page_of_the_web_that_names_this_host_gets_nothing(serve):
    """By a name of its own that leads here, a browser would let it read the answer."""
    port = serve()
    for host in ("127.0.0.1", f"localhost:{port}", "[::1]:9", ""):
        assert asked(port, Host=host)[0] == 200
    for host in ("evil.example", "evil.example:9532", "127.0.0.1.evil.example"):
        assert asked(port, Host=host)[0] == 403


def test_there_is_the_page_and_whether_there_is_a_service(serve):
    up, down = serve(), serve(lambda: Figures(is_up=False))
    assert asked(up, "/metrics")[1].startswith("# HELP jupyter_green_up")
    assert asked(up, "/metrics", "HEAD") == (200, "")
    assert (asked(up, "/health")[0], asked(down, "/health")[0]) == (200, 503)
    assert asked(up, "/")[0] == asked(up, "/metrics/../etc/passwd")[0] == 404
    assert asked(up, "/metrics", "POST")[0] == 501


def test_who_says_nothing_is_ended_and_holds_nobody_up(serve, monkeypatch):
    monkeypatch.setattr(server, "LONGEST_S", 0.3)
    port = serve()
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(3 * MOST_AT_ONCE)]
    for each in silent:
        each.settimeout(5.0)
        assert each.recv(1) == b""
        each.close()
    assert asked(port)[0] == 200


def test_those_who_ask_at_once_are_answered_each(serve):
    def look():
        time.sleep(0.01)
        return Figures(is_up=True)

    port = serve(look)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(asked(port)[0])) for _ in range(MOST_AT_ONCE)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [200] * MOST_AT_ONCE
