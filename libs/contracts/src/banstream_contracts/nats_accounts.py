"""The accounts of NATS: what is stored is apart from who stores it (ADR 0038).

JetStream answers wherever a request says, and a consumer delivers wherever it is told, whatever its user may publish.
So no user is where the streams are: what services ask comes there from an account beside it, and NATS puts a subject
of its own in place of the one that is to be answered.
"""

from banstream_contracts import subjects

STREAMS = "BANSTREAM"
"""Of every stream and bucket; it has no users."""
SERVICES = "SERVICES"
"""Of all users of banstream, the operator too; it has no JetStream."""
COPY = "SUBSCRIBERS"
"""Of the copy of EVENTS that subscribers read; it has no users."""
READERS = "READERS"
"""Of the subscribers; it has no JetStream."""

INBOXES = "_INBOX.>"
"""Where consumers that nobody has to ask bring messages."""

_REQUESTS = "$JS.API.>"


def stored() -> tuple[str, ...]:
    """What crosses over to the streams: requests to JetStream, acknowledgements, flow control, and what is stored."""
    kept = (subjects.COMMANDS, subjects.RELAYED_EVENTS, subjects.EVENTS, subjects.DEAD)
    return (_REQUESTS, "$JS.ACK.>", "$JS.FC.>", "$KV.>", *kept)


def brings_many(subject: str) -> bool:
    """Whether more than one message may answer it."""
    return subject == _REQUESTS
