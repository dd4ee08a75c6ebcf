"""What the panel says of the machine: its sensors, what is missing, who else meters."""

import pytest

from ..test_lab import PANEL, wait_rows
from .helpers import a_report, texts

HOST = f"{PANEL} .jg-Host"


@pytest.fixture
def host(page, full):
    """Open a notebook with these reports, and the panel's section of the machine."""

    def open_(*reports):
        full(reports=reports, kernel=False)
        wait_rows(page, len(reports))
        section = page.locator(f"{PANEL} [data-tab=host]")
        if not page.locator(HOST).is_visible():  # the panel remembers what was open
            section.click()
        return page.locator(HOST)

    return open_


def test_sensors_what_is_missing_with_its_remedy_to_copy_and_other_meters(page, host):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    shown = host(a_report(0), a_report(1, flags=["other-meters"]))
    sensors = texts(page, ".jg-Host .jg-Sensor")
    assert [sensor.split()[0] for sensor in sensors] == ["cpu:0/package", "cpu:0/dram", "gpu:0"]
    assert "energy counter, every 100 ms" in sensors[2]
    assert "NVIDIA H100 80GB HBM3 · nvml" in sensors[2]
    assert "Other programs metered this machine" in shown.inner_text()

    shown.locator("summary").click()
    missing = shown.locator(".jg-Missing [data-sensor=psys]")
    assert "this processor has no counter for the platform" in missing.inner_text()
    missing.get_by_role("button", name="Copy sudo groupadd -f rapl").click()
    assert page.evaluate("navigator.clipboard.readText()") == "sudo groupadd -f rapl"


def test_a_machine_that_nobody_else_meters_says_nothing_of_it(host):
    shown = host(a_report(0))
    assert shown.locator(".jg-Host-others").count() == 0
    assert "Idle baseline measured" in shown.locator(".jg-Baseline").inner_text()
