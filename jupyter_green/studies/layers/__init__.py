"""The joules of each layer of a torch model, beside those of the whole."""
