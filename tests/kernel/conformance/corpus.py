"""The corpus: cells of all kinds, whose messages are compared bare and metered."""

# ruff: noqa: E501  (the corpus is a table)

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from importlib.util import find_spec


@dataclass(frozen=True)
class Cell:
    """One cell and what its user does while it runs.

    Parameters
    ----------
    code
        Its source. ``ready`` printed by a cell that is to be interrupted says when.
    answers
        What is typed where it asks for input.
    interrupt
        Whether it is interrupted.
    expressions
        The ``user_expressions`` of its request.
    """

    code: str
    answers: tuple[str, ...] = ()
    interrupt: bool = False
    expressions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """Some cells that belong together, run one after the other.

    Parameters
    ----------
    name
        What it is about.
    cells
        The cells; a plain text stands for one that nothing happens to.
    alone
        Whether the bare cell has nothing where the metered one has ``%%energy``:
        for what IPython does to cells of one line or to those with a magic on
        top. Otherwise it has a comment there, which keeps the line numbers.
    queued
        Whether all cells are sent at once, as by Run All.
    masks
        Patterns of what depends on the clock.
    needs
        A module without which it cannot run.
    python
        The lowest version of Python that can run it.
    last
        Whether the kernel is of no use afterwards.
    """

    name: str
    cells: tuple[str | Cell, ...]
    alone: bool = False
    queued: bool = False
    masks: tuple[str, ...] = ()
    needs: str = ""
    python: tuple[int, int] = (3, 10)
    last: bool = False

    @property
    def impossible(self) -> str:
        """Why it cannot run here, empty where it can."""
        if sys.version_info < self.python:
            return f"needs Python {'.'.join(map(str, self.python))}"
        if self.needs and find_spec(self.needs) is None:
            return f"needs {self.needs}"
        return ""


TIMES = (
    r"(CPU times: .*|Wall time: .*)",
    # Where the runs differed much, as on a busy machine, a line before it says so.
    r"(The slowest run took .*\n)?[\d.]+ ?[µ\u03bcmn]?s ± [\d.]+ ?[µ\u03bcmn]?s per loop .*",
)
BARS = (r"\[[\d:?]+(<|&lt;)[^\]]*\] *",)


def _(name: str, *cells: str | Cell, **about: object) -> Entry:
    return Entry(name, cells, **about)  # type: ignore[arg-type]


