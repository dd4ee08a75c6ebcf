"""Whether a cell's first figures can be replaced by the final ones, which come a little later."""

from enum import Enum


class Refines(Enum):
    """When a view can show final figures in place of the first ones.

    Never where what it shows stays as it is once its cell has ended: the cell then waits
    for the final figures, a quarter of a second at most.
    """

    AT_ANY_TIME = "at any time"
    NEVER = "never"
