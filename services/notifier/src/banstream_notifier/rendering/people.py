"""Who did something and where, as rows say it. Pure."""

from collections.abc import Mapping

from banstream_contracts.infractions import Actor, Scope
from banstream_notifier.rendering.sheets import Code, Phrase, Plain, Value, phrase
from banstream_privacy.visible import clean

ServerNames = Mapping[str, str]
"""What servers are called, by id; those of which no name is known or seen are shown by their id."""


def staff(actor: Actor) -> Value:
    """A person's or server's name; banstream itself is named by us."""
    if actor.kind == "system":
        return phrase("actor-system")
    return named(actor.name, Code(actor.id))


def server(server_id: str, names: ServerNames) -> Value:
    """By its name where that is known."""
    return named(names.get(server_id), Code(server_id))


def named(name: str | None, otherwise: Value) -> Value:
    """A name, where anything is seen of it."""
    shown = clean(name or "")
    return Plain(shown) if shown else otherwise


def where(scope: Scope | None, server_id: str | None, names: ServerNames) -> Phrase | None:
    """Where an infraction holds."""
    if scope is Scope.SERVER and server_id:
        return phrase("scope-server", server=server(server_id, names))
    return phrase(f"scope-{scope.value}") if scope else None
