"""Loading twice, reloading and unloading leave nothing behind."""

import ast
import json
import time

import pytest

from .conftest import LAB

LOOK = """
import atexit as _atexit
_at_exit, _register, _unregister = [], _atexit.register, _atexit.unregister
def _registering(function, *args, **kwargs):
    _at_exit.append(function)
    return _register(function, *args, **kwargs)
def _unregistering(function):
    _at_exit[:] = [f for f in _at_exit if f != function]
    _unregister(function)
_atexit.register, _atexit.unregister = _registering, _unregistering
def _look():
    import json, os, psutil, signal, sys, threading, warnings, logging
    ip = get_ipython()
    formatters = ip.display_formatter
    comms = ip.kernel.comm_manager
    threads = sorted(t.name.rsplit("-", 1)[0] for t in threading.enumerate())
    return json.dumps({
        "magics": {kind: sorted(names) for kind, names in ip.magics_manager.magics.items()},
        "registry": sorted(ip.magics_manager.registry),
        "callbacks": {e: [repr(f) for f in fs] for e, fs in ip.events.callbacks.items()},
        "transformers": [[repr(f) for f in fs] for fs in (
            ip.input_transformers_cleanup, ip.input_transformers_post,
            ip.input_transformer_manager.line_transforms,
            ip.input_transformer_manager.token_transformers)],
        "ast_transformers": len(ip.ast_transformers),
        "formatters": {m: sorted(map(str, f.type_printers)) + sorted(map(str, f.deferred_printers))
                       for m, f in formatters.formatters.items()},
        "mimebundle": sorted(map(str, formatters.mimebundle_formatter.type_printers)),
        "publisher": sorted(vars(ip.display_pub)),
        "session": sorted(vars(ip.kernel.session)),
        "shell": sorted(vars(ip)),
        "comms": len(comms.comms),
        "configurables": [type(c).__name__ for c in ip.configurables],
        "custom_exceptions": str(ip.custom_exceptions),
        "threads": threads,
        "processes": len(psutil.Process().children(recursive=True)),
        "samplers": sum((p.info["cmdline"] or [])[-2:] == ["--for", str(os.getpid())]
                        for p in psutil.process_iter(["cmdline"])),
        "descriptors": psutil.Process().num_fds(),
        "environment": dict(os.environ),
        "names": sorted(ip.user_ns),
        "signals": [str(signal.getsignal(s)) for s in (signal.SIGINT, signal.SIGCHLD, signal.SIGTERM)],
        "hooks": [str(h) for h in (sys.excepthook, sys.displayhook, threading.excepthook,
                                   sys.unraisablehook)],
        "warnings": len(warnings.filters),
        "handlers": len(logging.root.handlers),
        "atexit": sorted(map(repr, _at_exit)),
    }, default=str)
"""  # noqa: E501


@pytest.fixture
def bare_kernel(kernel_with):
    """A kernel in which nothing of ours was ever loaded, but the libraries that we need were.

    What ipywidgets and the like register on import is theirs, once per process.
    """
    kernel = kernel_with()
    kernel.run("import anywidget, ipywidgets, psutil, weakref\nweakref.finalize(psutil, print)")
    kernel.run("%reload_ext storemagic")  # IPython makes its magic for this when it is first used
    kernel.run(LOOK)
    return kernel


def look(kernel):
    request = kernel.client.execute("", silent=True, user_expressions={"state": "_look()"})
    reply = kernel.finish(request).reply["user_expressions"]["state"]
    assert reply["status"] == "ok", reply
    return json.loads(ast.literal_eval(reply["data"]["text/plain"]))


def settled(kernel, expected, *, ignored=()):
    """Look until it is as expected; processes and threads take a moment to end."""
    end = time.monotonic() + 10
    while True:
        seen = look(kernel)
        differs = {key for key in expected if seen[key] != expected[key]}
        differs -= {"names", *ignored}
        if seen["descriptors"] <= expected["descriptors"]:
            differs -= {"descriptors"}
        if not differs or time.monotonic() > end:
            return seen, differs
        time.sleep(0.1)


WORK = (
    "%%energy\n1",
    "%%energy -q -v report\n1",
    "%%energy\n1/0",
    "%energy -r 2 -n 1 pass",
    "%green on",
    "2",
    "%green on --quiet",
    "from IPython.display import clear_output\nclear_output(wait=True)\nprint(3)",
    "%green off",
    "del report, clear_output",
)


def _work(kernel):
    for code in WORK:
        kernel.run(code, LAB)
        kernel.run(code)


def _work_once(kernel):
    kernel.run("%load_ext jupyter_green")
    _work(kernel)
    assert kernel.run("%unload_ext jupyter_green").status == "ok"
    time.sleep(0.5)


def test_unloading_leaves_nothing_behind(bare_kernel):
    kernel = bare_kernel
    _work_once(kernel)
    before = look(kernel)  # what Python and libraries open once is open from now on
    kernel.run("%load_ext jupyter_green")
    kernel.run("%load_ext jupyter_green")
    loaded = look(kernel)
    kernel.run("%reload_ext jupyter_green")
    assert {k for k in loaded if loaded[k] != look(kernel)[k]} <= {
        "names", "descriptors", "threads", "callbacks", "transformers", "samplers",
    }  # fmt: skip
    _work(kernel)
    assert loaded["magics"]["cell"].count("energy") == 1
    assert kernel.run("%unload_ext jupyter_green").status == "ok"
    after, differs = settled(kernel, before)
    assert not differs, "\n".join(f"{key}: {before[key]} became {after[key]}" for key in differs)
    assert all(name.startswith("_") or name in before["names"] for name in after["names"])


def test_the_first_load_leaves_only_what_libraries_register(bare_kernel):
    kernel = bare_kernel
    before = look(kernel)
    kernel.run("%load_ext jupyter_green")
    kernel.run("%%energy\n1", LAB)
    kernel.run("%unload_ext jupyter_green")
    after, differs = settled(kernel, before, ignored=("descriptors",))
    assert not differs, "\n".join(f"{key}: {before[key]} became {after[key]}" for key in differs)


def test_unloading_in_a_metered_cell(bare_kernel):
    kernel = bare_kernel
    before = look(kernel)
    kernel.run("%load_ext jupyter_green")
    ran = kernel.run("%%energy\nx = 1\n%unload_ext jupyter_green\nx + 1", LAB)
    assert (ran.status, ran.value) == ("ok", "2")
    after, differs = settled(kernel, before, ignored=("descriptors",))
    assert not differs, "\n".join(f"{key}: {before[key]} became {after[key]}" for key in differs)
    assert kernel.run("%%energy\n1").status == "error"
    kernel.run("%load_ext jupyter_green")
    assert len(kernel.run("%%energy\n1").reports) == 1
