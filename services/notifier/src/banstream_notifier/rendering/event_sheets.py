"""Messages about everything but infractions: one table says how each field of an event is shown. Pure."""

from collections.abc import Callable, Iterator, Mapping

from banstream_contracts.abuse import Threshold
from banstream_contracts.events.abuse import AbuseThresholdReached
from banstream_contracts.events.accounts import AccountInvited, LockedOut, RoleChanged
from banstream_contracts.events.admins import AdminSet
from banstream_contracts.events.appeals import AppealDecided, AppealOpened
from banstream_contracts.events.ban_files import BanFileDrifted, BanFileFailed, BanFileProtectedMet, BanFileRecovered
from banstream_contracts.events.infractions import CredentialRevoked, CredentialRotated, RequestOpened
from banstream_contracts.events.requests import RequestApproved, RequestRejected
from banstream_contracts.events.tiering import TieringPolicyRegistered, TieringPolicyUnlinked
from banstream_contracts.infractions import Severity
from banstream_contracts.notifier_targets import TargetDisplay
from banstream_contracts.policies import AutomaticBan
from banstream_notifier.envelope import Envelope
from banstream_notifier.rendering.people import ServerNames, server, staff
from banstream_notifier.rendering.sheets import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    YELLOW,
    Code,
    Lasting,
    Listed,
    Moment,
    Phrase,
    Plain,
    Row,
    Sheet,
    Value,
    phrase,
)
from banstream_privacy.visible import clean

TITLES = frozenset(
    {
        *("abuse.detected", "abuse.threshold_reached", "abuse.kick_requested", "abuse.dismissed", "abuse.restored"),
        *("abuse.count_restarted", "abuse.protected", "abuse.unprotected", "policy.set", "policy.removed"),
        *("credential.created", "credential.rotated", "credential.revoked", "request.opened", "server.message_sent"),
        *("player.kick_requested", "target.created", "target.changed", "target.paused", "target.resumed"),
        *("target.broken", "target.removed", "target.test_requested", "target.redelivery_requested"),
        *("request.commented", "request.assigned", "request.approved", "request.rejected"),
        *("appeal.opened", "appeal.answered", "appeal.assigned", "appeal.decided", "appeal.code_renewed"),
        *("admin.set", "admin.removed", "tiering.registered", "tiering.unlinked", "network.marked", "network.unmarked"),
        *("abuse.alert_raised", "log_source.added", "log_source.changed", "log_source.paused"),
        *("log_source.resumed", "log_source.removed"),
        *("ban_file.created", "ban_file.changed", "ban_file.paused", "ban_file.resumed", "ban_file.removed"),
        *("ban_file.sync_requested", "ban_file.host_key_accepted", "ban_file.drifted", "ban_file.protected_met"),
        *("ban_file.refused", "ban_file.failed", "ban_file.recovered"),
        *("player.erased", "abuse.forgotten", "evidence.attached"),
        *("account.invited", "account.invitation_renewed", "account.joined", "account.password_set"),
        *("account.role_changed", "account.totp_enabled", "account.totp_disabled", "account.recovery_codes_renewed"),
        *("account.recovery_code_used", "account.disabled", "account.enabled", "account.sessions_revoked"),
        *("account.signed_in", "account.locked_out"),
    }
)
"""Types that have a title of their own."""

_COLOURS: Mapping[str, int] = {
    "abuse.alert_raised": ORANGE,
    "abuse.kick_requested": YELLOW,
    "player.kick_requested": YELLOW,
    "request.opened": BLUE,
    "request.approved": ORANGE,
    "appeal.opened": BLUE,
    "appeal.answered": BLUE,
    "appeal.decided": GREEN,
    "request.rejected": GREEN,
    "target.broken": RED,
    "ban_file.refused": RED,
    "ban_file.failed": RED,
    "ban_file.recovered": GREEN,
    "ban_file.drifted": YELLOW,
    "ban_file.protected_met": YELLOW,
    "target.resumed": GREEN,
    "target.test_requested": GREEN,
    "credential.revoked": ORANGE,
    "admin.removed": ORANGE,
    "account.locked_out": ORANGE,
    "account.role_changed": BLUE,
}
_NO_LIMIT = 0
"""Of what is to be reviewed whatever the count: no policy has a limit of nothing."""
_OF_THRESHOLD: Mapping[str, int] = {"warn": YELLOW, "kick": ORANGE, "ban": RED}

