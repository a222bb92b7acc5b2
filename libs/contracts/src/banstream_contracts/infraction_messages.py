"""All that infractions is told and tells: the union of its commands, and of its events."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from banstream_contracts.account_commands import (
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
from banstream_contracts.account_events import (
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
from banstream_contracts.admin_commands import RemoveAdmin, SetAdmin
from banstream_contracts.admin_events import AdminRemoved, AdminSet
from banstream_contracts.appeal_commands import (
    AnswerAppeal,
    AssignAppeal,
    DecideAppeal,
    OpenAppeal,
    RenewAppealCode,
)
from banstream_contracts.appeal_events import (
    AppealAnswered,
    AppealAssigned,
    AppealCodeRenewed,
    AppealDecided,
    AppealOpened,
)
from banstream_contracts.call_commands import CallAdmin, ClaimCall
from banstream_contracts.call_events import CallClaimed, CallOpened
from banstream_contracts.commands import (
    AmendInfraction,
    CreateCredential,
    IssueInfraction,
    LiftInfraction,
    LiftRestrictions,
    OpenRequest,
    ReinstateInfraction,
    RequestKick,
    RevokeCredential,
    RotateCredential,
    SendMessage,
    ServeTime,
)
from banstream_contracts.erasure import ErasePlayer, PlayerErased
from banstream_contracts.events import (
    AnyCredentialEvent,
    AnyInfractionEvent,
    KickRequested,
    MessageSent,
    RequestOpened,
)
from banstream_contracts.evidence import AttachEvidence, EvidenceAttached
from banstream_contracts.infractions import LATE
from banstream_contracts.network_commands import MarkNetworks, UnmarkNetworks
from banstream_contracts.network_events import NetworkMarked, NetworkUnmarked
from banstream_contracts.request_commands import ApproveRequest, AssignRequest, CommentRequest, RejectRequest
from banstream_contracts.request_events import RequestApproved, RequestAssigned, RequestCommented, RequestRejected
from banstream_contracts.tiering_commands import IssueByPolicy, RegisterTieringPolicy, UnlinkTieringPolicy
from banstream_contracts.tiering_events import TieringPolicyRegistered, TieringPolicyUnlinked

AnyCommand = Annotated[
    IssueInfraction
    | AmendInfraction
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
