"""Every subject on the bus. Nothing else in the repository spells one."""

from banstream_contracts.commands import AnyCommand, command_token

COMMANDS = "banstream.command.>"
INFRACTIONS_COMMANDS = "banstream.command.infractions.>"
EVENTS = "banstream.event.>"
DEAD = "banstream.dead.>"

QUERY_INFRACTION = "banstream.query.infractions.infraction"
QUERY_INFRACTIONS = "banstream.query.infractions.list"
QUERY_HISTORY = "banstream.query.infractions.history"
QUERY_COMMAND = "banstream.query.infractions.command"
QUERY_CREDENTIALS = "banstream.query.infractions.credentials"
QUERY_STATUS = "banstream.query.infractions.status"
QUERIES_INFRACTIONS = "banstream.query.infractions.>"


def command(message: AnyCommand) -> str:
    """`banstream.command.infractions.<name>.<whom it is about>`."""
    return f"banstream.command.infractions.{message.type}.{command_token(message)}"


def event(event_type: str, token: str) -> str:
    """`banstream.event.<aggregate>.<event>.<token>` of an event type such as `infraction.issued`."""
    return f"banstream.event.{event_type}.{token}"


def dead(consumer: str) -> str:
    """Where a consumer puts what it cannot handle."""
    return f"banstream.dead.{consumer}"


def entry(bucket: str, key: str) -> str:
    """The subject behind an entry of a KV bucket."""
    return f"$KV.{bucket}.{key}"