_WITH_ID: Mapping[str, tuple[str, ...]] = {
    "request": ("request.",),
    "appeal": ("appeal.",),
    "infraction": ("evidence.", "appeal.code_renewed"),
}
_SHOW: Mapping[str, tuple[str, Callable[[str], Value], bool]] = {
    "name": ("label-name", Plain, True),
    "category": ("label-infraction", Code, True),
    "policy_id": ("label-policy", Code, True),
    "network": ("label-network", Code, True),
    "owner": ("label-name", Plain, True),
    "text": ("label-text", Plain, False),
    "assignee": ("label-assignee", Plain, True),
    "address": ("label-address", Code, True),
    "game": ("label-game", Plain, True),
    "host_key": ("label-host-key", Code, False),
}


def sheet_of(told: Envelope, display: TargetDisplay, names: ServerNames) -> Sheet:
    """An event of any type; one of a later release by its type alone."""
    event = told.event
    if event is None or told.type not in TITLES:
        return Sheet(phrase("title-other"), (Row("label-type", Code(told.type)),), GREY, told.stored_at)
    colour = _COLOURS.get(told.type, GREY)
    if isinstance(event, AbuseThresholdReached):
        colour = _OF_THRESHOLD[event.threshold.value]
    elif isinstance(event, RequestApproved) and event.wanted == "lift":
        colour = GREEN
    rows = (
        *_who(told, display),
        *_shown(told, display),
        *_named(told, names),
        *_what(told),
        *_measured(told),
        *_where(told, display, names),
    )
    return Sheet(_title(told), rows, colour, event.occurred_at, _footer(told))


def _title(told: Envelope) -> Phrase:
    asked = {name: told.body.get(name) for name in ("threshold", "wanted")}
    arguments = {name: Plain(each) for name, each in asked.items() if isinstance(each, str)}
    return Phrase(f"title-{told.type.replace('.', '-')}", arguments)


def _footer(told: Envelope) -> Phrase | None:
    """By its id staff decide on a request or an appeal, and find the infraction of what is about one."""
    for about in ("request", "appeal", "infraction"):
        if told.type.startswith(_WITH_ID[about]) and isinstance(found := told.body.get(f"{about}_id"), str):
            return phrase(f"footer-{about}", id=Plain(found))
    return None


def _who(told: Envelope, display: TargetDisplay) -> Iterator[Row]:
    if isinstance(name := told.body.get("player_name"), str) and clean(name):
        yield Row("label-player", Plain(name), is_inline=True)
    player = getattr(told.event, "player", None)
    if player is not None and display.player_id:
        yield Row("label-player-id", Code(str(player)), is_inline=True)


def _what(told: Envelope) -> Iterator[Row]:
    """The reason of an incident is a word of the detectors, that of an appeal one of ours, any other one a sentence."""
    if isinstance(told.event, AppealOpened):
        yield Row("label-reason", phrase(f"appeal-{told.event.reason.value}"))
        return
    if isinstance(told.event, AppealDecided):
        yield Row("label-verdict", phrase(f"verdict-{told.event.verdict.value}"), is_inline=True)
    reason = told.body.get("reason")
    if not isinstance(reason, str):
        return
    if told.type in {"abuse.detected", "abuse.threshold_reached"}:
        yield Row("label-infraction", Code(reason), is_inline=True)
    else:
        yield Row("label-reason", Plain(reason, links=True))


def _named(told: Envelope, names: ServerNames) -> Iterator[Row]:
    """Which credential, account or tiering policy it is, what a person may do, what staff are asked for."""
    event = told.event
    if isinstance(event, CredentialRotated | CredentialRevoked):
        yield Row("label-name", server(event.credential_id, names), is_inline=True)
    elif isinstance(event, RequestOpened | RequestApproved | RequestRejected):
        yield Row("label-wanted", phrase(f"wanted-{event.wanted}"), is_inline=True)
    elif isinstance(account_id := told.body.get("account_id"), str):
        yield from _of_account(event, account_id)
    elif isinstance(event, AdminSet):
        rights = Listed(tuple(Code(right.value) for right in event.rights), between=" ")
        yield Row("label-rights", rights if event.rights else Plain("-"))
    elif isinstance(event, TieringPolicyRegistered):
        yield Row("label-tiering", Plain(event.terms.name), is_inline=True)
    elif isinstance(event, TieringPolicyUnlinked):
        yield Row("label-tiering", Code(event.tiering_policy_id), is_inline=True)


