"""A server's password: no message shows it, and none is spoiled by one that is short."""

import pytest
from sqlalchemy.exc import OperationalError

from jupyter_green.ledger.database import Refused
from jupyter_green.ledger.postgres import Server

psycopg = pytest.importorskip("psycopg")

FAILED = 'FATAL:  password authentication failed for user "ada"'


def said(message, password="secret"):
    server = Server(f"postgresql://ada:{password}@db/green")
    error = OperationalError("select 1", {}, psycopg.OperationalError(message))
    return str(server.fault_of(error))


@pytest.mark.parametrize("password", ["e", "a", "password", "ada", "db", "user", "://", "%20", "="])
def test_a_short_password_leaves_a_message_as_it_is(password):
    quoted = "".join(f"%{ord(c):02X}" for c in password)
    found = said(FAILED, quoted)
    assert found.startswith(
        'postgresql://ada@db/green: password authentication failed for user "ada"; give the right'
    )


@pytest.mark.parametrize(
    "message",
    [
        "cannot read postgresql://ada:{}@db/green?sslmode=x",
        'invalid dsn: "host=db password={} user=ada"',
        'invalid dsn: "host=db password = {}"',
        "bad options: {{'host': 'db', 'password': '{}', 'user': 'ada'}}",
        "bad options: sslpassword={}",
    ],
)
def test_a_password_is_hidden_where_it_stands_as_one(message):
    found = said(message.format("secret"))
    assert "secret" not in found
    assert "***" in found
    assert "ada" in found or "sslpassword" in found


def test_a_password_of_signs_is_hidden_in_each_way_of_writing_it():
    written = "p%40ss%2F%20%27x"  # p@ss/ 'x
    for shown in ("p@ss/ 'x", written, "p%40ss%2F+%27x"):
        found = said(f"cannot read postgresql://ada:{shown}@db/green", written)
        assert found == "postgresql://ada@db/green: cannot read postgresql://ada:***@db/green"
    found = said("invalid dsn: host=db password='p@ss/ \\'x' user=ada", written)
    assert found.endswith("invalid dsn: host=db password=*** user=ada")


def test_the_rest_of_a_password_is_taken_for_no_host():
    """An unquoted @ ends the password for whoever reads the URL."""
    with pytest.raises(Refused, match="%40") as refused:
        Server("postgresql://ada:p@ss@db/green")
    assert "ss@" not in str(refused.value)
