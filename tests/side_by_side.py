"""Which tests share a process, and which come first and last, where several processes run them."""

FIRST = (
    *("tests/browser/panel/", "tests/browser/test_robust.py", "tests/kernel/conformance/"),
    *("tests/browser/test_remote.py", "tests/kernel/"),
)
"""What is begun first: what takes long, and not all the browser's at once, as what waits goes well
with what computes."""
APART = tuple(f"tests/browser/test_{name}.py" for name in ("notebook7", "remote", "robust"))
"""Browser tests that have servers of their own. The last ones use the common one as well, which
they start once more: they take as long as a third of all others."""
PACKAGING = "tests/packaging"
"""Builds of the wheel, which nobody times: they fill what the others leave of the last minutes."""
SOAK = "tests/soak"
"""Keeps every core busy for most of a minute, mostly by waking up: what is timed would fail
beside it. It begins when nothing runs any more but the builds."""
LAST = (PACKAGING, SOAK)
"""What is begun when nothing else waits."""


def rank(test):
    """Return a test's place in the order in which they are handed out."""
    if (scope := together(test)) in LAST:
        return len(FIRST) + 1 + LAST.index(scope)
    return next((n for n, start in enumerate(FIRST) if test.startswith(start)), len(FIRST))


def together(test):
    """Name what a test has to share a process with: its file's tests, those on one JupyterLab."""
    path = test.partition("::")[0]
    if (folder := path.rpartition("/")[0]) in LAST:
        return folder
    is_on_common_lab = path.startswith("tests/browser/") and path not in APART
    return "tests/browser" if is_on_common_lab else path


def still_to_build(given):
    """Return how many builds a process has not done of what it was given."""
    return [*given.get(PACKAGING, {}).values()].count(False)


def scheduling():
    """Return how pytest-xdist hands out tests: a class of its, which not everybody has."""
    from xdist.scheduler import LoadScopeScheduling

    class SideBySide(LoadScopeScheduling):
        """Hands out what belongs together to one process, and the soak once all else is done.

        A process keeps its last test until it has got another, or hears that there is none.
        """

        def _split_scope(self, nodeid):
            return together(nodeid)

        def mark_test_complete(self, node, item_index, duration=0):
            super().mark_test_complete(node, item_index, duration)
            for each in self.nodes:  # the others may have waited for this one
                self._reschedule(each)

        def _reschedule(self, node):
            if node.shutting_down or list(self.workqueue) != [SOAK]:
                super()._reschedule(node)
                return
            going_on = [each for each in self.nodes if not each.shutting_down]
            builds = {each: still_to_build(self.assigned_work[each]) for each in going_on}
            free = [each for each in going_on if not builds[each]] or going_on
            if node in free and len(free) > 1:
                node.shutdown()  # once it has done what it was given
            elif all(self._kept_at_most(each) for each in self.nodes):
                for each in (free[0], *going_on):
                    super()._reschedule(each)

        def _kept_at_most(self, node):
            """Whether a process has nothing timed to do, but for a test that it keeps."""
            given = self.assigned_work[node]
            builds = still_to_build(given)
            return self._pending_of(given) - builds <= (not node.shutting_down and not builds)

    return SideBySide
