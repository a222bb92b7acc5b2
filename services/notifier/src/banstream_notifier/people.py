"""Who did something and where, as rows say it. Pure."""

from collections.abc import Mapping

from banstream_contracts.infractions import Actor, Scope
from banstream_notifier.sheets import Code, Phrase, Plain, Value, phrase

ServerNames = Mapping[str, str]
"""What servers are called, by id; those that are not known are shown by their id."""


def staff(actor: Actor) -> Value:
    """A person's or server's name; banstream itself is named by us."""
    if actor.kind == "system":
        return phrase("actor-system")
    return Plain(actor.name) if actor.name else Code(actor.id)


def server(server_id: str, names: ServerNames) -> Value:
    """By its name where that is known."""
    return Plain(names[server_id]) if server_id in names else Code(server_id)


def where(scope: Scope | None, server_id: str | None, names: ServerNames) -> Phrase | None:
    """Where an infraction holds."""
    if scope is Scope.SERVER and server_id:
        return phrase("scope-server", server=server(server_id, names))
    return phrase(f"scope-{scope.value}") if scope else None
