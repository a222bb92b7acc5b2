"""Admins: decisions on them, and what their events make of them. Pure."""

from typing import assert_never

from banstream_contracts.admins import Admin
from banstream_contracts.commands.admins import RemoveAdmin, SetAdmin
from banstream_contracts.events.admins import AdminRemoved, AdminSet
from banstream_infractions.domain.record import Decision, Record, refused


def decide_admin(command: SetAdmin | RemoveAdmin, record: Record) -> Decision:
    """What a command makes of an admin."""
    match command:
        case SetAdmin():
            return _set(command, record.admin)
        case RemoveAdmin():
            return _remove(command, record.admin)
        case _:
            assert_never(command)


def evolve_admin(admin: Admin | None, event: AdminSet | AdminRemoved, position: int) -> Admin:
    """The admin after an event of theirs."""
    match event:
        case AdminSet():
            return Admin(player=event.player, name=event.name, rights=event.rights, position=position)
        case AdminRemoved() if admin is not None:
            return admin.model_copy(update={"removed_at": event.occurred_at, "position": position})
        case AdminRemoved():
            raise LookupError(f"{event.type} of one who never was an admin: {event.player}")
        case _:
            assert_never(event)


def _set(command: SetAdmin, admin: Admin | None) -> Decision:
    """Make an admin or change one; to what they are yields nothing."""
    if admin and admin.removed_at is None and (admin.name, admin.rights) == (command.name, command.rights):
        return Decision()
    made = AdminSet(
        player=command.player,
        name=command.name,
        rights=command.rights,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((made,))


def _remove(command: RemoveAdmin, admin: Admin | None) -> Decision:
    """End all rights; of one who is an admin no more, nothing."""
    if admin is None:
        return refused("unknown-admin", f"{command.player} is no admin")
    if admin.removed_at is not None:
        return Decision()
    removed = AdminRemoved(
        player=command.player, reason=command.reason, actor=command.actor, occurred_at=command.issued_at
    )
    return Decision((removed,))
