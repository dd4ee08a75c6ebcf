"""Runs cells in a qtconsole that nobody sees, and prints what stands in it.

A program of its own, ``python -m tests.places.qt CELL …``: Qt and a browser's driver do not
share a process.
"""

import sys
import time

from qtconsole.manager import QtKernelManager
from qtconsole.rich_jupyter_widget import RichJupyterWidget
from qtpy.QtWidgets import QApplication


class Console:
    """A qtconsole and its kernel."""

    def __init__(self):
        self.application = QApplication(["qtconsole", "-platform", "offscreen"])
        self.manager = QtKernelManager(kernel_name="python3")
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.widget = RichJupyterWidget()
        self.widget.kernel_manager, self.widget.kernel_client = self.manager, self.client
        self.widget.show()

    @property
    def text(self):
        return self.widget._control.toPlainText()

    def until(self, holds):
        """Let Qt work until something holds."""
        end = time.monotonic() + 90
        while not holds():
            self.application.processEvents()
            time.sleep(0.01)
            assert time.monotonic() < end, self.text

    def run(self, code):
        """Run a cell as if it were typed; wait for the next prompt."""
        self.until(lambda: self.text.rstrip().endswith("]:") and not self.widget._executing)
        done = []
        self.widget.executed.connect(done.append)
        self.widget.execute(code)
        self.until(lambda: done)
        self.widget.executed.disconnect(done.append)
        self.until(lambda: self.text.rstrip().endswith("]:") and not self.widget._executing)

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def main(cells):
    console = Console()
    try:
        for cell in cells:
            console.run(cell)
        print(console.text)
    finally:
        console.close()


main(sys.argv[1:])
