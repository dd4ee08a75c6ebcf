"""The connection between an agent and the notebook that Ray's agents meter for."""

import json
import queue
import socket

import pytest

from jupyter_green.cluster import words as said
from jupyter_green.cluster.agent.link import Gone, Heard
from jupyter_green.cluster.ray.link import NotebookLink
from jupyter_green.cluster.ray.listener import Listener

SOON_S = 10.0


@pytest.fixture
def heard():
    return queue.SimpleQueue()


@pytest.fixture
def listener(heard):
    made = Listener("127.0.0.1", heard.put)
    yield made
    made.close()


def settings(listener, **other):
    known = {"notebook": "nb", "address": list(listener.address), "secret": listener.secret}
    return known | other


def test_what_each_end_says_the_other_one_hears(listener, heard):
    inbox = queue.SimpleQueue()
    link = NotebookLink(settings(listener), inbox)
    link.say("nb", [said.HERE, "aaaa", link.id])
    assert heard.get(timeout=SOON_S) == [said.HERE, "aaaa", link.id]
    listener.tell([said.PING, "nb", 1])
    told = inbox.get(timeout=SOON_S)
    assert isinstance(told, Heard)
    assert told.words == [said.PING, "nb", 1]
    assert link.is_up()
    listener.close()
    assert inbox.get(timeout=SOON_S) == Gone("nb")
    assert not link.is_up()


def test_a_notebook_hears_that_an_agent_is_gone(listener, heard):
    link = NotebookLink(settings(listener), queue.SimpleQueue())
    link.say("nb", [said.HERE])
    heard.get(timeout=SOON_S)
    link.close()
    assert heard.get(timeout=SOON_S) == [said.GONE, link.id]


@pytest.mark.parametrize(
    "greeting", [b"", b'["guess", "agent"]\n', b"[]\n", b"{}\n", b"[[[", b"\xff\n", b"[1]\n"]
)
def test_who_does_not_know_the_secret_is_heard_of_by_nobody(listener, heard, greeting):
    with socket.create_connection(listener.address, SOON_S) as stranger:
        (once,) = json.loads(stranger.makefile().readline())
        assert once not in listener.secret
        stranger.sendall(greeting + b'["here", "aaaa", "x"]\n')
        stranger.shutdown(socket.SHUT_WR)
        assert stranger.recv(1) == b""
    listener.tell([said.WHO, "nb", "h"])
    assert heard.empty()


def test_an_agent_that_sends_nonsense_is_gone(listener, heard):
    link = NotebookLink(settings(listener), queue.SimpleQueue())
    link._lines._socket.sendall(b"no JSON\n")
    assert heard.get(timeout=SOON_S) == [said.GONE, link.id]


def test_an_agent_without_a_notebook_says_so(listener):
    listener.close()
    with pytest.raises(OSError):
        NotebookLink(settings(listener), queue.SimpleQueue())
