"""Lines, files and owners of the intake, and what is told of where a program runs."""

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_green.intake import lines
from jupyter_green.intake.jobs import job_of
from jupyter_green.intake.lock import booker_lock, lock_path
from jupyter_green.intake.mounts import file_system, is_on_network
from jupyter_green.intake.owner import Owner, is_gone, owner_of
from jupyter_green.intake.places import ledger_folder
from jupyter_green.intake.project import project_of
from jupyter_green.intake.writer import METER, Writer, files

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), JSON))
def test_a_line_holds_an_entry(fields):
    fields.pop("kind", None)
    line = lines.pack("closed", **fields)
    assert line.count(b"\n") == 1
    entry = lines.unpack(line)
    assert entry == {"kind": "closed", **fields}


@given(st.binary(max_size=200))
def test_what_is_no_line_is_none(found):
    assert lines.unpack(found) is None


@given(st.data())
def test_a_line_that_was_changed_or_torn_is_none(data):
    line = lines.pack("closed", run_id="a" * 32, energy_j=1.5)
    place = data.draw(st.integers(0, len(line) - 2))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != line[place]))
    changed = bytes([*line[:place], other, *line[place + 1 :]])
    # Upper and lower case of a checksum's digits are the same figure.
    assert place < 8 or lines.unpack(changed) is None
    assert lines.unpack(line[:place]) is None


def test_nan_is_no_line():
    with pytest.raises(ValueError):
        lines.pack("closed", energy_j=float("nan"))


def test_lines_deeply_nested_are_none():
    body = b'{"kind":' + b"[" * 100_000
    assert lines.unpack(b"%08x %s\n" % (__import__("zlib").crc32(body), body)) is None


@given(st.lists(st.binary(max_size=20).filter(lambda b: b"\n" not in b)), st.binary(max_size=5))
def test_whole_lines_are_read_and_a_torn_one_is_left(whole, torn):
    torn = torn.replace(b"\n", b"")
    stream = io.BytesIO(b"".join(line + b"\n" for line in whole) + torn)
    assert list(lines.complete(stream)) == [line + b"\n" for line in whole]
    assert stream.read() == torn


def test_of_a_huge_line_only_a_part_is_in_memory():
    stream = io.BytesIO(b"x" * (5 * lines.MOST_BYTES) + b"\n" + lines.pack("mark"))
    huge, mark = lines.complete(stream)
    assert len(huge) == lines.MOST_BYTES + 1
    assert lines.unpack(huge) is None
    assert lines.unpack(mark) == {"kind": "mark"}


def test_files_of_one_writer_are_private_and_in_order(tmp_path):
    intake = tmp_path / "intake"
    writer = Writer(intake, owner_of(os.getpid()), METER)
    writer.write([b"one\n"])
    (growing,) = files(intake)
    assert not growing.is_sealed
    assert growing.path.stat().st_mode & 0o777 == 0o600
    assert intake.stat().st_mode & 0o777 == 0o700
    writer.seal()
    writer.write([b"two\n"])
    first, second = sorted(files(intake), key=lambda file: file.order)
    assert (first.is_sealed, first.path.read_bytes()) == (True, b"one\n")
    assert (second.is_sealed, second.path.read_bytes()) == (False, b"two\n")
    assert first.owner == owner_of(os.getpid())


def test_foreign_files_are_nobodys(tmp_path):
    for name in ("notes.txt", ".nfs0001", "a-b-1-2-3.meter-1-1.other", "x.meter-1-1.lines"):
        (tmp_path / name).write_bytes(b"?")
    assert list(files(tmp_path)) == []
    assert list(files(tmp_path / "missing")) == []


def test_an_owner_is_told_from_all_others():
    here = owner_of(os.getpid())
    assert Owner.of_text(here.text) == here
    assert is_gone(here) is False
    assert is_gone(here._replace(start=here.start + 1)) is True  # the id was used again
    assert is_gone(here._replace(boot="00000000")) is True  # the machine was started anew
    assert is_gone(here._replace(boot="00000000", machine="00000000")) is None  # another machine
    assert is_gone(here._replace(namespace=1)) is None  # a container's id
    program = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = owner_of(program.pid)
    assert is_gone(owner) is False
    program.kill()
    while is_gone(owner) is False:  # it is a zombie until it is waited for, and gone as well
        pass
    program.wait()
    assert is_gone(owner) is True
    program.stdin.close()


@pytest.mark.parametrize("text", ["", "a", "a-b-1-2", "a-b-c-2-3", "a-b-1--2-3", "-b-1-2-3"])
def test_what_names_no_process_is_refused(text):
    with pytest.raises(ValueError):
        Owner.of_text(text)


def test_the_folder_is_jupyters():
    from jupyter_core.paths import jupyter_data_dir

    assert ledger_folder(os.environ | {"JUPYTER_GREEN_LEDGER": "on"}) == (
        Path(jupyter_data_dir()) / "jupyter_green"
    )