def _of_account(event: object, account_id: str) -> Iterator[Row]:
    """By the id that its page in the console has."""
    yield Row("label-account", Code(account_id), is_inline=True)
    if isinstance(event, AccountInvited):
        yield Row("label-role", Code(event.role.value), is_inline=True)
    elif isinstance(event, RoleChanged):
        roles = (Code(event.was.value), Code(event.role.value))
        yield Row("label-role", Listed(roles, between=" → "), is_inline=True)
    elif isinstance(event, LockedOut):
        yield Row("label-ends", Moment(event.locked_until), is_inline=True)


def _shown(told: Envelope, display: TargetDisplay) -> Iterator[Row]:
    for field, (label, show, is_inline) in _SHOW.items():
        if not display.staff and (field == "assignee" or isinstance(told.event, AccountInvited)):
            continue
        if isinstance(value := told.body.get(field), str) and clean(value):
            yield Row(label, show(value), is_inline)


def _measured(told: Envelope) -> Iterator[Row]:
    count, limit = told.body.get("count"), told.body.get("limit")
    if isinstance(severity := getattr(told.event, "severity", None), Severity):
        yield Row("label-severity", phrase(f"severity-{severity.value}"), is_inline=True)
    if isinstance(count, int) and limit != _NO_LIMIT:
        counted = phrase("count-of", count=count, limit=limit) if isinstance(limit, int) else Plain(str(count))
        yield Row("label-count", counted, is_inline=True)
    if incidents := told.body.get("incident_ids"):
        yield Row("label-incidents", Plain(str(len(incidents))), is_inline=True)
    if isinstance(event := told.event, BanFileDrifted):
        changed = phrase("drift-of", missing=event.missing, changed=event.changed)
        repaired = phrase("drift-repaired" if event.repaired else "drift-left")
        yield Row("label-lines", Listed((changed, repaired), between="\n"), is_inline=True)
    elif isinstance(event, BanFileProtectedMet):
        yield Row("label-bans", Plain(str(len(event.infraction_ids))), is_inline=True)
    elif isinstance(event, BanFileFailed | BanFileRecovered):
        yield Row("label-out-of-step", Moment(event.since), is_inline=True)
    elif isinstance(event, AbuseThresholdReached):
        yield Row("label-action", _action(event), is_inline=True)
    ban = getattr(told.event, "ban", None) or getattr(told.event, "suggested", None)
    if isinstance(ban, AutomaticBan):
        label = "label-duration" if _is_issued(told.event) else "label-suggested"
        yield Row(label, Lasting(ban.duration_seconds), is_inline=True)


def _action(event: AbuseThresholdReached) -> Value:
    """What follows of a threshold; a warning is the game's to show, and of a kick that is not ours it is told."""
    if event.withheld:
        return phrase(f"withheld-{event.withheld}")
    if event.action == "none" and event.threshold is not Threshold.WARN:
        action = phrase("action-told")
    elif event.action == "ban" and event.request_id:
        action = phrase("action-ban-reviewed")
    else:
        action = phrase(f"action-{event.action}")
    is_explained = event.under_review and event.threshold is not Threshold.WARN
    return Listed((action, phrase("action-unsure")), between="\n") if is_explained else action


def _is_issued(event: object) -> bool:
    """Whether a ban that an event shows comes to be without anybody's approval."""
    return isinstance(event, AbuseThresholdReached) and event.action == "ban" and event.withheld is None


def _where(told: Envelope, display: TargetDisplay, names: ServerNames) -> Iterator[Row]:
    server_id = told.body.get("server_id")
    if isinstance(server_id, str):
        yield Row("label-server", server(server_id, names), is_inline=True)
    actor = getattr(told.event, "actor", None)
    if actor is not None and display.staff and actor.kind != "system":
        yield Row("label-by", staff(actor), is_inline=True)
