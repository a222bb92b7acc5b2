"""One instance of every message with every field set, for golden files and documentation."""

from collections.abc import Iterable

from pydantic import BaseModel

from banstream_contracts import erasure, results
from banstream_contracts.abuse import IncidentResult, Threshold
from banstream_contracts.commands import credentials, playing
from banstream_contracts.commands import infractions as commands
from banstream_contracts.commands.exempting import ExemptPlayer
from banstream_contracts.entries import LogPosition
from banstream_contracts.events import infractions as events
from banstream_contracts.events.event import stored
from banstream_contracts.examples import (
    abuse,
    accounts,
    admins,
    appeals,
    audit,
    ban_files,
    ban_list,
    imports,
    linked,
    log_sources,
    networks,
    notifier,
    parts,
    past,
    presence,
    requests,
    search,
    undoing,
    wall,
)
from banstream_contracts.infractions import (
    Lifetime,
    Punishment,
    Scope,
)
from banstream_contracts.public_events import published
from banstream_contracts.queries import infractions as queries
from banstream_contracts.queries import query
from banstream_contracts.sealed import SealedAddress

_result = results.CommandResult(
    command_id=parts.COMMAND_ID,
    status="refused",
    position=parts.POSITION,
    refusal=results.Refusal(code="cooling-down", message="the server called an admin already", retry_after_seconds=42),
    infractions=(parts.infraction,),
    credential=parts.credential,
    fingerprint=parts.FINGERPRINT,
    standings={parts.player.token: parts.standing},
    request_id=parts.REQUEST_ID,
    incidents=(
        IncidentResult(
            reported_id="2d0d5ad5-6c3e-44e4-9b43-0d9be5c1f1f4",
            incident_id=parts.INCIDENT_ID,
            status="recorded",
            count=10,
            thresholds=(Threshold.BAN,),
            message="recorded",
            withheld="shadow",
        ),
    ),
    abuse=parts.abuse,
    policy=parts.policy,
    target=notifier.target,
    log_source=log_sources.source,
    ban_file=ban_files.ban_file,
    networks_changed=2,
    appeal=appeals.appeal,
    counts=results.LiftCounts(considered=4, lifted=2, kept=1),
    admin=admins.admin,
    tiering_policy=admins.tiering_policy,
    call=admins.call,
)
_lifted = events.InfractionLifted(
    punishments=(Punishment.BAN,),
    remaining=(Punishment.VOICE_BLOCK,),
    ended=False,
    reason="appeal granted",
    import_id=parts.IMPORT_ID,
    **parts.about,
    **parts.where,
    **parts.occurred,
)
_history_entry = queries.HistoryEntry(
    position=parts.POSITION,
    event_id=parts.EVENT_ID,
    type=_lifted.type,
    occurred_at=parts.AT,
    recorded_at=parts.AT,
    actor=parts.actor,
    event=published(stored(_lifted)),
)


def _by_model(instances: Iterable[BaseModel]) -> dict[type[BaseModel], BaseModel]:
    return {type(instance): instance for instance in instances}


