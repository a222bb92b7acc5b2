"""All that infractions is told and tells: the union of its commands, and of its events."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from banstream_contracts.commands.accounts import (
    ChangeRole,
    DisableAccount,
    DisableTotp,
    EnableAccount,
    EnableTotp,
    InviteAccount,
    JoinAccount,
    RecordLockout,
    RecordSignIn,
    RenewInvitation,
    RenewRecoveryCodes,
    RevokeSessions,
    SetPassword,
    UseRecoveryCode,
)
from banstream_contracts.commands.admins import RemoveAdmin, SetAdmin
from banstream_contracts.commands.appeals import (
    AnswerAppeal,
    AssignAppeal,
    DecideAppeal,
    OpenAppeal,
    RenewAppealCode,
)
from banstream_contracts.commands.calls import CallAdmin, ClaimCall
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
from banstream_contracts.commands.requests import ApproveRequest, AssignRequest, CommentRequest, RejectRequest
from banstream_contracts.commands.tiering import IssueByPolicy, RegisterTieringPolicy, UnlinkTieringPolicy
from banstream_contracts.erasure import ErasePlayer, PlayerErased
from banstream_contracts.events.accounts import (
    AccountDisabled,
    AccountEnabled,
    AccountInvited,
    AccountJoined,
    InvitationRenewed,
    LockedOut,
    PasswordSet,
    RecoveryCodesRenewed,
    RecoveryCodeUsed,
    RoleChanged,
    SessionsRevoked,
    SignedIn,
    TotpDisabled,
    TotpEnabled,
)
from banstream_contracts.events.admins import AdminRemoved, AdminSet
from banstream_contracts.events.appeals import (
    AppealAnswered,
    AppealAssigned,
    AppealCodeRenewed,
    AppealDecided,
    AppealOpened,
)
from banstream_contracts.events.calls import CallClaimed, CallOpened
from banstream_contracts.events.infractions import (
    AnyCredentialEvent,
    AnyInfractionEvent,
    KickRequested,
    MessageSent,
    RequestOpened,
)
from banstream_contracts.events.networks import NetworkMarked, NetworkUnmarked
from banstream_contracts.events.requests import RequestApproved, RequestAssigned, RequestCommented, RequestRejected
from banstream_contracts.events.tiering import TieringPolicyRegistered, TieringPolicyUnlinked
from banstream_contracts.evidence import AttachEvidence, EvidenceAttached
from banstream_contracts.infractions import LATE

AnyCommand = Annotated[
    IssueInfraction
    | ImportInfraction
    | AmendInfraction
    | ExemptPlayer
    | LiftInfraction
    | LiftRestrictions
    | ReinstateInfraction
    | ServeTime
    | IssueByPolicy
    | RegisterTieringPolicy
    | UnlinkTieringPolicy
    | SetAdmin
    | RemoveAdmin
    | CallAdmin
    | ClaimCall
    | MarkNetworks
    | UnmarkNetworks
    | CreateCredential
    | RotateCredential
    | RevokeCredential
    | OpenRequest
    | CommentRequest
    | AssignRequest
    | ApproveRequest
    | RejectRequest
    | OpenAppeal
    | AnswerAppeal
    | AssignAppeal
    | DecideAppeal
    | RenewAppealCode
    | SendMessage
    | RequestKick
    | ErasePlayer
    | AttachEvidence
    | InviteAccount
    | RenewInvitation
    | JoinAccount
    | SetPassword
    | ChangeRole
    | EnableTotp
    | DisableTotp
    | RenewRecoveryCodes
    | UseRecoveryCode
    | DisableAccount
    | EnableAccount
    | RevokeSessions
    | RecordSignIn
    | RecordLockout,
    Field(discriminator="type"),
]
COMMAND: TypeAdapter[AnyCommand] = TypeAdapter(AnyCommand, config=LATE)
"""Reads the commands of infractions."""

AnyAdminEvent = AdminSet | AdminRemoved
AnyTieringEvent = TieringPolicyRegistered | TieringPolicyUnlinked
AnyCallEvent = CallOpened | CallClaimed
AnyNetworkEvent = NetworkMarked | NetworkUnmarked
AnyRequestEvent = RequestCommented | RequestAssigned | RequestApproved | RequestRejected
AnyAppealEvent = AppealOpened | AppealAnswered | AppealAssigned | AppealDecided
AnyServerEvent = RequestOpened | MessageSent | KickRequested | PlayerErased
AnyAccountEvent = (
    AccountInvited
    | InvitationRenewed
    | AccountJoined
    | PasswordSet
    | RoleChanged
    | TotpEnabled
    | TotpDisabled
    | RecoveryCodesRenewed
    | RecoveryCodeUsed
    | AccountDisabled
    | AccountEnabled
    | SessionsRevoked
)
AnySignInEvent = SignedIn | LockedOut
AnyEvent = Annotated[
    AnyInfractionEvent
    | AnyCredentialEvent
    | AnyAdminEvent
    | AnyTieringEvent
    | AnyCallEvent
    | AnyNetworkEvent
    | AnyServerEvent
    | AnyRequestEvent
    | AnyAppealEvent
    | AppealCodeRenewed
    | EvidenceAttached
    | AnyAccountEvent
    | AnySignInEvent,
    Field(discriminator="type"),
]
EVENT: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent, config=LATE)
"""Reads the log of infractions."""
