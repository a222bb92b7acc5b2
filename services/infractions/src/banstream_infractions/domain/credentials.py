"""Server keys and tokens: decisions on them, and what their events make of them. Pure."""

from typing import assert_never

from banstream_contracts.commands.credentials import CreateCredential, RevokeCredential, RotateCredential
from banstream_contracts.events.infractions import (
    AnyCredentialEvent,
    CredentialCreated,
    CredentialRevoked,
    CredentialRotated,
)
from banstream_contracts.infractions import Credential
from banstream_infractions.domain.record import TAKEN, Decision, Record, refused


def decide_credential(command: CreateCredential | RotateCredential | RevokeCredential, record: Record) -> Decision:
    """What a command makes of a credential."""
    match command:
        case CreateCredential():
            return _create(command, record)
        case RotateCredential():
            return _rotate(command, record)
        case RevokeCredential():
            return _revoke(command, record)
        case _:
            assert_never(command)


def evolve_credential(credential: Credential | None, event: AnyCredentialEvent, position: int) -> Credential:
    """The credential after an event of it."""
    if isinstance(event, CredentialCreated):
        return Credential(
            id=event.credential_id,
            kind=event.kind,
            name=event.name,
            scopes=event.scopes,
            key_hash=event.key_hash,
            game=event.game,
            created_at=event.occurred_at,
            created_by=event.actor,
            expires_at=event.expires_at,
            review=event.review,
            position=position,
        )
    if credential is None:
        raise LookupError(f"{event.type} of a credential that was never created: {event.credential_id}")
    match event:
        case CredentialRotated():
            return credential.model_copy(update={"key_hash": event.key_hash, "position": position})
        case CredentialRevoked():
            return credential.model_copy(update={"revoked_at": event.occurred_at, "position": position})
        case _:
            assert_never(event)


def _create(command: CreateCredential, record: Record) -> Decision:
    """A credential exists once; making it again changes nothing."""
    if record.credential is not None:
        return Decision() if record.credential.key_hash == command.key_hash else TAKEN
    created = CredentialCreated(
        credential_id=command.credential_id,
        kind=command.kind,
        name=command.name,
        scopes=command.scopes,
        key_hash=command.key_hash,
        game=command.game,
        expires_at=command.expires_at,
        review=command.review,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((created,))


def _rotate(command: RotateCredential, record: Record) -> Decision:
    """A new secret, unless the credential has ended."""
    credential = record.credential
    if credential is None:
        return _unknown_credential(command.credential_id)
    if credential.revoked_at is not None:
        return refused("credential-revoked", "a revoked credential stays revoked; make a new one")
    if credential.key_hash == command.key_hash:
        return Decision()
    rotated = CredentialRotated(
        credential_id=credential.id,
        kind=credential.kind,
        key_hash=command.key_hash,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((rotated,))


def _revoke(command: RevokeCredential, record: Record) -> Decision:
    """The end of a credential; ending it again changes nothing."""
    credential = record.credential
    if credential is None:
        return _unknown_credential(command.credential_id)
    if credential.revoked_at is not None:
        return Decision()
    revoked = CredentialRevoked(
        credential_id=credential.id,
        kind=credential.kind,
        reason=command.reason,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((revoked,))


def _unknown_credential(credential_id: str) -> Decision:
    return refused("unknown-credential", f"no server or token has the id {credential_id}")
