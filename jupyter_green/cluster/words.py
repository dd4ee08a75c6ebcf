"""What a notebook and the agents of a cluster tell each other.

To all agents, each a list of plain values (`notebook` is where they answer)::

    ["who", notebook, host]                            who is there? this one is on this host
    ["ping", notebook, number]                         answer at once
    ["tick", notebook, number]                         answer with what is told each second
    ["open", notebook, window, host]                   begin a window, but not on this host
    ["begin", notebook, window]                        its begin was marked right now: read
    ["end", notebook, window, {host: [begin_ns, end_ns]}]
    ["leave", agent]                                   end, as another one meters this host

From an agent to one notebook, each with its host and its own id::

    ["here", host, agent]
    ["pong", host, agent, number, heard_ns, answered_ns]
    ["opened", host, agent, window]
    ["begun", host, agent, window]                     it has read since the begin
    ["so far", host, agent, [number, heard_ns, answered_ns] or None, {window: report}]
    ["ended", host, agent, window, report]

And what a notebook hears of the cluster::

    ["gone", agent]

Times are CLOCK_MONOTONIC of the agent's host in nanoseconds: from the exchanges the notebook knows
how far each host's clock is ahead of its own, and says to each when a window was by its clock.
Reports are records of :mod:`jupyter_green.report.record`, as JSON; those of a second have no curve.
"""

from __future__ import annotations

WHO = "who"
PING = "ping"
TICK = "tick"
OPEN = "open"
BEGIN = "begin"
END = "end"
LEAVE = "leave"

HERE = "here"
PONG = "pong"
OPENED = "opened"
BEGUN = "begun"
SO_FAR = "so far"
ENDED = "ended"
GONE = "gone"

EACH_S = 1.0
"""How often an agent says what its open windows have used so far."""
