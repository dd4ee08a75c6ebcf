"""Shows this package a Python as on Windows, without POSIX, procfs and sysfs, or as on macOS.

It is executed, not imported, before anything of the package is: ``exec(text, {"HERE": path})``,
with ``"SYSTEM": "darwin"`` for macOS. Only the package's own modules are shown it, and what they
start: Jupyter, psutil and Python itself go on as they are. Paths stay those of POSIX.

The lists follow Python's documentation: "Availability: Unix" of `os`, `signal`, `time`, `socket`,
for macOS "Availability: Linux" and "not macOS".
"""

from __future__ import annotations

import builtins
import ctypes
import os
import sys
import types
from typing import Any

PACKAGE = "jupyter_green"
HERE: str = globals()["HERE"]
SYSTEM: str = globals().get("SYSTEM", "win32")

_NO_MODULES = {"fcntl", "resource", "termios", "pty", "tty", "pwd", "grp", "posix", "syslog"}
_NOT_ON_WINDOWS = {
    "os": """chown fchmod fchown fork forkpty getegid geteuid getgid getgroups getloadavg getpgid
        getpgrp getpriority getsid getuid initgroups killpg lchown lockf mkfifo mknod nice openpty
        pathconf pidfd_open posix_fadvise posix_fallocate posix_spawn posix_spawnp
        pread preadv pwrite pwritev
        register_at_fork sched_getaffinity sched_yield sendfile setegid seteuid setgid setpgid
        setpriority setsid setuid statvfs fstatvfs sync sysconf sysconf_names tcgetpgrp tcsetpgrp
        ttyname uname wait wait3 wait4 waitid getxattr setxattr memfd_create eventfd set_blocking
        O_CLOEXEC O_DIRECTORY O_NOFOLLOW O_NONBLOCK O_NOATIME O_SYNC O_DSYNC
        waitid P_PID WEXITED WSTOPPED WNOHANG WIFEXITED WIFSIGNALED WTERMSIG
        WEXITSTATUS fdatasync""",
    "signal": """SIGALRM SIGCHLD SIGCONT SIGHUP SIGKILL SIGPIPE SIGQUIT SIGSTOP SIGTSTP SIGUSR1
        SIGUSR2 SIGWINCH alarm pause pidfd_send_signal pthread_kill pthread_sigmask setitimer
        SIGTTIN SIGTTOU SIGXCPU SIGXFSZ sigpending siginterrupt sigtimedwait
        sigwait sigwaitinfo SIG_SETMASK SIG_BLOCK SIG_UNBLOCK""",
    "time": """CLOCK_BOOTTIME CLOCK_MONOTONIC CLOCK_REALTIME clock_gettime clock_gettime_ns
        clock_getres pthread_getcpuclockid tzset""",
    "socket": "AF_UNIX socketpair",
    "select": "poll epoll",
}
_NOT_ON_MACOS = {
    "os": """O_DIRECT O_NOATIME O_PATH O_TMPFILE P_PIDFD copy_file_range eventfd eventfd_read
        eventfd_write fdatasync getrandom getxattr listxattr memfd_create pidfd_open pipe2
        posix_fadvise posix_fallocate removexattr sched_getaffinity sched_setaffinity setns
        setxattr splice unshare waitid""",
    "signal": "SIGPWR SIGRTMAX SIGRTMIN SIGSTKFLT pidfd_send_signal sigtimedwait sigwaitinfo",
    "time": "CLOCK_BOOTTIME CLOCK_TAI pthread_getcpuclockid",
    "socket": """AF_NETLINK AF_VSOCK SCM_CREDENTIALS SOCK_CLOEXEC SOCK_NONBLOCK SO_PASSCRED
        SO_PEERCRED""",
    "select": "epoll",
    "resource": "prlimit",
}
PDH_VARIABLE = "JUPYTER_GREEN_BENCH_PDH"
"""Names the stand-in for ``pdh.dll``; without it Windows has none."""


