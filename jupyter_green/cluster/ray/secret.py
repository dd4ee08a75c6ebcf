"""How an agent that connects to a notebook proves that it was started by the notebook's cluster.

The secret goes to the agents by Ray, and never over the connection: what is sent there answers a
number that is used once.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets


def new() -> str:
    """Return a secret, or a number that is used once."""
    return secrets.token_hex(16)


def answer(secret: str, once: str) -> str:
    """Return what only who knows the secret can answer to this number."""
    return hmac.new(secret.encode(), once.encode(), hashlib.sha256).hexdigest()


def is_answer(secret: str, once: str, said: object) -> bool:
    """Whether that is the answer."""
    return isinstance(said, str) and hmac.compare_digest(answer(secret, once), said)
