"""How the service hears and tells its clients, without a sampler: door, connection, stream."""

import json
import selectors
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_green.meter.readings import Readings
from jupyter_green.sampler import wire
from jupyter_green.sampler.accumulator import DomainSample
from jupyter_green.service.allowance import Allowance
from jupyter_green.service.answers import Answers
from jupyter_green.service.connection import MANY_WAIT, Connection
from jupyter_green.service.door import Door
from jupyter_green.service.greeting import Greeting
from jupyter_green.service.last_samples import MOST, MOST_OF_USER, LastSamples
from jupyter_green.service.stream import Stream

S = 1_000_000_000


class Window:
    """What a connection knows of a window."""

    def __init__(self, interval_s=0.1, *, is_watched=True):
        self.interval_s = interval_s
        self.is_watched = is_watched
        self.is_open = True


# --- the door -------------------------------------------------------------------------------


@pytest.fixture
def listener(tmp_path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "sock"))
        made.listen(16)
        yield made


@pytest.fixture
def connect(listener):
    made = []

    def connected(said=b""):
        made.append(socket.socket(socket.AF_UNIX))
        made[-1].connect(listener.getsockname())
        made[-1].sendall(said)
        return made[-1]

    yield connected
    for each in made:
        each.close()


def test_who_comes_right_after_others_is_let_in_together_with_the_next(listener, connect):
    let_in = []

    def take(connected, said):
        let_in.append(said)
        connected.close()

    with selectors.DefaultSelector() as selector:
        door = Door(listener, selector, take)
        door.open()
        connect(b"first")
        connect()
        connect(b"gone").close()
        door.look()
        assert let_in == [b"first", b"", b"gone"]
        connect(b"soon")
        assert not selector.select(0)
        door.on_time(door.due_s - 0.001)
        assert not selector.select(0)
        door.on_time(door.due_s)
        assert selector.select(0)
        door.look()
        assert let_in[3:] == [b"soon"]


def test_a_greeting_is_answered_in_the_newest_protocol_of_both():
    greeting = Greeting({"interval_s": 0.1})
    kind, protocol, about = json.loads(greeting.answer(b'["hello",1,9]'))
    assert (kind, protocol, about["interval_s"]) == ("hello", wire.NEWEST, 0.1)


@pytest.mark.parametrize("line", [b"", b"GET /", b'["clock",1]', b'["hello",7,9]', b'["hello"]'])
def test_what_is_no_greeting_of_ours_is_refused(line):
    with pytest.raises(wire.BadRequestError):
        Greeting({}).answer(line)


# --- one client -----------------------------------------------------------------------------


