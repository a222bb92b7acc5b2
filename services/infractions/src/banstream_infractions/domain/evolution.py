"""What events make of a record: evolve, fold. Pure; checks no rules."""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from banstream_contracts.erasure import PlayerErased
from banstream_contracts.events.accounts import AccountEvent, SignInEvent
from banstream_contracts.events.admins import AdminRemoved, AdminSet
from banstream_contracts.events.appeals import AppealCodeRenewed, AppealEvent
from banstream_contracts.events.calls import CallClaimed, CallOpened
from banstream_contracts.events.infractions import (
    CredentialCreated,
    CredentialRevoked,
    CredentialRotated,
    InfractionAmended,
    InfractionExpired,
    InfractionImported,
    InfractionIssued,
    InfractionLifted,
    InfractionReinstated,
    InfractionServed,
    KickRequested,
    MessageSent,
    RequestOpened,
)
from banstream_contracts.events.networks import NetworkMarked, NetworkUnmarked
from banstream_contracts.events.requests import RequestApproved, RequestAssigned, RequestCommented, RequestRejected
from banstream_contracts.events.tiering import TieringPolicyRegistered, TieringPolicyUnlinked
from banstream_contracts.evidence import EvidenceAttached
from banstream_contracts.infraction_messages import AnyAccountEvent, AnyAppealEvent, AnyEvent
from banstream_infractions.domain.accounts_states import evolve_account
from banstream_infractions.domain.admins import evolve_admin
from banstream_infractions.domain.appeals_states import evolve_appeal
from banstream_infractions.domain.calls import evolve_call
from banstream_infractions.domain.credentials import evolve_credential
from banstream_infractions.domain.infraction_states import evolve_infraction
from banstream_infractions.domain.networks import evolve_network
from banstream_infractions.domain.record import Erased, Record
from banstream_infractions.domain.requests_states import evolve_request
from banstream_infractions.domain.tiering import evolve_tiering_policy


def evolve(record: Record, event: AnyEvent, position: int) -> Record:
    """Record what happened."""
    match event:
        case (
            InfractionIssued()
            | InfractionImported()
            | InfractionAmended()
            | InfractionLifted()
            | InfractionReinstated()
            | InfractionServed()
            | InfractionExpired()
            | AppealCodeRenewed()
            | EvidenceAttached()
        ):
            infraction = evolve_infraction(record.infractions.get(event.infraction_id), event, position)
            return replace(record, infractions={**record.infractions, event.infraction_id: infraction})
        case CredentialCreated() | CredentialRotated() | CredentialRevoked():
            return replace(record, credential=evolve_credential(record.credential, event, position))
        case AdminSet() | AdminRemoved():
            return replace(record, admin=evolve_admin(record.admin, event, position))
        case TieringPolicyRegistered() | TieringPolicyUnlinked():
            return replace(record, tiering_policy=evolve_tiering_policy(record.tiering_policy, event, position))
        case CallOpened() | CallClaimed():
            return replace(record, call=evolve_call(record.call, event, position))
        case NetworkMarked() | NetworkUnmarked():
            return replace(record, network=evolve_network(record.network, event, position))
        case RequestOpened() | RequestCommented() | RequestAssigned() | RequestApproved() | RequestRejected():
            opened = event if isinstance(event, RequestOpened) else record.opened
            return replace(record, request=evolve_request(record.request, event, position), opened=opened)
        case AppealEvent() | AccountEvent() | PlayerErased():
            return _evolve_person(record, event, position)
        case MessageSent() | KickRequested() | SignInEvent():
            return record
        case _:
            assert_never(event)


def _evolve_person(record: Record, event: AnyAppealEvent | AnyAccountEvent | PlayerErased, position: int) -> Record:
    """The same of what somebody asks for, is or was here."""
    match event:
        case AppealEvent():
            return replace(record, appeal=evolve_appeal(record.appeal, event, position))
        case AccountEvent():
            return replace(record, account=evolve_account(record.account, event, position))
        case PlayerErased():
            return replace(record, erased=Erased(event.occurred_at, position))
        case _:
            assert_never(event)


def fold(events: Iterable[tuple[AnyEvent, int]]) -> Record:
    """The record that events, each with its log position, make."""
    record = Record()
    for event, position in events:
        record = evolve(record, event, position)
    return record
