"""Reports of single hosts as one: what lies inside another window counts once."""

import pytest

from jupyter_green.cluster.merging import MergeError, merged
from tests.testbench.reports import domain, report


def window(at_s=0.0, joules=100.0, host="boot1", duration_s=2.0, **fields):
    power_w = joules / duration_s
    return report(
        domain(energy_j=joules, mean_power_w=power_w),
        at_s=at_s,
        host=host,
        duration_s=duration_s,
        mean_power_w=power_w,
        run_id=f"{host} {at_s} {joules}",
        **fields,
    )


def of(*reports):
    return merged([(f"{n}.json", each) for n, each in enumerate(reports, start=1)])


def test_hosts_add_over_the_time_of_all():
    both = of(window(label="fit", ranks=4), window(0.5, 60.0, "boot2", label="fit", ranks=2))
    assert (both.energy_j, both.duration_s, both.label, both.ranks) == (160.0, 2.5, "fit", 6)
    assert both.mean_power_w == pytest.approx(160 / 2.5)
    assert both.peak_power_w == 80.0
    assert both.notes == ("By the hosts' own clocks their windows began 500 ms apart.",)
    assert [(h.name, h.energy_j) for h in both.hosts] == [("host-1", 100.0), ("host-2", 60.0)]


def test_a_file_of_an_earlier_run_is_named():
    of_one_run = [window(100.0), window(101.0, host="boot2"), window(101.9, host="boot3")]
    found = of(*of_one_run, window(0.0, host="boot4"))
    assert found.notes[-1] == (
        "4.json was metered while no other host was: see whether all files are of one run."
    )
    assert "while no other" not in " ".join(of(*of_one_run).notes)
    assert "while no other" not in " ".join(of(window(), window(10.0)).notes)  # steps of one host


def test_a_window_inside_another_of_its_host_counts_once():
    inner = [window(0.5 * n, 20.0, duration_s=0.4) for n in range(4)]
    found = of(*inner, window(), inner[0])
    assert found.energy_j == 100.0
    assert found.notes[0].startswith("5 windows lie inside others of the same host")


def test_the_same_time_on_another_host_is_no_window_inside():
    assert of(window(), window(0.5, 20.0, "boot2", duration_s=0.4)).energy_j == 120.0


def test_windows_that_follow_each_other_add_and_the_curve_keeps_the_time_between():
    found = of(window(5.0, 40.0), window())
    assert (found.energy_j, found.duration_s) == (140.0, 7.0)
    assert found.gaps == ((2.0, 5.0),)
    assert found.trace.t_s[-1] == 7.0
    assert found.ranks is None


def test_a_part_in_common_is_an_error_that_names_both():
    with pytest.raises(MergeError, match=r"1\.json and 2\.json are of one host and overlap by 1"):
        of(window(), window(1.0))


def test_what_does_not_say_where_it_was_metered_is_refused():
    with pytest.raises(MergeError, match=r"2\.json does not say on which host"):
        of(window(), window(host=None))
    with pytest.raises(MergeError, match=r"1\.json is of several hosts already"):
        of(of(window(), window(host="boot2")))


def test_its_status_is_the_worst_and_other_labels_are_none():
    found = of(window(label="a"), window(host="boot2", label="b", status="error"))
    assert (found.status, found.label) == ("error", None)
