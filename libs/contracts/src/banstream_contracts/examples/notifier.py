"""One instance of every message of the notifier."""

from typing import Any

from pydantic import BaseModel

from banstream_contracts.commands import notifier as notifier_commands
from banstream_contracts.events import notifier as notifier_events
from banstream_contracts.examples import parts
from banstream_contracts.infractions import (
    Scope,
    Severity,
)
from banstream_contracts.notifier_targets import Target, TargetDisplay, TargetFilters, TargetKind, TargetStatus
from banstream_contracts.queries import notifier as notifier_queries

_TARGET_ID = "01948f6e79f0ddddeeeeffff"
_shown: dict[str, Any] = {
    "filters": TargetFilters(
        events=("infraction.*", "target.broken"),
        severities=(Severity.HIGH, Severity.CRITICAL),
        servers=(parts.SERVER_ID,),
        scopes=(Scope.GLOBAL,),
    ),
    "language": "pt-BR",
    "display": TargetDisplay(
        player_id=False,
        evidence=False,
        staff=False,
        edits=False,
        footer="Serv Brasil Sul",
        username="banstream",
        thread_id="1187654321098765432",
    ),
}
_ADDRESS = "https://discord.com/…x9Zk"
_told: dict[str, Any] = {"target_id": _TARGET_ID, "name": "Bans in Discord"}
_secrets: dict[str, Any] = {"sealed_url": parts.SEALED, "sealed_secret": parts.SEALED}
target = Target(
    id=_TARGET_ID,
    name="Bans in Discord",
    kind=TargetKind.DISCORD,
    address=_ADDRESS,
    status=TargetStatus.BROKEN,
    broken_reason="404: Unknown Webhook",
    created_at=parts.AT,
    created_by=parts.actor,
    changed_at=parts.LATER,
    version=4,
    **_shown,
)
_progress = notifier_queries.TargetProgress(
    delivered=156, last_delivered_at=parts.AT, failing_since=parts.LATER, last_error="404: Unknown Webhook"
)
_delivery = notifier_queries.Delivery(
    event_id=parts.EVENT_ID,
    event_type="infraction.issued",
    status=notifier_queries.DeliveryStatus.DONE,
    first_at=parts.AT,
    last_at=parts.LATER,
    tries=2,
    message_id="1187654321098765433",
    attempts=(notifier_queries.Attempt(at=parts.AT, seconds=0.25, answer=503, error="503: try again"),),
)
_UNREADABLE = "target.kind: Input should be 'discord' or 'webhook'"
EXAMPLES: tuple[BaseModel, ...] = (
    notifier_commands.CreateTarget(**_told, kind=TargetKind.DISCORD, **_secrets, **_shown, **parts.asked),
    notifier_commands.ChangeTarget(**_told, **_secrets, **_shown, **parts.asked),
    notifier_commands.PauseTarget(target_id=_TARGET_ID, reason="channel is being moved", **parts.asked),
    notifier_commands.ResumeTarget(target_id=_TARGET_ID, **parts.asked),
    notifier_commands.RemoveTarget(target_id=_TARGET_ID, reason="channel is gone", **parts.asked),
    notifier_commands.TestTarget(target_id=_TARGET_ID, **parts.asked),
    notifier_commands.RedeliverDelivery(target_id=_TARGET_ID, event_id=parts.EVENT_ID, **parts.asked),
    notifier_commands.BreakTarget(target_id=_TARGET_ID, reason="404: Unknown Webhook", seen_version=3, **parts.asked),
    notifier_events.TargetCreated(
        kind=TargetKind.DISCORD, address=_ADDRESS, **_told, **_secrets, **_shown, **parts.occurred
    ),
    notifier_events.TargetChanged(address=_ADDRESS, **_told, **_secrets, **_shown, **parts.occurred),
    notifier_events.TargetPaused(reason="channel is being moved", **_told, **parts.occurred),
    notifier_events.TargetResumed(**_told, **parts.occurred),
    notifier_events.TargetBroken(reason="404: Unknown Webhook", **_told, **parts.occurred),
    notifier_events.TargetRemoved(reason="channel is gone", **_told, **parts.occurred),
    notifier_events.TargetTestRequested(**_told, **parts.occurred),
    notifier_events.TargetRedeliveryRequested(event_id=parts.EVENT_ID, sequence=4711, **_told, **parts.occurred),
    notifier_queries.GetTarget(target_id=_TARGET_ID),
    notifier_queries.ListTargets(cursor=parts.cursor, limit=20),
    notifier_queries.TargetFound(target=target, progress=_progress, unreadable=_UNREADABLE),
    notifier_queries.TargetPage(
        items=(notifier_queries.TargetFound(target=target, progress=_progress, unreadable=_UNREADABLE),),
        next=parts.cursor,
        unreadable=(_TARGET_ID,),
    ),
    notifier_queries.ListDeliveries(
        target_id=_TARGET_ID,
        status=notifier_queries.DeliveryStatus.DEAD,
        event_id=parts.EVENT_ID,
        cursor=parts.cursor,
        limit=20,
    ),
    notifier_queries.DeliveryPage(items=(_delivery,), next=parts.cursor),
)
