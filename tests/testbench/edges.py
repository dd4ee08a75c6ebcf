"""Requests at the edges of windows, as the sampler's client makes them."""

from jupyter_green.sampler.messages import BEGIN, END


def timed(request, t_ns):
    """A request as a client sends it: one of an edge says when that was."""
    return [*request, t_ns] if request[0] in {BEGIN, END} else list(request)
