"""`jupyter green run`: the command runs as it would without it, and its joules are told."""

import itertools
import json
import os
import re
import resource
import select
import signal
import subprocess
import sys
import time

import pytest

from jupyter_green.cli.running.careful import CarefulWindow
from jupyter_green.cli.running.text import of_run
from jupyter_green.intake.places import LEDGER_VARIABLE
from jupyter_green.intake.project import PROJECT_VARIABLE
from jupyter_green.ledger.questions import read
from jupyter_green.meter.summary import Subject
from jupyter_green.report.report import Report
from jupyter_green.sampler.processes import SAMPLER_NAME, Procfs
from jupyter_green.sources.variables import POWERCAP_VARIABLE
from tests.testbench.waiting import until

ptyprocess = pytest.importorskip("ptyprocess")
pytestmark = pytest.mark.skipif(
    not hasattr(signal, "sigwaitinfo"), reason="signals are passed on where the system tells whose"
)

MAIN = "import sys; from jupyter_green.cli.main import main; sys.exit(main())"
RUN = [sys.executable, "-c", MAIN, "run"]
WAIT_S = 20


def start(*words, **more):
    """Start `run` with these words behind it, in a process group of its own."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([*RUN, *words], text=True, start_new_session=True, **(pipes | more))


def run(*words, given="", **more):
    """Run it to its end; return its status and what it has written."""
    with start(*words, stdin=subprocess.PIPE, **more) as program:
        out, err = program.communicate(given, timeout=WAIT_S)
    return program.returncode, out, err


def python(code):
    return "--", sys.executable, "-c", code


class TestStatus:
    def test_is_that_of_the_command_or_the_signal_that_ended_it(self, tmp_path):
        plain = tmp_path / "plain"
        plain.write_text("echo no first line")
        plain.chmod(0o755)
        secret = tmp_path / "secret"
        secret.touch()
        meant = {
            ("--", "true"): 0,
            ("--", "sh", "-c", "exit 3"): 3,
            ("--", "no-such-command"): 127,
            ("--", str(tmp_path)): 126,
            ("--", str(secret)): 126,
            ("--", str(plain)): 126,
            ("--no-such-option", "--", "true"): 125,
            ("true",): 125,
            (): 125,
            ("--repeat", "0", "--", "true"): 125,
            ("--cooldown", "nan", "--repeat", "2", "--", "true"): 125,
            ("--warmup", "2", "--", "true"): 125,
            ("--label", "x" * 300, "--", "true"): 125,
            ("-o", str(tmp_path / "no" / "file"), "--", "true"): 125,
            ("--", "sh", "-c", "kill -TERM $$"): -signal.SIGTERM,
            ("--", "sh", "-c", "kill -KILL $$"): -signal.SIGKILL,
            ("--", "sh", "-c", "kill -SEGV $$"): -signal.SIGSEGV,
            ("--", "sh", "-c", "kill -INT $$"): -signal.SIGINT,
        }
        programs = {words: start(*words, cwd=tmp_path) for words in meant}
        errors = {words: each.communicate(timeout=60)[1] for words, each in programs.items()}
        assert {words: each.returncode for words, each in programs.items()} == meant
        for words, error in errors.items():
            assert "Traceback" not in error
            if meant[words] in (125, 126, 127):
                assert len(error.strip().splitlines()) <= 2
                assert "jupyter green" in error

    def test_a_core_file_is_the_commands(self, tmp_path):
        def allow_core():
            _, most = resource.getrlimit(resource.RLIMIT_CORE)
            resource.setrlimit(resource.RLIMIT_CORE, (most, most))

        with start("--", "sh", "-c", "kill -ABRT $$", cwd=tmp_path, preexec_fn=allow_core) as ran:
            ran.communicate(timeout=WAIT_S)
        assert ran.returncode == -signal.SIGABRT
        for file in tmp_path.iterdir():  # none where core files are limited, or go elsewhere
            assert b"import sys" not in file.read_bytes()[:65536]  # what was run: the shell


class TestStreams:
    def test_are_the_commands_and_ours_is_standard_error(self):
        status, out, err = run("--", "sh", "-c", "cat; echo its own >&2", given="a\nb\n")
        assert (status, out) == (0, "a\nb\n")
        assert err.startswith("its own\njupyter green: ")
        assert re.search(r"\d m?s · ", err)

    def test_words_are_not_looked_at(self):
        status, out, _ = run("--", "echo", "--json", "--", "$HOME", "*")
        assert (status, out) == (0, "--json -- $HOME *\n")

    def test_a_file_takes_the_report_and_keeps_what_it_had_if_nothing_runs(self, tmp_path):
        file = tmp_path / "run.json"
        file.write_text("of before, and longer than any report" * 1000)
        run("--json", "-o", str(file), "--", "no-such-command")
        assert file.read_text().startswith("of before")
        words = ("--label", "fit", "--stage", "training", "--json", "-o", str(file))
        status, out, err = run(*words, "--", "sh", "-c", "exit 5")
        report = Report.from_dict(json.loads(file.read_text()))
        assert (status, out, err) == (5, "", "")
        assert (report.label, report.stage, report.status) == ("fit", "training", "error")

    def test_standard_output_in_a_file_keeps_what_is_in_it(self, tmp_path):
        file = tmp_path / "out"
        words = ("--stage", "trainin", "-o", "/dev/stdout", "--", "echo", "its own")
        with file.open("w") as out, start(*words, stdout=out) as program:
            _, err = program.communicate(timeout=WAIT_S)
        assert file.read_text().startswith("its own\njupyter green: ")
        assert err == 'jupyter green: Stage "trainin": did you mean "training"?\n'

    def test_a_reader_that_leaves_ends_the_command_by_its_pipe(self):
        code = " ".join(["set -o pipefail;", *map(_quoted, RUN), "-- yes 2>&- | head -1"])
        ran = subprocess.run(["bash", "-c", code], capture_output=True, text=True, timeout=WAIT_S)
        assert (ran.returncode, ran.stdout) == (128 + signal.SIGPIPE, "y\n")


def _quoted(word):
    return f"'{word}'"


# Says which signals it has had, until it is told to end.
COUNTS = """
import os, signal, sys, time
had = []
for each in signal.valid_signals() - {9, 19, signal.SIGCHLD}:
    signal.signal(each, lambda number, _: had.append(number))
