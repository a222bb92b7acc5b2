"""What becomes of a command: sent to the reply subject it names, and kept for the same command coming again."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from banstream_contracts.abuse import IncidentResult, PlayerAbuse
from banstream_contracts.admins import Admin
from banstream_contracts.appeals import Appeal
from banstream_contracts.ban_files import BanFile
from banstream_contracts.calls import AdminCall
from banstream_contracts.infractions import Contract, Credential, Infraction, Standing
from banstream_contracts.log_sources import LogSource
from banstream_contracts.notifier_targets import Target
from banstream_contracts.policies import PolicyVersion
from banstream_contracts.text import KeyHash, ShortId
from banstream_contracts.tiering import TieringPolicy

RefusalCode = Literal[
    "unknown-infraction",
    "unknown-credential",
    "not-in-force",
    "not-lifted",
    "ended",
    "other-server",
    "invalid-change",
    "credential-revoked",
    "idempotency-key-reused",
    "unknown-incident",
    "unknown-policy",
    "policy-changed",
    "server-taken",
    "invalid-policy",
    "unknown-target",
    "invalid-target",
    "target-stopped",
    "unknown-delivery",
    "unknown-ban-file",
    "invalid-ban-file",
    "ban-file-stopped",
    "insufficient-rights",
    "immune",
    "unknown-admin",
    "unknown-tiering-policy",
    "cooling-down",
    "blocked",
    "no-open-call",
    "unknown-request",
    "request-decided",
    "unknown-player",
    "still-restricted",
    "restricted-meanwhile",
    "tier-changed",
    "changed-here",
    "infraction-changed",
    "unknown-appeal",
    "appeal-open",
    "appeal-decided",
    "appeal-full",
    "own-infraction",
    "unknown-log-source",
    "invalid-log-source",
    "unknown-account",
    "account-exists",
    "account-disabled",
    "not-joined",
    "last-owner",
    "invalid-invitation",
    "invalid-recovery-code",
    "failed",
]


class Refusal(Contract):
    """Why a command was not carried out; `failed` means dead-lettered, an operator can retry it.

    `retry_after_seconds` is how long a refusal holds that time alone ends.
    """

    code: RefusalCode
    message: str
    retry_after_seconds: int | None = None


class LiftCounts(Contract):
    """What became of the infractions in force that a removal looked at; `kept` are those the actor may not touch."""

    considered: int
    lifted: int
    kept: int


class CommandResult(Contract):
    """The outcome of one command.

    `status`: `applied` (events were written), `unchanged` (nothing to do), `refused` (see `refusal`).
    `position` is the log position that holds its effect. `standings` (by KV key) are those that it touched,
    so that the gateway which asked shows its own write at once; they are not kept.
    Of the abuse tracker's commands: `incidents` in the order reported, `abuse` the player, `policy` as it holds now.
    `target` is what a command of the notifier made of it; `admin`, `tiering_policy` and `call` what one about them did.
    `counts` is of a removal, `ban_file` what a command of ftp-sync made of it, `log_source` what one of the feed did.
    `networks_changed` is how many networks a command marked or unmarked. `appeal` is without what was said.
    """

    command_id: UUID
    status: Literal["applied", "unchanged", "refused"]
    position: int
    refusal: Refusal | None = None
    infractions: tuple[Infraction, ...] = ()
    credential: Credential | None = None
    fingerprint: KeyHash | None = None
    standings: dict[str, Standing] = Field(default_factory=dict)
    request_id: ShortId | None = None
    incidents: tuple[IncidentResult, ...] = ()
    abuse: PlayerAbuse | None = None
    policy: PolicyVersion | None = None
    target: Target | None = None
    ban_file: BanFile | None = None
    log_source: LogSource | None = None
    counts: LiftCounts | None = None
    admin: Admin | None = None
    tiering_policy: TieringPolicy | None = None
    call: AdminCall | None = None
    networks_changed: int | None = None
    appeal: Appeal | None = None
