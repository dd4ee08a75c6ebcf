"""What the sampler sends to a kernel that does not keep up, and how it is written."""

import json

from jupyter_green.sampler import messages
from jupyter_green.sampler.outbox import thinned


def test_thinning_keeps_marked_and_flagged_samples():
    plain = [[messages.SAMPLE, t, None, [], {}] for t in range(10)]
    marked = [messages.SAMPLE, 3, [messages.END, "w"], [], {}]
    flagged = [messages.SAMPLE, 4, None, [], {"0": "wrapped"}]
    kept = thinned([*plain[:4], marked, flagged, *plain[4:]])
    assert marked in kept
    assert flagged in kept
    assert len(kept) == 2 + 5


def test_what_lies_beside_the_samples_is_thinned_too():
    edge = [messages.LOAD, ["end", "w"], {}, []]
    told = [
        [
            [messages.LOAD, None, {}, []],
            [messages.CONDITIONS, {0: k}],
            [messages.CONDITIONS, {5: k}],
        ]
        for k in range(10)
    ]
    kept = thinned([edge, *(message for messages_ in told for message in messages_)])
    assert edge in kept
    assert len(kept) == 1 + 3 * 5
    assert sum(5 in m[1] for m in kept if m[0] == messages.CONDITIONS) == 5


def test_messages_survive_the_pipe():
    line = messages.encode(messages.sample(5, ("end", "w"), ["broken"], {0: "wrapped"}))
    assert line.count(b"\n") == 1
    assert json.loads(line)[3] == ["broken"]
