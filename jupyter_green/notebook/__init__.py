"""IPython's side: magics, hooks, the live view and the cell's output."""
