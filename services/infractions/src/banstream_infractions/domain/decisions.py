"""What a command makes of a record: in whose name it comes, then whose decision it is. Pure."""

from datetime import datetime
from types import MappingProxyType
from typing import TypeVar, assert_never

from banstream_contracts.commands.accounts import AccountCommand
from banstream_contracts.commands.admins import RemoveAdmin, SetAdmin
from banstream_contracts.commands.calls import CallAdmin, ClaimCall
from banstream_contracts.commands.command import Command
from banstream_contracts.commands.credentials import CreateCredential, RevokeCredential, RotateCredential
from banstream_contracts.commands.exempting import ExemptPlayer
from banstream_contracts.commands.infractions import (
    AmendInfraction,
    ImportInfraction,
    IssueInfraction,
    LiftInfraction,
    LiftRestrictions,
    OpenRequest,
    ReinstateInfraction,
    ServeTime,
)
from banstream_contracts.commands.networks import MarkNetworks, UnmarkNetworks
from banstream_contracts.commands.playing import RequestKick, SendMessage
from banstream_contracts.commands.tiering import IssueByPolicy, RegisterTieringPolicy, UnlinkTieringPolicy
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.evidence import AttachEvidence
from banstream_contracts.infraction_messages import AnyCommand
from banstream_infractions.domain.accounts import decide_account
from banstream_infractions.domain.address_ages import aged
from banstream_infractions.domain.admins import decide_admin
from banstream_infractions.domain.amending import amend
from banstream_infractions.domain.appeals import AnyAppealCommand, decide_appeal
from banstream_infractions.domain.calls import decide_call
from banstream_infractions.domain.credentials import decide_credential
from banstream_infractions.domain.erasing import erase
from banstream_infractions.domain.evidence import attach
from banstream_infractions.domain.exempting import exempt
from banstream_infractions.domain.giving import giving_too_much
from banstream_infractions.domain.importing import import_infraction
from banstream_infractions.domain.issuing import issue
from banstream_infractions.domain.lifting import lift, lift_restrictions
from banstream_infractions.domain.networks import decide_networks
from banstream_infractions.domain.record import Context, Decision, Record
from banstream_infractions.domain.reinstating import reinstate
from banstream_infractions.domain.requests import decide_request
from banstream_infractions.domain.requests_review import ReviewCommand, decide_review
from banstream_infractions.domain.rights import Authority, authority_of, lacking_for
from banstream_infractions.domain.serving import serve
from banstream_infractions.domain.terms import Terms
from banstream_infractions.domain.tier_issuing import issue_by_policy
from banstream_infractions.domain.tiering import decide_tiering

InfractionsCommand = (
    IssueInfraction
    | ImportInfraction
    | IssueByPolicy
    | AmendInfraction
    | ExemptPlayer
    | LiftInfraction
    | LiftRestrictions
    | ReinstateInfraction
    | ServeTime
    | AttachEvidence
)
OtherCommand = (
    SetAdmin
    | RemoveAdmin
    | RegisterTieringPolicy
    | UnlinkTieringPolicy
    | CallAdmin
    | ClaimCall
    | MarkNetworks
    | UnmarkNetworks
    | CreateCredential
    | RotateCredential
    | RevokeCredential
    | OpenRequest
    | SendMessage
    | RequestKick
    | ErasePlayer
)

Named = TypeVar("Named", bound=Command)

_NO_CONTEXT: Context = MappingProxyType({})
_DEFAULT_TERMS = Terms()


def decide(
    command: AnyCommand,
    record: Record,
    now: datetime,
    context: Context = _NO_CONTEXT,
    terms: Terms = _DEFAULT_TERMS,
) -> Decision:
    """What a command makes of the record of its own stream, seeing those of its context.

    The same command on what it made yields no event.
    """
    if isinstance(command, AccountCommand):
        return decide_account(command, record, now, context)
    authority = authority_of(command, context)
    if isinstance(authority, Decision):
        return authority
    lacking = lacking_for(command, record, authority) or giving_too_much(command, record, authority, context)
    if lacking:
        return lacking
    named = _named(command, authority)
    if isinstance(named, AnyAppealCommand):
        return decide_appeal(named, record, now, authority, context, terms.appeals)
    return aged(command, _decided(named, record, now, authority, context), record, terms.address_seconds)


def _decided(
    command: InfractionsCommand | ReviewCommand | OtherCommand,
    record: Record,
    now: datetime,
    authority: Authority,
    context: Context,
) -> Decision:
    if isinstance(command, InfractionsCommand):
        return _of_infractions(command, record, now, authority, context)
    if isinstance(command, ReviewCommand):
        return decide_review(command, record, now, authority, context)
    return _of_others(command, record, now, context)


def _named(command: Named, authority: Authority) -> Named:
    """The command with the name that the admin is recorded under, whatever the server sent."""
    if authority.admin is None:
        return command
    return command.model_copy(update={"actor": command.actor.model_copy(update={"name": authority.admin.name})})


def _of_infractions(
    command: InfractionsCommand, record: Record, now: datetime, authority: Authority, context: Context
) -> Decision:
    match command:
        case IssueInfraction() | ImportInfraction() | IssueByPolicy():
            return _of_new_ones(command, record, now, authority, context)
        case AmendInfraction():
            return amend(command, record, authority, context)
        case ExemptPlayer():
            return exempt(command, record, authority, context)
        case LiftInfraction():
            return lift(command, record, authority)
        case LiftRestrictions():
            return lift_restrictions(command, record, now, authority, context)
        case ReinstateInfraction():
            return reinstate(command, record, now, authority, context)
        case ServeTime():
            return serve(command, record, now)
        case AttachEvidence():
            return attach(command, record, authority)
        case _:
            assert_never(command)


def _of_new_ones(
    command: IssueInfraction | ImportInfraction | IssueByPolicy,
    record: Record,
    now: datetime,
    authority: Authority,
    context: Context,
) -> Decision:
    match command:
        case IssueInfraction():
            return issue(command, record, now, authority, context)
        case ImportInfraction():
            return import_infraction(command, record, authority, context)
        case IssueByPolicy():
            return issue_by_policy(command, record, authority, context)
        case _:
            assert_never(command)


def _of_others(command: OtherCommand, record: Record, now: datetime, context: Context) -> Decision:
    match command:
        case SetAdmin() | RemoveAdmin():
            return decide_admin(command, record)
        case RegisterTieringPolicy() | UnlinkTieringPolicy():
            return decide_tiering(command, record)
        case CallAdmin() | ClaimCall():
            return decide_call(command, record, now, context)
        case MarkNetworks() | UnmarkNetworks():
            return decide_networks(command, record, context)
        case CreateCredential() | RotateCredential() | RevokeCredential():
            return decide_credential(command, record)
        case OpenRequest() | SendMessage() | RequestKick():
            return decide_request(command, record)
        case ErasePlayer():
            return erase(command, record, now, context)
        case _:
            assert_never(command)
