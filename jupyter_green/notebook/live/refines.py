"""When a cell's first figures can be replaced by the final ones, which come a little later."""

from enum import Enum


class Refines(Enum):
    """When a view can show final figures in place of the first ones."""

    AT_ANY_TIME = "at any time"
    WHILE_A_CELL_RUNS = "while a cell runs"
    NEVER = "never"
