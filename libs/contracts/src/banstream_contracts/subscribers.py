"""Readers from outside: an account on NATS with a copy of EVENTS, and one beside it that they are in.

Whoever may make a consumer in an account can have it delivered to any subject of that account, permissions or not.
So nobody from outside is in the account of the services (ADR 0018), nor in that of the copy (ADR 0035).
"""

import re
from typing import Any

from banstream_contracts import permissions, streams
from banstream_contracts.permissions import Permissions

API = permissions.SUBSCRIBERS_API
"""Where the operator finds JetStream of the subscribers' account, in place of `$JS.API`."""
ORIGIN_API = "banstream.origin.api"
"""Where the copy of EVENTS asks for the stream that it copies, in place of `$JS.API`."""
DELIVERED = "banstream.subscribers.delivered"
"""What EVENTS is sent under on its way into the copy."""

CONSUMERS_EACH = 5
"""How many durable consumers a subscriber may have: NAME and NAME-2 up to NAME-5."""

_USER = "subscriber-"
_VERBS = ("CREATE", "DURABLE.CREATE", "INFO", "DELETE", "MSG.NEXT")
_ABOUT = ("$JS.API.INFO", f"$JS.API.STREAM.INFO.{streams.EVENTS}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")


def user_of(name: str) -> str:
    """The user that a subscriber connects as. Raises ValueError for a name that is none."""
    if not _NAME.fullmatch(name):
        raise ValueError("a subscriber's name is a small letter and up to 30 small letters, digits and _")
    return f"{_USER}{name}"


def name_of(user: str) -> str | None:
    """The subscriber that a user is; None of a user that is none."""
    name = user.removeprefix(_USER)
    return name if user.startswith(_USER) and _NAME.fullmatch(name) else None


def consumers_of(name: str) -> tuple[str, ...]:
    """The only durable consumers that a subscriber may make, read and delete."""
    return (name, *(f"{name}-{number}" for number in range(2, CONSUMERS_EACH + 1)))


def permissions_of(name: str) -> Permissions:
    """What a subscriber may publish and subscribe to in its account. Raises ValueError for a name that is none."""
    publish = [*_ABOUT]
    for consumer in consumers_of(name):
        publish += _about(consumer)
    return Permissions(tuple(publish), (f"{permissions.inbox(user_of(name))}.>",))


def readable() -> tuple[str, ...]:
    """The requests that the copy answers for subscribers: those that any of them may make."""
    return (*_ABOUT, *_about("*"))


def brings_many(request: str) -> bool:
    """Whether more than one message may answer it."""
    return ".MSG.NEXT." in request


def exported() -> tuple[str, ...]:
    """The requests that the services' account answers for the copy: a consumer of EVENTS, and its flow control."""
    return (f"$JS.API.CONSUMER.CREATE.{streams.EVENTS}", f"$JS.FC.{streams.EVENTS}.>")


def copy_origin() -> dict[str, Any]:
    """What the copy copies, in the words of the JetStream API."""
    return {"name": streams.EVENTS, "external": {"api": ORIGIN_API, "deliver": DELIVERED}}


def _about(consumer: str) -> tuple[str, ...]:
    """The requests about a consumer, and its acknowledgements."""
    copy = streams.EVENTS
    requests = (f"$JS.API.CONSUMER.{verb}.{copy}.{consumer}" for verb in _VERBS)
    return (*requests, f"$JS.API.CONSUMER.CREATE.{copy}.{consumer}.>", f"$JS.ACK.{copy}.{consumer}.>")
