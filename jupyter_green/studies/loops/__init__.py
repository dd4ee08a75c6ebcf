"""Training loops: the joules of each epoch, the forecast of the whole, and its budget."""