def _windows_library(name: str) -> ctypes.CDLL:
    if name == "pdh" and (path := os.environ.get(PDH_VARIABLE)):
        return ctypes.CDLL(path)
    raise FileNotFoundError(f"Could not find module '{name}.dll'")


_WINDOWS_HAS: dict[str, dict[str, Any]] = {
    "ctypes": {"WinDLL": _windows_library},
    "os": {"name": "nt"},
    "subprocess": {"CREATE_NEW_PROCESS_GROUP": 0, "CREATE_NO_WINDOW": 0},
    "sys": {"platform": "win32"},
}
IS_WINDOWS = SYSTEM == "win32"
NO_MODULES = _NO_MODULES if IS_WINDOWS else set()
NOT_THERE = _NOT_ON_WINDOWS if IS_WINDOWS else _NOT_ON_MACOS
INSTEAD = _WINDOWS_HAS if IS_WINDOWS else {"sys": {"platform": SYSTEM}}
HIDDEN_FILES = ("/proc", "/sys", "/dev/shm", *(["/var/tmp"] if IS_WINDOWS else []))
START = "exec(open({path!r}).read(), {{'HERE': {path!r}, 'SYSTEM': {system!r}}}); "

_import = builtins.__import__
_stat = os.stat
_shown: dict[str, types.ModuleType] = {}


def _module_as_shown(module: types.ModuleType) -> types.ModuleType:
    name = module.__name__
    if name not in _shown:
        shown = types.ModuleType(name, module.__doc__)
        hidden = set(NOT_THERE.get(name, "").split())
        shown.__dict__.update({k: v for k, v in vars(module).items() if k not in hidden})
        shown.__dict__.update(INSTEAD.get(name, {}))
        _shown[name] = shown
    return _shown[name]


def _import_as_shown(name: str, *where: Any, **named: Any) -> Any:
    globals_, _, fromlist, level = (
        named.get(each, given)
        for each, given in zip(
            ("globals", "locals", "fromlist", "level"),
            (*where, *(None, None, (), 0)[len(where) :]),
            strict=True,
        )
    )
    importer = (globals_ or {}).get("__name__") or ""
    is_ours = importer.partition(".")[0] == PACKAGE
    if is_ours and not level:
        if name.partition(".")[0] in NO_MODULES:
            raise ImportError(f"no module named {name} here")
        if name in NOT_THERE or name in INSTEAD:
            shown = _module_as_shown(_import(name, *where, **named))
            for each in fromlist or ():
                if not hasattr(shown, each):
                    raise ImportError(f"cannot import {each} from {name} here")
            return shown
    found = _import(name, *where, **named)
    isolated: Any = sys.modules.get(f"{PACKAGE}.isolated")
    start = START.format(path=HERE, system=SYSTEM)
    if hasattr(isolated, "_START") and not isolated._START.startswith("exec"):
        isolated._START = start.replace("{", "{{").replace("}", "}}") + isolated._START
    return found


def _is_hidden(path: object) -> bool:
    if not isinstance(path, str | bytes | os.PathLike):
        return False
    if not os.fsdecode(path).startswith(HIDDEN_FILES):
        return False
    frame = sys._getframe(1)
    while frame is not None:
        asker = (frame.f_globals.get("__name__") or "").partition(".")[0]
        if asker == PACKAGE:
            return True
        if asker in {"psutil", "ipykernel", "zmq", "tornado"}:
            return False
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _stat_as_shown(path: Any, *more: Any, **named: Any) -> os.stat_result:
    if _is_hidden(path):
        raise FileNotFoundError(2, "No such file or directory", path)
    return _stat(path, *more, **named)


def _audit(event: str, what: tuple[Any, ...]) -> None:
    if event in {"open", "os.listdir", "os.scandir"} and what and _is_hidden(what[0]):
        raise FileNotFoundError(2, "No such file or directory", what[0])


builtins.__import__ = _import_as_shown
os.stat = _stat_as_shown
sys.addaudithook(_audit)
