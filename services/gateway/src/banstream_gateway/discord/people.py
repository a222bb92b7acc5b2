"""Who asks: a Discord user, with the scopes of their roles, and with the rights of the admin who they are. Pure."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from banstream_contracts.admins import Admin, Right
from banstream_contracts.infractions import Actor
from banstream_contracts.players import Player
from banstream_gateway.discord.interactions import Interaction
from banstream_gateway.endpoints import CHECK, PUNISH, Person
from banstream_runtime.identifiers import idempotent_command_id

SERVICE = "discord"

Roles = Mapping[str, AbstractSet[str]]
"""Scopes by the id of a role."""


def player_of(interaction: Interaction) -> Player:
    """The user as a player of the service `discord`."""
    return Player(service=SERVICE, id=interaction.asker.id)


def person_of(interaction: Interaction, roles: Roles, admin: Admin | None) -> Person:
    """The person behind an interaction; `admin` is the admin who that user is.

    An admin is let in without a role too, and whatever they ask is done with an admin's rights, no more.
    The same interaction again is the same command again.
    """
    scopes = frozenset(scope for role in interaction.roles for scope in roles.get(role, ()))
    player = player_of(interaction)
    return Person(
        actor=Actor(kind="person", id=str(player), name=interaction.name, admin=player if admin else None),
        scopes=scopes | _scopes_of(admin),
        command_id=idempotent_command_id(f"{SERVICE}:{interaction.application_id}", interaction.id),
    )


def _scopes_of(admin: Admin | None) -> frozenset[str]:
    if admin is None:
        return frozenset()
    punishes = admin.may(Right.ISSUE) or admin.may(Right.EDIT_ALL)
    return frozenset({CHECK, PUNISH}) if punishes else frozenset({CHECK})