def test_there_is_a_folder_unless_it_is_switched_off(tmp_path):
    assert ledger_folder({"JUPYTER_GREEN_LEDGER": str(tmp_path)}) == tmp_path
    assert ledger_folder({"JUPYTER_GREEN_LEDGER": " OFF "}) is None
    for chosen in ({}, {"JUPYTER_GREEN_LEDGER": ""}, {"JUPYTER_GREEN_LEDGER": "On"}):
        in_jupyters = tmp_path / "jupyter_green"
        assert ledger_folder(chosen | {"JUPYTER_DATA_DIR": str(tmp_path)}) == in_jupyters
        data = ledger_folder(chosen | {"XDG_DATA_HOME": str(tmp_path)})
        assert data == tmp_path / "jupyter" / "jupyter_green"


MOUNTS = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:41 / /home rw shared:2 - nfs4 server:/home rw
41 40 8:2 / /home/me/local\040disk rw - xfs /dev/sdb rw
42 22 0:42 / /scratch rw - lustre mgs:/scratch rw
43 22 0:43 / /was rw - nfs a rw
44 43 0:44 / /was rw - ext4 /dev/sdc rw
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind", "network"),
    [
        ("/tmp/x", "ext4", False),
        ("/home/me/ledger", "nfs4", True),
        ("/home/me/local disk/ledger", "xfs", False),
        ("/scratch/a/b", "lustre", True),
        ("/homes", "ext4", False),
        ("/was/x", "ext4", False),
    ],
)
def test_network_file_systems_are_told_from_disks(tmp_path, path, kind, network):
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert file_system(Path(path), mounts) == kind
    assert is_on_network(Path(path), mounts) is network
    assert not is_on_network(Path(path), tmp_path / "missing")


def test_one_booker_holds_the_lock(tmp_path):
    ledger = tmp_path / "ledger"
    with booker_lock(ledger) as first, booker_lock(ledger) as second:
        assert (first, second) == (True, False)
    with booker_lock(ledger) as again:
        assert again
    assert lock_path(ledger).parent == ledger


def git(folder, *words):
    environ = os.environ | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    named = ["-c", "user.name=a", "-c", "user.email=a@b", *words]
    ran = subprocess.run(
        ["git", *named], cwd=folder, env=environ, check=True, capture_output=True, text=True
    )
    return ran.stdout.strip()


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_commit_is_gits(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    assert project_of(root) == (str(root), None)  # no commit yet
    git(root, "commit", "-q", "--allow-empty", "-m", "one")
    (root / "inner").mkdir()
    assert project_of(root / "inner") == (str(root), git(root, "rev-parse", "HEAD"))
    git(root, "pack-refs", "--all")
    assert project_of(root).commit == git(root, "rev-parse", "HEAD")
    git(root, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    git(tmp_path / "tree", "commit", "-q", "--allow-empty", "-m", "two")
    tree = project_of(tmp_path / "tree")
    assert tree == (str(tmp_path / "tree"), git(tmp_path / "tree", "rev-parse", "HEAD"))
    assert tree.commit != project_of(root).commit
    git(root, "checkout", "-q", "--detach")
    assert project_of(root).commit == git(root, "rev-parse", "HEAD")


@pytest.mark.parametrize(
    "head", ["", "ref: refs/../../../etc/passwd", "ref: HEAD", "ref: refs/heads/a", "x" * 40]
)
def test_a_broken_repository_has_no_commit(tmp_path, head):
    (tmp_path / ".git" / "refs" / "heads").mkdir(parents=True)
    (tmp_path / ".git" / "HEAD").write_text(head)
    (tmp_path / ".git" / "refs" / "heads" / "a").write_text("ref: refs/heads/a")
    assert project_of(tmp_path) == (str(tmp_path), None)


def test_no_project_names_the_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "thesis").mkdir()
    assert project_of(tmp_path / "thesis").folder == "~/thesis"


@pytest.mark.parametrize(
    ("environ", "job"),
    [
        ({}, None),
        ({"SLURM_JOB_ID": "9"}, "slurm 9"),
        (
            {
                "SLURM_JOB_ID": "9",
                "SLURM_ARRAY_JOB_ID": "7",
                "SLURM_ARRAY_TASK_ID": "3",
                "SLURM_STEP_ID": "0",
            },
            "slurm 7_3.0",
        ),
        ({"PBS_JOBID": "12.host"}, "pbs 12.host"),
        ({"LSB_JOBID": "4", "LSB_JOBINDEX": "2"}, "lsf 4[2]"),
        ({"LSB_JOBID": "4", "LSB_JOBINDEX": "0"}, "lsf 4"),
        ({"GITHUB_RUN_ID": "5", "GITHUB_RUN_ATTEMPT": "2"}, "github 5.2"),
        ({"CI_JOB_ID": "6"}, "gitlab 6"),
    ],
)
def test_the_job_is_the_schedulers(environ, job):
    assert job_of(environ) == job