CORPUS = (
    # --- values, names, history ---------------------------------------------------------
    _("a value", "40 + 2", "_", "Out", "(_, __, ___)"),
    _("several values", "1\n2\n'three'"),
    _("a semicolon", "40 + 2;", "40 + 2 ; # why", "_"),
    _("all expressions shown", "from IPython.core.interactiveshell import InteractiveShell as S\n"
      "S.ast_node_interactivity = 'all'", "1\n2\nx = 3\nx", "S.ast_node_interactivity = 'last_expr'"),
    _("names", "x = 5\ny = [x]\ndef f(): return x", "x, y, f()", "del y", "'y' in globals()"),
    _("an empty body", ""),
    _("only spaces", "   \n\n  "),
    _("only a comment", "# nothing but this"),
    _("unicode", "ключ = 'значение 🌱 ñ'\nprint(ключ)\nключ", "'\\ud800'"),
    _("separators of lines in a text", "print('\u2028 \x0c end')"),
    _("a cell of 1 MB", "text = '''" + "0123456789abcde\n" * 65536 + "'''\nlen(text)", "len(In[-2]) > 10**6"),
    _("many lines", "\n".join(f"v{i} = {i}" for i in range(500)) + "\nv499"),
    _("In, _i and _ih", "x = 1", "_i", "print(In[-1]); print(_i1)", "_ih[-2:]", "_ii, _iii"),
    _("%history", "x = 1\ny = 2", "%history -n -l 3", "%history -t -l 2", "%history -o -l 3"),
    _("%rerun and %recall", "a = 3\na", "%rerun -l 1", "%recall 1"),
    _("%macro", "print('in the macro')", "get_ipython().run_line_magic('macro', f'again {len(In) - 2}')", "again", alone=True),
    _("Out is the user's", "Out[1000] = 'mine'", "_1000 = 5\nOut[1000], _1000"),
    _("underscore is the user's", "_ = 'mine'", "7", "_", "del _", "8", "_"),
    _("globals()", "globals()['made'] = 1", "made", "globals().pop('made')", "sorted(n for n in globals() if not n.startswith('_'))"),
    _("names that we use", "energy = green = window = report = view = shell = 'user'\n__name__ = 'mine'\n"
      "def display(*args): return 'shadowed'", "display(1), __name__, energy", "__name__ = '__main__'\ndel display"),
    _("random numbers", "import random\nrandom.seed(4)\nrandom.random()", "random.random()", "random.getstate()[1][:3]"),
    _("%reset", "kept = 1", "%reset -f", "'kept' in globals()", "%reset -f out", "_oh"),
    _("user expressions", Cell("x = 3", expressions={"good": "x + 1", "bad": "1/0", "name": "nowhere"}),
      Cell("1/0", expressions={"good": "x"})),
    _("from __future__", "from __future__ import annotations\ndef f(x: nowhere): ...\nf.__annotations__",
      "def g(x: nowhere): ...\ng.__annotations__"),
    _("a docstring on top", "'''What it is.'''\nx = 1\n__doc__"),
    _("classes, pickling, inspection", "import inspect, pickle\nclass A:\n    def m(self):\n        return 1\n"
      "print(inspect.getsource(A.m))\npickle.loads(pickle.dumps(A())).m()"),
    _("a formatted value", "class H:\n    def _repr_html_(self): return '<b>h</b>'\n    def __repr__(self): return 'H'\nH()"),
    _("a value that cannot be shown", "class B:\n    def __repr__(self):\n        raise ValueError('no repr')\nB()"),
    _("a display hook of the user's", "import sys\nkept = sys.displayhook\nsys.displayhook = print", "5", "sys.displayhook = kept"),
    # --- the line and what stands around it -----------------------------------------------
    _("an indented body", "  x = 1\n  if x:\n      print('in')\n  x", alone=True),
    _("a body with prompts", ">>> x = 1\n>>> if x:\n...     print('in')\n>>> x", "In [1]: y = 2\nIn [2]: y", alone=True),
    _("empty lines on top of the body", "\n\n\nx = 1\nx"),
    _("empty lines above another magic", "\n\n%%bash\necho from bash", alone=True),
    _("an error below empty lines", "\n\n\nx = 1\n1/0"),
    _("a form feed and odd line ends", "x = 1\r\ny = 2\r\nx + y", "\x0cz = 3\nz"),
    # --- magics ------------------------------------------------------------------------------
    _("%%capture", "%%capture out\nprint('inside')\n5", "out.stdout, out.outputs", alone=True),
    _("%%capture of displays", "%%capture out\nfrom IPython.display import display, HTML\ndisplay(HTML('<i>x</i>'))\nclear = 1",
      "out.show()", "out()", alone=True),
    _("%%bash", "%%bash\necho from bash; echo wrong >&2; exit 3", "%%bash --out text\necho kept", "text", alone=True),
    _("%%sh in the background", "%%script --bg sh\nsleep 0.2", alone=True),
    _("%%time", "%%time\nx = sum(range(10))\nx", "%%time\n1/0", "%time 2 + 2", alone=True, masks=TIMES),
    _("%%timeit", "%%timeit -n2 -r2\nx = 1", "%timeit -n2 -r1 pass", "%%timeit -n1 -r1\nboom", alone=True, masks=TIMES),
    _("%%prun", "%%prun -q -D /dev/null\nx = 1", alone=True, masks=(r"\d+ function calls.*",)),
    _("%%writefile", "%%writefile written.py\nvalue = 'from the file'\nprint(value)", "%run written.py", "value",
      "%load written.py", "%pycat written.py", alone=True),
    _("%run with an error", "%%writefile broken.py\ndef f():\n    1/0\nf()", "%run broken.py", alone=True),
    _("%%python and %%html", "%%html\n<b>bold</b>", "%%javascript\n1", "%%latex\n$x$", alone=True),
    _("a cell magic that is not there", "%%nothing\nx", "%nothing x", alone=True),
    _("our magics in other places", "x = 1\n%%energy\nx", "if True:\n    %%energy\n    x"),
    _("automagic", "pwd", "cd .", "whos int", alone=True),
    _("automagic below another line", "import os\npwd"),
    _("assigned magics", "here = %pwd\nfiles = !ls -d .\nhere == __import__('os').getcwd(), files", "for i in range(2):\n    %time", masks=TIMES),
    _("shell commands", "!echo one; echo two >&2; exit 4", "_exit_code", "x = 'v'\n!echo {x} $x", "!!echo list"),
    _("help", "?len", "len?", "import json\njson.dumps??", "%time?", "?nowhere", "?pri*t"),
    _("%pdb", "%pdb off", "%xmode Plain", "1/0", "%xmode Context"),
    _("%xmode", "%xmode Verbose\nname = 'v'", "1/0", "%xmode Minimal", "1/0", "%xmode Context"),
    _("%precision, %cd, %env", "%precision 3\n3.14159265", "%precision %r\n3.14159265", "%env CONFORMANCE=1", "%env CONFORMANCE"),
    _("%config", "%config InteractiveShell.ast_node_interactivity", "%config InlineBackend"),
    _("%alias", "%alias say echo said %s", "%say this", "%unalias say", alone=True),
    _("%who and %whos", "%who", "%who_ls", "number = 3\n%whos int"),
    _("%logstart", "%logstart -q -r logged.txt over", "x = 'logged'", "%logstop", "len(open('logged.txt').read()) > 10"),
    _("set_next_input", "get_ipython().set_next_input('x = 1')", "get_ipython().set_next_input('y', replace=True)"),
    _("a magic of the user's", "from IPython.core.magic import register_cell_magic, needs_local_scope\n"
      "@register_cell_magic\ndef shout(line, cell):\n    print(line, cell.upper())\n    return 9", "%%shout a\nloud", alone=True),
    _("transformers of the user's", "calls = []\ndef count(lines):\n    calls.append(len(lines))\n    return lines\n"
      "ip = get_ipython()\nip.input_transformers_cleanup.append(count)\nip.input_transformers_post.append(count)",
      "1", "len(calls)", "ip.input_transformers_cleanup.remove(count)\nip.input_transformers_post.remove(count)"),
    _("transformers in front of ours", "calls = []\ndef count(lines):\n    calls.append(1)\n    return lines\n"
      "get_ipython().input_transformers_cleanup.insert(0, count)",
      "1", "len(calls)", "get_ipython().input_transformers_cleanup.remove(count)"),
    _("a transformer that fails", "def fail(lines):\n    if any('FAIL' in line for line in lines):\n"
      "        raise SyntaxError('the transformer says no')\n    return lines\n"
      "get_ipython().input_transformers_cleanup.insert(0, fail)", "x = 'FAIL'", "5",
      "get_ipython().input_transformers_cleanup.remove(fail)"),
    _("a late transformer that fails", "def fail(lines):\n    if any('FAIL' in line for line in lines):\n"
      "        raise ValueError('too late')\n    return lines\n"
      "get_ipython().input_transformers_post.append(fail)", "x = 'FAIL'", "5",
      "get_ipython().input_transformers_post.remove(fail)"),
    _("an AST transformer", "import ast\nclass Twice(ast.NodeTransformer):\n    def visit_Constant(self, node):\n"
      "        return ast.Constant(node.value * 2) if type(node.value) is int else node\n"
      "get_ipython().ast_transformers.append(Twice())", "21", "get_ipython().ast_transformers.clear()"),
    _("callbacks of the user's", "ip = get_ipython()\ndef before(info): print('before', info.raw_cell.splitlines()[-1])\n"
      "def after(result): print('after', result.success, result.result)\n"
      "ip.events.register('pre_run_cell', before)\nip.events.register('post_run_cell', after)", "6 * 7", "1/0",
      "ip.events.unregister('pre_run_cell', before)\nip.events.unregister('post_run_cell', after)"),
    _("callbacks that raise", "ip = get_ipython()\ndef bad(*a):\n    raise RuntimeError('bad callback')\n"
      "for e in ('pre_execute', 'pre_run_cell', 'post_execute', 'post_run_cell'): ip.events.register(e, bad)", "6 * 7",
      "for e in ('pre_execute', 'pre_run_cell', 'post_execute', 'post_run_cell'): ip.events.unregister(e, bad)", "8",
      masks=(r"(?s)raw_cell=.*? store_history", r"cell_id=.*?\}", r"object at [0-9a-f]+")),
    _("an exception handler of the user's", "def handler(self, kind, value, tb, tb_offset=None):\n    print('handled', kind.__name__)\n"
      "get_ipython().set_custom_exc((KeyError,), handler)", "{}['k']", "get_ipython().set_custom_exc((), None)", "{}['k']"),
    # --- cells in cells -------------------------------------------------------------------------
    _("run_cell", "r = get_ipython().run_cell('40 + 2')\nr.result, r.success", "get_ipython().run_cell('1/0')\nprint('after')",
      "get_ipython().run_cell('x = 5')\nx", "get_ipython().run_cell('x +')\n1"),
    _("run_cell in run_cell", "get_ipython().run_cell('get_ipython().run_cell(\"print(1); 2\")\\n3')\n4"),
    _("a recursive cell", "depth = 3", "if depth:\n    depth -= 1\n    get_ipython().run_cell(In[-1])\nprint('out of', depth)"),
    _("exec, eval, compile", "exec('e = 1')\neval('e + 1')", "exec(compile('1/0', 'made.py', 'exec'))"),
    _("run_line_magic and ex", "ip = get_ipython()\nip.run_line_magic('time', 'pass')\nip.ex('z = 1'); ip.ev('z')", masks=TIMES),
    # --- asynchronous -----------------------------------------------------------------------------
    _("await", "import asyncio\nawait asyncio.sleep(0.01, 'done')", "x = await asyncio.sleep(0, 5)\nx + 1", "await 5"),
    _("async generators, for, with", "import asyncio, contextlib\nasync def numbers():\n    for i in range(3):\n"
      "        await asyncio.sleep(0)\n        yield i\n@contextlib.asynccontextmanager\nasync def around():\n"
      "    print('in')\n    yield 7\n    print('out')",
      "async for i in numbers():\n    print(i)\nasync with around() as x:\n    print(x)\n[i async for i in numbers()]"),
    _("an error in await", "import asyncio\nasync def fail():\n    await asyncio.sleep(0)\n    raise LookupError('inside')", "await fail()"),
    _("a task left running", "import asyncio\nasync def later():\n    await asyncio.sleep(0.1)\n    print('from the task')\n"
      "task = asyncio.ensure_future(later())", "await asyncio.sleep(0.25)\ntask.done()"),
    _("gather and cancel", "import asyncio\nt = asyncio.ensure_future(asyncio.sleep(9))\nawait asyncio.sleep(0)\nt.cancel()\nawait t"),
    _("the event loop", "import asyncio\ntype(asyncio.get_running_loop()).__name__, len(asyncio.all_tasks())", "await asyncio.sleep(0)\nlen(asyncio.all_tasks())"),
    _("context variables", "import contextvars\nv = contextvars.ContextVar('v', default=0)\nv.set(1)\nv.get()", "v.get()"),
    # --- threads and processes ----------------------------------------------------------------------
    _("a thread left running", "import threading, time\ndef later():\n    time.sleep(0.25)\n    print('from the thread')\n"
      "threading.Thread(target=later).start()", "time.sleep(0.5)\nprint('the next cell')"),
    _("a thread that fails", "import threading\nt = threading.Thread(target=lambda: 1/0)\nt.start(); t.join()", masks=(r"Thread-\d+",)),
    _("a pool", "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as pool:\n    print(list(pool.map(abs, [-1, -2])))"),
    _("displays of a thread", "import threading\nfrom IPython.display import display\nt = threading.Thread(target=lambda: display('shown'))\nt.start(); t.join()"),
    _("waiting for any child", "import os\nos.waitpid(-1, os.WNOHANG)", "os.wait()"),
    _("a subprocess left running", "import subprocess, sys\np = subprocess.Popen(['sleep', '0.2'])\np.poll()", "p.wait()"),
    _("a subprocess's output", "import subprocess, time\nsubprocess.run(['echo', 'direct'])\ntime.sleep(0.2)",
      "subprocess.run(['echo', 'kept'], capture_output=True).stdout"),
    _("file descriptors", "import os, time\nos.write(1, b'to the descriptor\\n')\ntime.sleep(0.2)",
      "os.system('echo from system')\ntime.sleep(0.2)"),
    _("fork", "import os\npid = os.fork()\nif pid == 0:\n    os._exit(3)\nos.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])", "del pid",
      masks=(r".*DeprecationWarning.*fork.*\n.*\n",)),
    _("multiprocessing", "import multiprocessing as m\nctx = m.get_context('fork')\nq = ctx.SimpleQueue()\n"
      "p = ctx.Process(target=q.put, args=(5,))\np.start(); p.join()\nq.get(), p.exitcode", masks=(r".*DeprecationWarning.*fork.*\n.*\n",)),
    # --- displays ---------------------------------------------------------------------------------------
    _("display", "from IPython.display import display, HTML, Markdown\ndisplay(HTML('<b>b</b>'), Markdown('*m*'), 5)\n'value'"),
    _("display metadata", "from IPython.display import publish_display_data\npublish_display_data({'text/plain': 'p'}, {'k': 1})"),
    _("a display that cannot be sent", "from IPython.display import publish_display_data\npublish_display_data({'application/json': object()})",
      "publish_display_data({'text/plain': 5, 'image/png': b'x'})"),
    _("clear_output", "from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('stays')\n5"),
    _("clear_output at once", "from IPython.display import clear_output\nclear_output()"),
    _("clear_output(wait=True)", "from IPython.display import clear_output, display\nfor i in range(3):\n    clear_output(wait=True)\n"
      "    display(i)\nprint('end')"),
    _("clear_output(wait=True) with nothing after it", "from IPython.display import clear_output\nprint('must stay')\nclear_output(wait=True)"),
    _("clear_output(wait=True) before a value", "from IPython.display import clear_output\nprint('goes')\nclear_output(wait=True)\n7"),
    _("clear_output(wait=True) before an error", "from IPython.display import clear_output\nprint('goes')\nclear_output(wait=True)\n1/0"),
    _("clear_output(wait=True) before a print", "from IPython.display import clear_output\nprint('goes')\nclear_output(wait=True)\nprint('stays')"),
    _("clear_output from a thread", "import threading\nfrom IPython.display import clear_output\nprint('gone')\n"
      "t = threading.Thread(target=clear_output)\nt.start(); t.join()\nprint('stays')"),
    _("updated displays", "from IPython.display import display\nd = display('first', display_id='mine')\ndisplay('x', display_id=True)",
      "d.update('second')", "display('third', display_id='mine', update=True)\nd.display('again')"),
    _("matplotlib", "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);", "plt.plot([2, 1])\nplt.show()\nprint('after')",
      "fig, ax = plt.subplots()\nax.set_title('t')\nfig", "plt.figure(); plt.close('all')", needs="matplotlib"),
    _("an error with a figure open", "%matplotlib inline\nimport matplotlib.pyplot as plt", "plt.plot([1, 2])\n1/0", needs="matplotlib"),
    _("tqdm", "from tqdm import tqdm\nfor i in tqdm(range(3), mininterval=0, miniters=1): pass", masks=BARS, needs="tqdm"),
    _("tqdm in notebooks", "from tqdm.notebook import tqdm\nfor i in tqdm(range(2), mininterval=0, miniters=1): pass", masks=BARS, needs="tqdm"),
    _("widgets of the user's", "import ipywidgets as w\ns = w.IntSlider(value=3)\ns", "s.value = 5", "s.close()", needs="ipywidgets"),
    _("an Output widget", "import ipywidgets as w\no = w.Output()\ndisplay(o)\nwith o:\n    print('in the widget')\nprint('beside')",
      "o.outputs", needs="ipywidgets"),
    # --- streams --------------------------------------------------------------------------------------------
    _("print", "import sys\nprint('out'); print('err', file=sys.stderr)\nprint('no end', end='')", "print('a\\rb')"),
    _("flushed", "import sys\nprint('one', flush=True)\nsys.stdout.flush()\nprint('two')"),
    _("a lot of output", "for i in range(20000): print(i)"),
    _("stdout replaced", "import io, sys\nkept, sys.stdout = sys.stdout, io.StringIO()\nprint('into it')",
      "got = sys.stdout.getvalue()\nsys.stdout = kept\ngot"),
    _("stdout redirected", "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as f:\n    print('in')\nf.getvalue()"),
    _("stdout closed", "import sys, io\nkept = sys.stdout\nsys.stdout = io.StringIO(); sys.stdout.close()", "sys.stdout = kept\nprint('back')"),
    _("input", Cell("name = input('who? ')\nprint('hello', name)", answers=("me",)), "name"),
    _("getpass", Cell("import getpass\nlen(getpass.getpass('secret: '))", answers=("1234",))),
    _("input twice", Cell("int(input()) + int(input('b '))", answers=("1", "2"))),
    _("warnings", "import warnings\nkept = warnings.filters[:]\nwarnings.warn('first')\nwarnings.warn('second', DeprecationWarning)",
      "def w(): warnings.warn('again')\nw(); w()", "w()", "warnings.simplefilter('error')\nwarnings.warn('raised')",
      "warnings.filters[:] = kept"),
    _("a SyntaxWarning", "x = 1\nx is 1", "'\\d'"),
    _("logging", "import logging\nlogging.warning('shown')\nlogging.info('not shown')\nlogging.getLogger('mine').error('too')",
      "len(logging.root.handlers)"),
    # --- errors ------------------------------------------------------------------------------------------------
    _("an error", "x = 1\n1/0\nprint('never')", "x"),
    _("an error in a function", "def inner(n):\n    if n == 0:\n        raise ValueError('at the bottom')\n    inner(n - 1)",
      "\n\ninner(3)", "import sys; sys.last_value"),
    _("chained errors", "try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise KeyError('k') from e", "try:\n    1/0\nexcept ZeroDivisionError:\n    nowhere",
      "raise ValueError('v') from None"),
    _("notes", "e = ValueError('v')\ne.add_note('a note')\ne.add_note('and another')\nraise e", python=(3, 11)),
    _("groups", "raise ExceptionGroup('several', [ValueError(1), ExceptionGroup('inner', [KeyError('k')])])",
      "try:\n    raise ExceptionGroup('g', [ValueError(1)])\nexcept* ValueError as g:\n    print(g.exceptions)", python=(3, 11)),
    _("a SyntaxError", "x = 1\ny = = 2\n", "1 +", "def f(:\n  pass", "return 5", "'open"),
    _("an IndentationError", "if True:\nx = 1", "x = 1\n    y = 2", "if 1:\n\tx\n        y"),
    _("a TabError and null bytes", "if 1:\n        x = 1\n\ty = 2", "x = '\\0'\nlen(x)", "eval('1\\0')"),
    _("an own exception, rendered by itself", "class E(Exception):\n    def _render_traceback_(self): return ['rendered', 'by itself']\nraise E"),
    _("an exception whose text fails", "class E(Exception):\n    def __str__(self):\n        raise ValueError('no text')\nraise E"),
    _("an assertion, a recursion", "assert 1 == 2, 'text'",
      "def f(n):\n    if not n:\n        raise RecursionError('enough')\n    f(n - 1)\nf(30)"),
    _("a wrong name with a hint", "value = 1\nvalu", "import jso", "[].appendd"),
    _("a KeyboardInterrupt raised", "raise KeyboardInterrupt('by hand')", "raise GeneratorExit", "raise StopIteration"),
    _("UsageError", "%cd /nowhere/at/all", "%timeit -z", "from IPython.core.error import UsageError\nraise UsageError('mine')"),
    _("sys.exit", "import sys\nsys.exit()", "sys.exit(3)", "sys.exit('why')", "raise SystemExit"),
    _("showtraceback", "try:\n    1/0\nexcept ZeroDivisionError:\n    get_ipython().showtraceback()\nprint('goes on')", "%tb"),
    _("traceback objects", "import sys, traceback\ntry:\n    1/0\nexcept ZeroDivisionError as e:\n    n = len(traceback.extract_tb(e.__traceback__))\n"
      "n, len(traceback.extract_stack()) > 3, sys._getframe().f_lineno", "sys._getframe().f_code.co_name"),
    _("the cells behind an error", "import time\ntime.sleep(0.3)", "1/0", "print('aborted')", "2", queued=True),
    # --- interrupts ------------------------------------------------------------------------------------------------
    _("an interrupt in Python", Cell("print('ready')\nwhile True: pass", interrupt=True), "'goes on'"),
    _("an interrupt in C", Cell("import time\nprint('ready')\ntime.sleep(20)", interrupt=True), "'goes on'"),
    _("an interrupt in C that ends first", Cell("print('ready')\nsum(range(30_000_000))\nwhile True: pass", interrupt=True), "'goes on'"),
    _("an interrupt in await", Cell("import asyncio\nprint('ready')\nwhile True:\n    await asyncio.sleep(0.02)", interrupt=True), "'goes on'"),
    _("an interrupt that is caught", Cell("import time\ntry:\n    print('ready')\n    time.sleep(20)\nexcept KeyboardInterrupt:\n    print('caught')\n5", interrupt=True), "_"),
    _("an interrupt of input", Cell("print('ready')\ninput('? ')", interrupt=True), "'goes on'"),
    _("an interrupt of the shell", Cell("print('ready')\n!sleep 20", interrupt=True), "'goes on'"),
    _("an interrupt and the cells behind it", Cell("import time\nprint('ready')\ntime.sleep(20)", interrupt=True), "print('aborted')", queued=True),
    # --- the machine ---------------------------------------------------------------------------------------------------
    _("signal handlers", "import signal\nsignal.getsignal(signal.SIGINT).__name__, signal.getsignal(signal.SIGCHLD)"),
    _("an alarm", "import signal, time\nsignal.signal(signal.SIGALRM, lambda *_: print('alarm'))\nsignal.setitimer(signal.ITIMER_REAL, 0.05)\ntime.sleep(0.15)"),
    _("environment and folder", "import os\nos.environ['MINE'] = '1'\nos.makedirs('sub', exist_ok=True)\nos.chdir('sub')\nos.path.basename(os.getcwd())", "os.chdir('..')"),
    _("garbage", "import gc, weakref\nclass A: pass\na = A(); r = weakref.ref(a)\ndel a\nr() is None", "gc.collect() >= 0"),
    _("a value that goes with its name", "class D:\n    def __del__(self): print('gone')\nd = D()", "del d\nprint('after')", "d = D()\nd = None"),
    _("atexit", "import atexit\natexit.register(print, 'x').__name__", "atexit.unregister(print)"),
    _("a trace function", "import sys\nseen = []\nsys.settrace(lambda *a: seen.append(a[1]))", "sys.settrace(None)\nlen(seen) > 0"),
    _("exit", "exit", alone=True, last=True),
)  # fmt: skip
