"""Front ends that keep each output as it came first, spoken to as they speak.

`make places` runs the real ones: jupyter-console, qtconsole, voila and marimo.
"""

import pytest

from jupyter_green.report.fields import MIME_TYPE


def run_as_a_console_does(kernel, code):
    """Run code as jupyter-console, qtconsole, `jupyter run` and MyST send it."""
    return kernel.finish(kernel.start(code, allow_stdin=True))


@pytest.mark.parametrize(
    ("auto", "code"),
    [
        ("", "%%energy\nprint('body')\n40 + 2"),
        ("%config EnergyMagics.least_line_s = 0\n%green on", "print('body')\n40 + 2"),
        ("", "print('body')\n%energy -n 1 -r 2 None\n42"),
    ],
    ids=["%%energy", "auto", "%energy"],
)
def test_a_front_end_that_cannot_update_gets_the_result_once(kernel, auto, code):
    kernel.run(auto)
    ran = run_as_a_console_does(kernel, code)
    kernel.run("%green off")
    assert (ran.status, ran.text, ran.value) == ("ok", "body\n", "42")
    (shown,) = ran.of("display_data")
    assert ran.of("update_display_data") == []
    assert "measuring" not in shown["data"]["text/plain"]
    assert "J" in shown["data"]["text/plain"]
    if "%energy -n" not in code:
        kinds = [message["msg_type"] for message in ran.messages]
        assert kinds.index("execute_result") < kinds.index("display_data")


def test_the_doctor_answers_in_a_console(kernel):
    code = "from jupyter_green.notebook import doctor\ndoctor.show(get_ipython(), 0.5)"
    (shown,) = run_as_a_console_does(kernel, code).of("display_data")
    assert "reading every" not in shown["data"]["text/plain"]
    assert "nvml" in shown["data"]["text/plain"]


def test_what_a_console_shows_is_the_final_figure(kernel):
    ran = run_as_a_console_does(kernel, "%%energy -v R\npass")
    (shown,) = ran.of("display_data")
    told = kernel.run("print(R)").text.strip()
    assert shown["data"]["text/plain"] == told
    assert shown["data"][MIME_TYPE]["status"] == "ok"


def test_a_report_that_cannot_be_made_is_said_to_a_console(kernel):
    kernel.run(
        "import jupyter_green.meter.window as m\n"
        "summary = m.Window._summary\n"
        "def broken(self): raise RuntimeError('no sums today')\n"
        "m.Window._summary = broken"
    )
    ran = run_as_a_console_does(kernel, "%%energy\n42")
    kernel.run("m.Window._summary = summary")
    assert (ran.status, ran.value) == ("ok", "42")
    (shown,) = ran.of("display_data")
    assert "no report: RuntimeError: no sums today" in shown["data"]["text/plain"]
