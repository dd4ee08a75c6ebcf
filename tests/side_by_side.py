"""Which tests share a process, and which come first and last, where several processes run them."""

FIRST = (
    *("tests/browser/panel/", "tests/packaging/", "tests/browser/test_robust.py"),
    *("tests/kernel/conformance/", "tests/browser/test_remote.py", "tests/kernel/"),
)
"""What is begun first: what takes long, and not all the browser's at once, as what waits goes well
with what computes."""
APART = tuple(f"tests/browser/test_{name}.py" for name in ("notebook7", "remote", "robust"))
"""Browser tests that have servers of their own. The last ones use the common one as well, which
they start once more: they take as long as a third of all others."""
ALONE = "tests/soak/"
"""Keeps every core busy for minutes: begun when nothing else runs any more."""


def rank(test):
    """Return a test's place in the order in which they are handed out."""
    if test.startswith(ALONE):
        return len(FIRST) + 1
    return next((n for n, start in enumerate(FIRST) if test.startswith(start)), len(FIRST))


def together(test):
    """Name what a test has to share a process with: its file's tests, those on one JupyterLab."""
    path = test.partition("::")[0]
    is_on_common_lab = path.startswith("tests/browser/") and path not in APART
    return "tests/browser" if is_on_common_lab else path


def scheduling():
    """Return how pytest-xdist hands out tests: a class of its, which not everybody has."""
    from xdist.scheduler import LoadScopeScheduling

    class SideBySide(LoadScopeScheduling):
        """Hands out what belongs together to one process, and the last to one that is alone."""

        def _split_scope(self, nodeid):
            return together(nodeid)

        def mark_test_complete(self, node, item_index, duration=0):
            super().mark_test_complete(node, item_index, duration)
            for each in self.nodes:  # the others may have waited for this one
                self._reschedule(each)

        def _reschedule(self, node):
            is_waiting = all(scope.startswith(ALONE) for scope in self.workqueue)
            if not (self.workqueue and is_waiting) or node.shutting_down:
                super()._reschedule(node)
                return
            others = [each for each in self.nodes if each is not node]
            if not all(each.shutting_down for each in others):
                node.shutdown()  # once it has done what it was given
            elif not any(self._pending_of(self.assigned_work[each]) for each in others):
                super()._reschedule(node)

    return SideBySide