@pytest.fixture
def pair():
    """A connection and its client's end."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(0.0)
    connection = Connection(ours, 0, Allowance(), set())
    yield connection, theirs
    connection.close()
    theirs.close()


def heard(theirs):
    try:
        return theirs.recv(1 << 20)
    except BlockingIOError:
        return b""


def test_what_is_said_in_a_round_is_sent_together(pair):
    connection, theirs = pair
    connection.send_line(b"one\n")
    connection.send_line(b"two\n")
    assert heard(theirs) == b""
    connection.flush()
    assert heard(theirs) == b"one\ntwo\n"


def offered(connection, tenths):
    for tenth in tenths:
        connection.offer_sample(S + tenth * S // 10, b"%d\n" % tenth)
    connection.flush()


def test_samples_come_as_often_as_the_quickest_open_window_wants_them(pair):
    connection, theirs = pair
    offered(connection, range(3))
    assert heard(theirs) == b""
    slow, quick = Window(0.5), Window(0.1)
    connection.add_window(0, slow)
    offered(connection, range(10))
    assert heard(theirs) == b"0\n5\n"
    connection.add_window(1, quick)
    offered(connection, range(10, 13))
    assert heard(theirs) == b"10\n11\n12\n"
    quick.is_open = False
    connection.windows_changed()
    offered(connection, range(13, 20))
    assert heard(theirs) == b"17\n"


def test_a_second_of_what_nobody_watches_comes_together(pair):
    connection, theirs = pair
    connection.add_window(0, Window(is_watched=False))
    offered(connection, range(10))
    assert heard(theirs) == b""
    offered(connection, [10])
    assert heard(theirs).split() == [b"%d" % n for n in range(11)]


def test_who_reads_little_gets_a_sample_a_second(pair):
    connection, theirs = pair
    connection.add_window(0, Window())
    connection.send_line(b"x" * (8 * MANY_WAIT))
    offered(connection, range(20))
    said = b""
    while connection.has_unsent:
        said += heard(theirs)
        connection.flush()
    assert (said + heard(theirs)).lstrip(b"x") == b"0\n9\n18\n"


def test_connections_of_one_user_get_the_same_samples_however_they_are_staggered():
    mine = Allowance()
    pairs = [socket.socketpair() for _ in range(5)]
    connections = [Connection(ours, n, mine, set()) for n, (ours, _) in enumerate(pairs)]
    got = set()
    for hundredth in range(100):
        if hundredth % 7 == 0 and hundredth < 35:
            connections[hundredth // 7].add_window(0, Window())
        for connection in connections:
            connection.offer_sample(S + hundredth * S // 100, b"%d\n" % hundredth)
    for connection, (_, theirs) in zip(connections, pairs, strict=True):
        connection.flush()
        theirs.settimeout(0.0)
        said = heard(theirs).split()
        assert len(said) >= 6
        got |= set(said)
        connection.close()
        theirs.close()
    assert len(got) <= 11


def test_each_user_has_samples_of_its_own():
    mine, others = Allowance(), Allowance()
    assert mine.takes_sample(S)
    assert mine.takes_sample(S)
    assert not mine.takes_sample(S + S // 20)
    assert others.takes_sample(S + S // 20)
    assert mine.takes_sample(S + S // 10)


# --- what is read for all windows -----------------------------------------------------------


@given(
    st.permutations(range(1, 40)),
    st.lists(st.integers(0, 40), min_size=1, max_size=6),
    st.sets(st.integers(0, 40), max_size=4),
)
def test_a_window_has_what_it_would_have_had_by_itself(times, looks, forgets):
    """Readings in any order; a window takes them now and then, and they are forgotten."""
    stream, taken, alone = Stream(), Readings(()), Readings(())
    places = stream.places

    def look():
        nonlocal places
        stream.pour(taken, places)
        places = stream.places

    for number, t_ns in enumerate(times):
        reading = DomainSample(t_ns, float(t_ns), None, None)
        stream.add("x", (reading, reading))  # the second is the same, for another window
        alone.add_readings("x", (reading,))
        if number in looks or number in forgets:
            look()
        if number in forgets:
            stream.forget()
    look()
    assert taken.readings == alone.readings


def test_a_window_has_nothing_of_before_its_begin():
    stream, read = Stream(), Readings(())
    stream.add("x", [DomainSample(1, 1.0, None, None)])
    places = stream.places
    stream.add("x", [DomainSample(2, 2.0, None, None)])
    stream.add("y", [DomainSample(3, 3.0, None, None)])
    stream.pour(read, places)
    assert {id_: [each.t_ns for each in found] for id_, found in read.readings.items()} == {
        "x": [2],
        "y": [3],
    }


# --- what is kept of who has left -----------------------------------------------------------


class Left:
    """A client that has left."""

    def __init__(self, allowance, key="a"):
        self.allowance = allowance
        self.key = key


def test_the_last_sample_of_a_client_is_its_users_alone_and_the_later_one():
    kept, ours, others = LastSamples(), Allowance(), Allowance()
    kept.keep(Left(ours), b"before")
    kept.keep(Left(ours), b"last")
    kept.keep(Left(ours, None), b"of one that has no key")
    assert kept.of(Left(ours), "a") == b"last"
    assert kept.of(Left(ours), "b") is None
    assert kept.of(Left(others), "a") is None


def test_a_user_whose_clients_leave_all_the_time_takes_no_room_from_others():
    kept, ours, others = LastSamples(), Allowance(), Allowance()
    kept.keep(Left(others), b"theirs")
    for number in range(2 * MOST_OF_USER):
        kept.keep(Left(ours, str(number)), b"%d" % number)
    assert kept.of(Left(others), "a") == b"theirs"
    assert kept.of(Left(ours), str(MOST_OF_USER - 1)) is None
    assert kept.of(Left(ours), str(MOST_OF_USER)) == b"%d" % MOST_OF_USER


def test_many_users_have_room_for_so_many_in_all():
    kept, users = LastSamples(), [Allowance() for _ in range(MOST + 1)]
    for user in users:
        kept.keep(Left(user), b"x")
    assert [kept.of(Left(user), "a") for user in users] == [None, *[b"x"] * MOST]


@pytest.mark.parametrize("kind", ["begin", "end", "follow", "look", "last"])
def test_whatever_is_answered_by_joules_of_a_moment_is_one_of_a_users_few_marks(kind):
    """So nobody learns more in a second by leaving and asking what was read then."""
    answers, asker = Answers(None, None, None, LastSamples()), Left(Allowance())
    assert answers.bucket(asker, [kind]) is asker.allowance.marks
