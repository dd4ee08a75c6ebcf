"""Whose work it was, in a real kernel: its own, of unknown origin, or what was there before."""

import json
import os
import sys

import pytest

from jupyter_green.flags import EARLIER_WORK, ORIGIN_UNCLEAR
from jupyter_green.sources.variables import POWERCAP_VARIABLE

USED_S = 1.0
LOST_S = 0.3
"""What is lost at most of a process that nobody inherits: the time between two looks at it."""
BURN = f"""{sys.executable} -S -c '
import time
while time.process_time() < {USED_S}: pass
open("done", "w")'"""
DAEMON = f"""
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while time.process_time() < {USED_S}:
            pass
        open("done", "w")
    os._exit(0)
os.wait()
"""
SETUP = f"""
%load_ext jupyter_green
import os, signal, subprocess, sys, threading, time
from pathlib import Path
from jupyter_green.meter.shared import shared_meter
burn, daemon = {BURN!r}, {DAEMON!r}
Path("burn.sh").write_text(burn)
def host_s():
    fields = open("/proc/stat").readline().split()[1:8]
    return sum(int(fields[n]) for n in (0, 1, 2, 5, 6)) / os.sysconf("SC_CLK_TCK")
def wait():
    # As long as it takes, however busy the machine is.
    while not Path("done").exists():
        time.sleep(0.05)
    Path("done").unlink()
def work_s(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
"""
TELL = """
import json
from jupyter_green.report import words
own_s = report.share.cpu_share * (after_s - before_s) if report.share else None
text = [words.share(report), *words.flag_sentences(report.flags)]
print(json.dumps([own_s, report.flags, report.provenance, " ".join(text)]))
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """A kernel on a machine without sensors, as is usual in the cloud."""
    from tests.testbench.kernel import Kernel

    nothing = tmp_path_factory.mktemp("no-powercap")
    kernel = Kernel(os.environ | {POWERCAP_VARIABLE: str(nothing)})
    kernel.run(f"%cd {nothing}")
    ran = kernel.run(SETUP)
    assert ran.status == "ok", ran.traceback
    yield kernel
    kernel.close()


def measured(kernel, code):
    """The CPU seconds that the report calls the kernel's own, its flags and its text."""
    ran = kernel.run(f"%%energy -v report -q\nbefore_s = host_s()\n{code}\nafter_s = host_s()")
    assert ran.status == "ok", ran.traceback
    own_s, flags, provenance, text = json.loads(kernel.run(TELL).text)
    assert provenance == "estimate"
    return own_s, flags, text


@pytest.mark.parametrize(
    "code",
    [
        f"work_s({USED_S})",
        "!sh burn.sh\nwait()",
        "!(nohup sh burn.sh > nothing 2>&1 &); sleep 0.3\nwait()",
        "!(setsid sh burn.sh > nothing 2>&1 &); sleep 0.3\nwait()",
        "os.system('sh burn.sh &'); wait()",
        "subprocess.run([sys.executable, '-c', daemon], start_new_session=True); wait()",
    ],
    ids=["itself", "a command", "in the background", "its own session", "os.system", "a daemon"],
)
def test_what_the_kernel_has_started_is_its_own(kernel, code):
    own_s, flags, text = measured(kernel, code)
    assert own_s == pytest.approx(USED_S, abs=LOST_S)
    assert ORIGIN_UNCLEAR not in flags
    assert EARLIER_WORK not in flags
    assert "This kernel used ≈" in text


def test_of_what_left_no_trace_nothing_is_said_but_that(kernel):
    """Started with another environment by a shell that has ended: nothing links the two."""
    start = "subprocess.run(['sh', '-c', 'setsid sh burn.sh &'], env={'PATH': os.environ['PATH']})"
    # Nobody looks meanwhile which processes there are: the shell would be seen alive.
    unseen = f"os.kill(sampler, signal.SIGSTOP); {start}; os.kill(sampler, signal.SIGCONT)"
    code = f"sampler = shared_meter().sampler_pid; {unseen}; wait()"
    _, flags, text = measured(kernel, code)
    assert ORIGIN_UNCLEAR in flags
    assert "nothing shows who started it" in text


def test_a_cell_that_slept_while_an_earlier_ones_thread_worked_says_so(kernel):
    kernel.run("thread = threading.Thread(target=work_s, args=(60,), daemon=True); thread.start()")
    # However little a busy machine leaves the thread: until it has worked for a second.
    slept = (
        "clock = time.pthread_getcpuclockid(thread.ident)\n"
        "until_s = time.clock_gettime(clock) + 1\n"
        "while time.clock_gettime(clock) < until_s: time.sleep(0.05)"
    )
    _, flags, text = measured(kernel, slept)
    assert EARLIER_WORK in flags
    assert "threads or processes that were there before" in text
    _, flags, _ = measured(kernel, "work_s(0.5)")
    assert EARLIER_WORK not in flags