print("ready", flush=True)
while signal.SIGTERM not in had:
    time.sleep(0.01)
time.sleep(0.3)
print(*had)
"""
SENT = ("HUP", "INT", "QUIT", "USR1", "USR2", "ALRM", "WINCH", "CONT", "PIPE", "URG", "TERM")


class TestSignals:
    @pytest.mark.parametrize("to_group", [False, True], ids=["to us", "to the group"])
    def test_reach_the_command_once(self, to_group):
        with start(*python(COUNTS)) as program:
            assert program.stdout.readline() == "ready\n"
            for name in SENT:
                number = signal.Signals[f"SIG{name}"]
                (os.killpg if to_group else os.kill)(program.pid, number)
                time.sleep(0.15)
            out, _ = program.communicate(timeout=WAIT_S)
        assert program.returncode == 0
        assert out.split() == [str(int(signal.Signals[f"SIG{name}"])) for name in SENT]

    def test_the_command_starts_with_those_that_we_were_started_with(self):
        code = (
            "import signal; print(signal.pthread_sigmask(signal.SIG_BLOCK, ()))\n"
            "ignored = int(open('/proc/self/status').read().split('SigIgn:')[1].split()[0], 16)\n"
            "print(hex(ignored & ~(0b11 << 31)))"  # which are glibc's own, and no program's
        )
        # What a Python ignores in itself is ignored in the line of the other as well.
        bare = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
        assert run(*python(code))[1] == bare

    def test_a_stopped_command_stops_us_until_one_of_both_goes_on(self):
        with start("--", "sh", "-c", "kill -STOP $$; echo on") as program:
            assert os.WIFSTOPPED(os.waitpid(program.pid, os.WUNTRACED)[1])
            program.send_signal(signal.SIGCONT)
            out, _ = program.communicate(timeout=WAIT_S)
        assert (program.returncode, out) == (0, "on\n")

    def test_a_killed_run_leaves_nothing_of_ours(self):
        with start(*python("import time; time.sleep(1.5)")) as program:
            ours = until(lambda: _group(program.pid) if len(_group(program.pid)) > 2 else None)
            program.kill()
            until(lambda: len(_group(program.pid)) <= 1)  # the command alone
            assert len(ours) == 3
            program.communicate(timeout=WAIT_S)


def _group(pid):
    """The living processes of a session."""
    procfs = Procfs()
    found = {each: procfs.process(each) for each in procfs.pids()}
    states = {each: procfs.read(f"{each}/stat").rpartition(b")")[2].split()[:1] for each in found}
    return {e for e, p in found.items() if p and p.session == pid and states[e] not in ([b"Z"], [])}


def _blocks(pid, number):
    """Whether a process has blocked a signal."""
    mask = re.search(rb"SigBlk:\s*(\w+)", Procfs().read(f"{pid}/status"))
    return mask is not None and int(mask[1], 16) >> (number - 1) & 1


class TestTerminal:
    @pytest.fixture
    def shell(self, tmp_path):
        """An interactive shell at a terminal, in which `run` is our command."""
        (tmp_path / "rc").write_text(
            f"PS1='@@ '; run() {{ {' '.join(map(_quoted, RUN))} \"$@\"; }}\n"
            "bind 'set enable-bracketed-paste off'\n"
        )
        words = ["bash", "--noprofile", "--rcfile", str(tmp_path / "rc"), "-i"]
        child = ptyprocess.PtyProcess.spawn(words, echo=False, dimensions=(24, 200))
        try:
            said(child, "@@ ")
            yield child
        finally:
            child.close(force=True)

    def test_ctrl_c_ctrl_z_and_fg(self, shell):
        typed(shell, "run -- sh -c 'echo be''gun; cat; echo end $?'\n")
        said(shell, "begun\r\n")
        typed(shell, "one\n")
        said(shell, "one\r\n")
        typed(shell, "\x1a")
        assert "Stopped" in said(shell, "@@ ")
        typed(shell, "jobs\n")
        assert "Stopped" in said(shell, "@@ ")
        typed(shell, "fg\n")
        time.sleep(0.3)
        typed(shell, "two\n")
        said(shell, "two\r\n")
        typed(shell, "\x03")
        assert "interrupted" in said(shell, "@@ ")
        typed(shell, "echo status $?\n")
        assert "status 130" in said(shell, "@@ ")

    def test_ctrl_c_before_the_command_runs_ends_without_it(self):
        with start("--", "echo", "ran") as program:
            until(lambda: _blocks(program.pid, signal.SIGINT))
            program.send_signal(signal.SIGINT)
            out, err = program.communicate(timeout=WAIT_S)
        assert (program.returncode, out) == (-signal.SIGINT, "")
        assert err == "jupyter green: interrupted before the command ran\n"

    def test_a_command_may_keep_ctrl_c_and_ctrl_z_to_itself(self, shell):
        code = (
            "import signal, time; had = []; "
            "[signal.signal(s, lambda s, _: had.append(s)) for s in (2, signal.SIGTSTP)]; "
            'print("be" + "gun", flush=True); [time.sleep(0.1) for _ in range(12)]; '
            'print("had", *had)'
        )
        typed(shell, f"run -- {sys.executable} -c '{code}'\n")
        said(shell, "begun\r\n")
        typed(shell, "\x03")
        time.sleep(0.3)
        typed(shell, "\x1a")
        seen = said(shell, "@@ ")
        assert f"had 2 {int(signal.SIGTSTP)}" in seen
        assert "Stopped" not in seen

    def test_the_terminal_is_the_commands_in_a_pipeline_too(self, shell):
        code = "import os; print(os.isatty(0), os.tcgetpgrp(0) == os.getpgrp())"
        typed(shell, f'run -- {sys.executable} -c "{code}" | cat\n')
        assert "True True" in said(shell, "@@ ")

    def test_a_shell_within_has_jobs_of_its_own(self, shell):
        typed(shell, "run -- env PS1='%% ' bash --norc -i; echo status $?\n")
        said(shell, "%% ")
        typed(shell, "sleep 9\n")
        time.sleep(0.3)
        typed(shell, "\x1a")
        said(shell, "Stopped")
        typed(shell, "kill -9 %1; sleep 0.1; exit 6\n")
        assert "jupyter green" in said(shell, "status 6")

    def test_in_the_background_it_stops_for_input_and_tells_its_figure_all_the_same(self, shell):
        typed(shell, "stty tostop; run -- sh -c 'exit 4' & wait $!; echo status $?\n")
        seen = said(shell, "status 4")
        assert "jupyter green: " in seen
        typed(shell, "run -- cat &\n")
        said(shell, "@@ ")
        time.sleep(1.5)
        typed(shell, "\n")
        said(shell, "@@ ")
        typed(shell, "jobs\n")
        assert "Stopped" in said(shell, "@@ ")


def typed(child, text):
    child.write(text.encode())


def said(child, text):
    """Read until a text comes; return all that was read."""
    seen = ""
    until_s = time.monotonic() + WAIT_S
    while text not in seen:
        assert time.monotonic() < until_s, seen
        if select.select([child.fd], [], [], 0.1)[0]:
            seen += os.read(child.fd, 4096).decode(errors="replace")
    return seen


class TestProject:
    def test_is_in_the_ledger_and_what_the_command_meters_has_it_too(self, tmp_path):
        environ = os.environ | {LEDGER_VARIABLE: str(tmp_path / "ledger")}
        code = f"import os; assert os.environ['{PROJECT_VARIABLE}'] == 'my thesis'"
        words = ("--project", "my thesis", "--label", "fit", *python(code))
        assert run(*words, env=environ, cwd=tmp_path)[0] == 0

        def booked():
            return [each.project for each in read(tmp_path / "ledger", project="my thesis")]

        assert until(booked) == ["my thesis"]

    @pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 201])
    def test_that_is_no_name_is_refused_before_anything_runs(self, name):
        status, out, err = run("--project", name, "--", "echo", "ran")
        assert (status, out) == (125, "")
        assert "is no name: give one line" in err


class TestDescendants:
    LEAVES = "(sleep 1; echo left >&2; exit 9) & exit 5"

    def test_are_waited_for_if_asked(self):
        status, _, err = run("--wait-descendants", "--json", "--", "sh", "-c", self.LEAVES)
        assert status == 5
        assert "left" in err
        report = Report.from_dict(json.loads(err.partition("left\n")[2]))
        assert report.duration_s > 1

    def test_are_left_alone_else(self):
        status, _, err = run("--", "sh", "-c", self.LEAVES)
        assert status == 5
        assert err.index("jupyter green") < err.index("left")

    def test_daemons_too_and_ctrl_c_ends_the_waiting(self):
        words = ("sh", "-c", "setsid sleep 30 >&- 2>&- & echo ready")
        with start("--wait-descendants", "--", *words) as program:
            program.stdout.readline()
            time.sleep(0.5)
            assert program.poll() is None
            program.send_signal(signal.SIGINT)
            _, err = program.communicate(timeout=WAIT_S)
        assert program.returncode == -signal.SIGINT
        assert "interrupted" in err


class TestFigures:
    def test_are_the_truth_within_their_uncertainty(self, host, tmp_path):
        file = tmp_path / "run.json"
        assert run("--json", "-o", str(file), "--", "sleep", "0.8")[0] == 0
        report = Report.from_dict(json.loads(file.read_text()))
        assert set(report.domains) >= {"cpu:0/package", "gpu:0"}
        assert report.duration_s == pytest.approx(0.8, abs=0.2)
        assert report.energy_j == pytest.approx(150 * report.duration_s, abs=report.uncertainty_j)

    def test_a_killed_sampler_costs_no_joule_and_not_the_command(self, host, tmp_path):
        file = tmp_path / "run.json"
        with start("--json", "-o", str(file), "--", "sleep", "2") as program:
            until(lambda: len(_group(program.pid)) > 2)
            time.sleep(0.3)
            os.kill(_sampler_of(program.pid), signal.SIGKILL)
            assert program.wait(WAIT_S) == 0
        report = Report.from_dict(json.loads(file.read_text()))
        assert report.energy_j == pytest.approx(150 * report.duration_s, rel=0.1)

    def test_the_commands_share_is_told_of_all_that_it_starts(self):
        burn = f"{sys.executable} -c 'for _ in range(30_000_000): pass' & wait; exit 0"
        _, _, err = run("--json", "--", "env", "-i", "sh", "-c", burn)
        busy = Report.from_dict(json.loads(err)).share
        _, _, err = run("--json", "--", "sleep", "1")
        idle = Report.from_dict(json.loads(err)).share
        assert busy.cpu_share > 0.1
        assert idle is None or idle.cpu_share < 0.1

    def test_without_a_sampler_the_command_runs_and_the_line_says_why(self):
        code = "import sys; sys.executable = ''; from jupyter_green.cli.main import main; main()"
        words = [sys.executable, "-c", code, "run", "--", "echo", "done"]
        ran = subprocess.run(words, capture_output=True, text=True, timeout=WAIT_S)
        assert ran.stdout == "done\n"
        assert "not measured" in ran.stderr
        assert "sampler: the sampler cannot be started" in ran.stderr

    def test_a_meter_that_raises_leaves_a_report_that_says_so(self):
        def broken():
            raise RuntimeError("out of order")

        window = CarefulWindow(Subject(label="fit"), broken, "")
        window.begin()
        window.end("error")
        report = window.report()
        assert Report.from_dict(report.to_dict()).status == "error"
        assert of_run(report).startswith("jupyter green: fit: not measured")
        assert "RuntimeError: out of order" in of_run(report)

    def test_missing_sensors_are_named(self, tmp_path, monkeypatch):
        monkeypatch.setenv(POWERCAP_VARIABLE, str(tmp_path))
        assert "Not read: rapl" in run("--", "true")[2]


def _sampler_of(pid):
    procfs = Procfs()
    for each in procfs.pids():
        words = procfs.read(f"{each}/cmdline").split(b"\0")
        if str(pid).encode() in words and procfs.read(f"{each}/comm").strip() == SAMPLER_NAME:
            return each
    raise AssertionError("no sampler")


class TestRepeats:
    def test_runs_count_after_those_to_warm_up(self, tmp_path):
        file = tmp_path / "times"
        words = ("--repeat", "3", "--warmup", "2", "--cooldown", "0.1", "--json")
        with start(*words, "--", "sh", "-c", f"date +%s.%N >> {file}") as program:
            _, err = program.communicate(timeout=WAIT_S)
        record = json.loads(err)
        assert program.returncode == 0
        assert (record["schema"], record["repeats"]) == ("jupyter-green.repeats.v1", 3)
        times_s = [float(line) for line in file.read_text().split()]
        assert len(times_s) == 5
        assert all(b - a > 0.1 for a, b in itertools.pairwise(times_s))
        runs = [Report.from_dict(each) for each in record["runs"]]
        whole = Report.from_dict(record["report"])
        assert len(runs) == 3
        assert whole.duration_s > sum(each.duration_s for each in runs) + 0.4

    def test_each_run_finds_the_file_that_the_first_found(self, tmp_path):
        file = tmp_path / "input"
        file.write_text("skipped\nline\n")
        with file.open() as given:
            os.lseek(given.fileno(), len("skipped\n"), os.SEEK_SET)
            with start("--repeat", "2", "--", "cat", stdin=given) as program:
                out, err = program.communicate(timeout=WAIT_S)
        assert out == "line\nline\n"
        assert "per run (" in err
        assert "2 runs" in err

    def test_a_pipe_cannot_be_given_to_each(self):
        status, out, err = run("--repeat", "2", "--", "echo", "ran")
        assert (status, out) == (125, "")
        assert "< /dev/null" in err

    def test_a_run_that_fails_is_the_last_and_does_not_count(self, tmp_path):
        code = f"echo x >> {tmp_path / 'n'}; test $(wc -l < {tmp_path / 'n'}) -lt 3"
        with start("--repeat", "5", "--", "sh", "-c", code) as program:
            _, err = program.communicate(timeout=WAIT_S)
        assert program.returncode == 1
        assert "only 2 of 5 runs ended well" in err

    def test_a_signal_ends_the_rest_between_runs(self):
        words = ("--repeat", "2", "--cooldown", "60", "--", "echo", "ran")
        with start(*words) as program:
            assert program.stdout.readline() == "ran\n"
            time.sleep(0.5)
            program.terminate()
            _, err = program.communicate(timeout=WAIT_S)
        assert program.returncode == -signal.SIGTERM
        assert "only 1 of 2" in err


def test_help_loads_no_meter():
    code = (
        "import sys; from jupyter_green.cli.main import main\n"
        "try: main(['run', '--help'])\nfinally: print(*sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "examples:" in ran.stdout
    assert "exit status:" in ran.stdout
    loaded = {name for name in ran.stderr.split() if name.startswith("jupyter_green.")}
    assert not {name for name in loaded if name.split(".")[1] in {"meter", "report", "sampler"}}
