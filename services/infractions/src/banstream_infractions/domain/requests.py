"""Requests for review, and what is asked of game servers: decisions, and what their events make of them. Pure."""

from typing import assert_never

from banstream_contracts.commands.infractions import OpenRequest
from banstream_contracts.commands.playing import RequestKick, SendMessage
from banstream_contracts.events.infractions import KickRequested, MessageSent, RequestOpened
from banstream_infractions.domain.record import TAKEN, Decision, Record


def decide_request(command: OpenRequest | SendMessage | RequestKick, record: Record) -> Decision:
    """What a command asks of staff or of game servers."""
    match command:
        case OpenRequest():
            return _open(command, record)
        case SendMessage():
            return _send(command)
        case RequestKick():
            return _kick(command)
        case _:
            assert_never(command)


def _open(command: OpenRequest, record: Record) -> Decision:
    """A request is opened once."""
    if record.request is not None:
        return Decision() if record.request.player == command.player else TAKEN
    request = RequestOpened(
        request_id=command.request_id,
        player=command.player,
        reason=command.reason,
        server_id=command.server_id,
        incident_id=command.incident_id,
        suggested=command.suggested,
        wanted=command.wanted,
        player_name=command.player_name,
        sealed_name=command.sealed_name,
        address_hash=command.address.hash if command.address else None,
        sealed_address=command.address.sealed if command.address else None,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((request,))


def _send(command: SendMessage) -> Decision:
    """Said, and no more: whether a game server shows it is up to that."""
    sent = MessageSent(
        message_id=command.message_id,
        text=command.text,
        server_id=command.server_id,
        player=command.player,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((sent,))


def _kick(command: RequestKick) -> Decision:
    """Asked, and no more: a kick leaves nothing in force."""
    requested = KickRequested(
        player=command.player,
        reason=command.reason,
        server_id=command.server_id,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((requested,))