EXAMPLES = _by_model(
    [
        commands.IssueInfraction(
            infraction_id=parts.INFRACTION_ID,
            player=parts.player,
            sealed_name=parts.SEALED,
            address=SealedAddress(hash=parts.ADDRESS_HASH, sealed=parts.SEALED),
            address_duration_seconds=2_592_000,
            address_ends_with_it=True,
            unless_in_force=True,
            seen_in_force=(parts.INFRACTION_ID,),
            unless_banned_since=parts.AT,
            policy_id="default",
            **parts.offence,
            **parts.asked,
        ),
        commands.AmendInfraction(
            infraction_id=parts.INFRACTION_ID,
            changes=parts.changes,
            seen_position=parts.POSITION,
            as_imported=True,
            **parts.asked,
        ),
        ExemptPlayer(infraction_id=parts.INFRACTION_ID, player=parts.exempt, is_exempt=False, **parts.asked),
        commands.LiftInfraction(
            infraction_id=parts.INFRACTION_ID,
            reason="appeal granted",
            import_id=parts.IMPORT_ID,
            seen_position=parts.POSITION,
            **parts.asked,
        ),
        commands.LiftRestrictions(
            player=parts.player,
            reason="appeal granted",
            punishments=parts.PUNISHMENTS,
            scopes=(Scope.SERVER, Scope.GLOBAL),
            server_id=parts.SERVER_ID,
            include_other_servers=False,
            with_warnings=True,
            address_hash=parts.ADDRESS_HASH,
            other_address_hashes=(parts.KEY_HASH,),
            **parts.asked,
        ),
        commands.ReinstateInfraction(
            infraction_id=parts.INFRACTION_ID,
            reason="appeal withdrawn",
            changes=parts.changes,
            seen_position=parts.POSITION,
            as_imported=True,
            **parts.asked,
        ),
        credentials.CreateCredential(credential_id=parts.SERVER_ID, **parts.credential_shape, **parts.asked),
        credentials.RotateCredential(credential_id=parts.SERVER_ID, key_hash=parts.KEY_HASH, **parts.asked),
        credentials.RevokeCredential(credential_id=parts.SERVER_ID, reason="server closed", **parts.asked),
        events.InfractionIssued(
            sealed_name=parts.SEALED,
            sealed_address=parts.SEALED,
            address_expires_at=parts.LATER,
            expires_at=parts.LATER,
            policy_id="default",
            **parts.tiered,
            **parts.offence,
            **parts.about,
            **parts.occurred,
        ),
        events.InfractionAmended(
            changes=parts.changes,
            lifetime=Lifetime.TIMED,
            expires_at=parts.LATER,
            time_left_seconds=86_400,
            removed=(Punishment.CHAT_BLOCK,),
            as_imported=True,
            **parts.about,
            **parts.where,
            **parts.occurred,
        ),
        _lifted,
        events.InfractionReinstated(
            punishments=parts.PUNISHMENTS,
            reason="appeal withdrawn",
            as_imported=True,
            **parts.about,
            **parts.where,
            **parts.occurred,
        ),
        events.InfractionExpired(punishments=parts.PUNISHMENTS, **parts.about, **parts.where, **parts.occurred),
        events.CredentialCreated(credential_id=parts.SERVER_ID, **parts.credential_shape, **parts.occurred),
        events.CredentialRotated(
            credential_id=parts.SERVER_ID, kind="server", key_hash=parts.KEY_HASH, **parts.occurred
        ),
        events.CredentialRevoked(
            credential_id=parts.SERVER_ID, kind="server", reason="server closed", **parts.occurred
        ),
        commands.OpenRequest(
            address=SealedAddress(hash=parts.ADDRESS_HASH, sealed=parts.SEALED), **parts.opened, **parts.asked
        ),
        playing.SendMessage(**parts.message, **parts.asked),
        playing.RequestKick(player=parts.player, reason="idle", server_id=parts.SERVER_ID, **parts.asked),
        events.RequestOpened(
            address_hash=parts.ADDRESS_HASH, sealed_address=parts.SEALED, **parts.opened, **parts.occurred
        ),
        events.MessageSent(**parts.message, **parts.occurred),
        events.KickRequested(player=parts.player, reason="idle", server_id=parts.SERVER_ID, **parts.occurred),
        erasure.ErasePlayer(player=parts.player, reason="asked for", lift=True, seen_at=parts.AT, **parts.asked),
        erasure.PlayerErased(
            player=parts.player,
            reason="asked for",
            address_hashes=(parts.ADDRESS_HASH,),
            infraction_ids=(parts.INFRACTION_ID,),
            **parts.occurred,
        ),
        _result,
        *abuse.EXAMPLES,
        *notifier.EXAMPLES,
        *log_sources.EXAMPLES,
        *wall.EXAMPLES,
        *search.EXAMPLES,
        *audit.EXAMPLES,
        *networks.EXAMPLES,
        *imports.EXAMPLES,
        *undoing.EXAMPLES,
        *past.EXAMPLES,
        *linked.EXAMPLES,
        *requests.EXAMPLES,
        *appeals.EXAMPLES,
        *admins.EXAMPLES,
        *accounts.EXAMPLES,
        *ban_files.EXAMPLES,
        queries.ListRequests(player=parts.player, status="open", cursor=parts.cursor, limit=20, **parts.assigned),
        queries.RequestPage(items=(parts.request,), next=parts.cursor),
        query.ServiceStatus(head=parts.POSITION, relayed=parts.POSITION, leading=True, schema_version=100),
        queries.GetInfraction(infraction_id=parts.INFRACTION_ID),
        queries.ListInfractions(
            player=parts.player,
            active=True,
            server_id=parts.SERVER_ID,
            category="aimbot",
            cursor=parts.cursor,
            limit=20,
        ),
        queries.GetHistory(player=parts.player, cursor=parts.cursor, limit=20),
        queries.GetCommand(command_id=parts.COMMAND_ID),
        queries.ListCredentials(kind="server", cursor=parts.cursor, limit=20),
        query.GetStatus(),
        queries.InfractionFound(infraction=parts.infraction),
        queries.InfractionPage(items=(parts.infraction,), next=parts.cursor),
        queries.HistoryPage(items=(_history_entry,), next=parts.cursor),
        queries.CommandFound(result=_result),
        queries.CredentialPage(items=(parts.credential,), next=parts.cursor),
        queries.InfractionsStatus(head=parts.POSITION, relayed=parts.POSITION, leading=True, schema_version=100),
        parts.standing,
        parts.credential,
        LogPosition(parts.POSITION),
        *presence.EXAMPLES,
        *ban_list.EXAMPLES,
    ]
)
"""By model."""
