"""Every message, walked once for all tests."""

from functools import cache

from banstream_contracts.documents.catalogue import Kind, Message, messages


@cache
def every_message() -> tuple[Message, ...]:
    """All of them; nobody changes one."""
    return tuple(messages())


def of_kind(*kinds: Kind) -> list[Message]:
    """Those of some kinds."""
    return [message for message in every_message() if message.kind in kinds]
