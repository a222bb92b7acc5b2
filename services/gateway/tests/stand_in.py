"""A small stand-in for the infractions service: the gateway is tested without the real one and its database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
from services.gateway.tests.stand_in_appeals import changed_appeal, found_appeals
from services.gateway.tests.stand_in_imports import found_imports, taken_over
from services.gateway.tests.stand_in_linked import Linked
from services.gateway.tests.stand_in_past import Then
from services.gateway.tests.stand_in_service import StandIn
from services.gateway.tests.stand_in_undoing import found_done

from banstream_contracts import headers, streams, subjects
from banstream_contracts.admins import Admin
from banstream_contracts.infraction_messages import COMMAND, AnyCommand
from banstream_contracts.infractions import Actor, Credential, Infraction, Restriction, Standing, Status
from banstream_contracts.players import Player, address_token
from banstream_contracts.queries.infractions import (
    CommandFound,
    CredentialPage,
    GetCommand,
    GetInfraction,
    HistoryEntry,
    HistoryPage,
    InfractionFound,
    InfractionPage,
    RequestComment,
    RequestPage,
    ReviewRequest,
)
from banstream_contracts.queries.networks import NetworkPage
from banstream_contracts.queries.plugins import AdminPage, ListAdmins
from banstream_contracts.queries.requests import GetRequest, RequestFound
from banstream_contracts.queries.undoing import Done, ListDone
from banstream_contracts.results import CommandResult
from banstream_gateway.endpoints import Gateway
from banstream_runtime.identifiers import new_id, new_short_id
from banstream_testing.waiting import eventually

SYSTEM = Actor(kind="system", id="test")


@dataclass
class Infractions(StandIn):
    """A small stand-in for the infractions service: carries out commands, feeds the buckets, answers queries."""

    durable = streams.INFRACTIONS
    queries = subjects.QUERIES_INFRACTIONS

    feeds_buckets: bool = True
    tells_standings: bool = True
    gateways: list[Gateway] = field(default_factory=list)
    """Who is to know of a credential once it is admitted."""
    infractions: dict[str, Infraction] = field(default_factory=dict)
    credentials: dict[str, Credential] = field(default_factory=dict)
    admins: dict[str, Admin] = field(default_factory=dict)
    done: list[Done] = field(default_factory=list)
    """What whoever is asked about did."""
    asked_done: list[ListDone] = field(default_factory=list)
    then: Then = field(default_factory=Then)
    linked: Linked = field(default_factory=Linked)

    async def put(self, bucket: str, key: str, value: bytes) -> None:
        await self.client.jetstream().publish(f"$KV.{bucket}.{key}", value)

    async def reach(self, position: int) -> None:
        """Say that every entry up to a position has been written."""
        for bucket in (bucket.name for bucket in streams.BUCKETS if bucket.follows_log):
            await self.put(bucket, streams.POSITION_KEY, str(position).encode())

    async def restrict(self, key: str, *restrictions: Restriction) -> int:
        """Write a standing as the relay does."""
        self.position += 1
        standing = Standing(position=self.position, restrictions=restrictions)
        await self.put(streams.RESTRICTIONS_BUCKET, key, standing.model_dump_json(exclude_none=True).encode())
        await self.reach(self.position)
        return self.position

    async def admit(self, secret: str, *scopes: Any, kind: Any = "token", **fields: Any) -> Credential:
        """Make a credential known, or change it."""
        self.position += 1
        credential = Credential(
            id=fields.pop("id", None) or new_short_id(),
            kind=kind,
            name="test",
            scopes=scopes,
            key_hash=sha256(secret.encode()).hexdigest(),
            created_at=datetime.now(UTC),
            created_by=SYSTEM,
            position=self.position,
            **fields,
        )
        await self._publish_credential(credential)
        await eventually(lambda: self._is_known(credential))
        return credential

    async def _is_known(self, credential: Credential) -> bool:
        """To every gateway that runs; one that has yet to connect reads it when it does."""
        running = [each for each in self.gateways if each.is_connected()]
        return all(each.credentials.position >= credential.position for each in running)

    async def tell(
        self, event_type: str, body: Any, *, position: int | None = None, service: str = "infractions"
    ) -> None:
        """Publish an event as a relay does; what the body does not say about time is now."""
        now = datetime.now(UTC)
        if isinstance(body, dict):
            body = orjson.dumps({"occurred_at": now, **body})
        described = headers.cloud_event(
            event_id=new_id(),
            event_type=event_type,
            source=f"banstream/{service}",
            subject="player:roblox:1",
            occurred_at=now,
            position=self.position if position is None else position,
        )
        await self.client.jetstream().publish(subjects.event(event_type, "roblox=1"), body, headers=described)

    async def _publish_credential(self, credential: Credential) -> None:
        self.credentials[credential.id] = credential
        await self.put(streams.CREDENTIALS_BUCKET, credential.id, credential.model_dump_json().encode())
        await self.reach(self.position)

    def read(self, payload: bytes) -> AnyCommand:
        return COMMAND.validate_json(payload)

    async def follow(self, result: CommandResult) -> None:
        if self.feeds_buckets:
            await self._feed(result)

    async def _feed(self, result: CommandResult) -> None:
        for key, standing in result.standings.items():
            await self.put(streams.RESTRICTIONS_BUCKET, key, standing.model_dump_json(exclude_none=True).encode())
        if result.credential is not None:
            await self._publish_credential(result.credential)
        await self.reach(self.position)

    def decide(self, command: AnyCommand) -> CommandResult:
        if self.refuses is not None:
            return self._result(command, "refused", refusal=self.refuses)
        match command.type:
            case "issue_infraction":
                return self._issue(command)
            case "import_infraction":
                return self._import(command)
            case "create_credential" | "rotate_credential" | "revoke_credential":
                return self._change_credential(command)
            case "lift_restrictions":
                lifted = [each for each in self._active() if each.player == command.player]
                return self._end(command, lifted)
            case "lift_infraction":
                return self._end(command, [self.infractions[command.infraction_id]])
            case "amend_infraction" | "reinstate_infraction":
                return self._revise(command)
            case "set_admin" | "remove_admin":
                return self._change_admin(command)
            case "comment_request" | "assign_request" | "approve_request" | "reject_request":
                self.position += 1
                return self._result(command, "applied", request_id=command.request_id)
            case _:
                self.position += 1
                return self._result(command, "applied", **_changed(command))

    def _issue(self, command: Any) -> CommandResult:
        same = [each for each in self._active() if each.player == command.player]
        if command.unless_in_force and same:
            return self._result(command, "unchanged", same[:1])
        self.position += 1
        infraction = Infraction(
            id=command.infraction_id,
            issuer=command.actor,
            issued_at=command.issued_at,
            address_hash=command.address.hash if command.address else None,
            position=self.position,
            **{
                name: getattr(command, name)
                for name in ("player", "player_name", "punishments", "lifetime", "reason", "note", "scope", "server_id")
            },
        )
        self.infractions[infraction.id] = infraction
        return self._result(command, "applied", [infraction])

    def _import(self, command: Any) -> CommandResult:
        self.position += 1
        taken = taken_over(command, self.position)
        self.infractions[taken.id] = taken
        return self._result(command, "applied", [taken])

    def _end(self, command: Any, lifted: list[Infraction]) -> CommandResult:
        self.position += bool(lifted)
        ended = {"status": Status.LIFTED, "ended_reason": command.reason, "position": self.position}
        changed = [each.model_copy(update=ended) for each in lifted]
        self.infractions |= {each.id: each for each in changed}
        return self._result(command, "applied" if changed else "unchanged", changed)

    def _revise(self, command: Any) -> CommandResult:
        held = self.infractions[command.infraction_id]
        if command.type == "reinstate_infraction" and held.status is Status.ACTIVE:
            return self._result(command, "unchanged", [held])
        self.position += 1
        changes = command.changes.model_dump() if command.changes else {}
        revised = held.model_copy(update={**changes, "status": Status.ACTIVE, "position": self.position})
        self.infractions[revised.id] = revised
        return self._result(command, "applied", [revised])

    def _change_admin(self, command: Any) -> CommandResult:
        self.position += 1
        if command.type == "set_admin":
            admin = Admin(player=command.player, name=command.name, rights=command.rights, position=self.position)
        else:
            ended = {"removed_at": command.issued_at, "position": self.position}
            admin = self.admins[command.player.token].model_copy(update=ended)
        self.admins[command.player.token] = admin
        return self._result(command, "applied", admin=admin)

    def _change_credential(self, command: Any) -> CommandResult:
        self.position += 1
        change: dict[str, Any] = {"position": self.position}
        if command.type == "create_credential":
            credential = Credential(
                id=command.credential_id,
                created_at=command.issued_at,
                created_by=command.actor,
                **{
                    name: getattr(command, name)
                    for name in ("kind", "name", "scopes", "key_hash", "game", "expires_at", "review")
                },
            )
        else:
            credential = self.credentials[command.credential_id]
            is_end = command.type == "revoke_credential"
            change |= {"revoked_at": command.issued_at} if is_end else {"key_hash": command.key_hash}
        return self._result(command, "applied", credential=credential.model_copy(update=change))

    def _result(
        self, command: AnyCommand, status: Any, infractions: list[Infraction] | None = None, **fields: Any
    ) -> CommandResult:
        keys = {key for each in infractions or () for key in keys_of(each)}
        return CommandResult(
            command_id=command.command_id,
            status=status,
            position=self.position,
            infractions=tuple(infractions or ()),
            fingerprint=command.fingerprint,
            standings={key: self._standing(key) for key in keys} if self.tells_standings else {},
            **fields,
        )

    def _standing(self, key: str) -> Standing:
        held = [each for each in self._active() if key in keys_of(each)]
        restrictions = tuple(
            Restriction(
                infraction_id=each.id,
                **{name: getattr(each, name) for name in ("punishments", "lifetime", "reason", "scope", "server_id")},
            )
            for each in held
        )
        return Standing(position=self.position, restrictions=restrictions)

    def _active(self) -> list[Infraction]:
        return [each for each in self.infractions.values() if each.status is Status.ACTIVE]

    def found(self, subject: str, payload: bytes) -> Any:
        match subject:
            case subjects.QUERY_INFRACTION:
                wanted = GetInfraction.model_validate_json(payload).infraction_id
                return InfractionFound(infraction=self.infractions.get(wanted))
            case subjects.QUERY_DONE:
                self.asked_done.append(ListDone.model_validate_json(payload))
                return found_done(self.asked_done[-1], self.done)
            case subjects.QUERY_COMMAND:
                return CommandFound(result=self.results.get(GetCommand.model_validate_json(payload).command_id))
            case subjects.QUERY_INFRACTIONS:
                return InfractionPage(items=tuple(self.infractions.values()), next=None)
            case subjects.QUERY_CREDENTIALS:
                kind = orjson.loads(payload)["kind"]
                return CredentialPage(items=tuple(x for x in self.credentials.values() if x.kind == kind), next=None)
            case subjects.QUERY_ADMINS:
                include_removed = ListAdmins.model_validate_json(payload).include_removed
                held = (each for each in self.admins.values() if include_removed or each.removed_at is None)
                return AdminPage(items=tuple(held))
            case subjects.QUERY_NETWORKS:
                return NetworkPage(items=(), next=None)
            case subjects.QUERY_REQUESTS:
                return RequestPage(items=(review_request(),), next="bmV4dA")
            case subjects.QUERY_REQUEST:
                wanted_request = GetRequest.model_validate_json(payload).request_id
                return RequestFound(request=review_request() if wanted_request == "0" * 24 else None)
            case _:
                asked = subject, payload, self.infractions
                return (
                    found_appeals(*asked)
                    or found_imports(*asked)
                    or self.then.found(subject, payload)
                    or self.linked.found(subject, payload)
                    or HistoryPage(items=(history_entry(),), next="bmV4dA")
                )


def _changed(command: Any) -> dict[str, Any]:
    """What the result of a command about other things tells."""
    if command.type in {"mark_networks", "unmark_networks"}:
        named = command.marks if command.type == "mark_networks" else command.networks
        return {"networks_changed": len(named)}
    return changed_appeal(command)


def keys_of(infraction: Infraction) -> set[str]:
    keys = {infraction.player.token} if infraction.player else set()
    return keys | ({address_token(infraction.address_hash)} if infraction.address_hash else set())


def history_entry() -> HistoryEntry:
    now = datetime.now(UTC)
    event = {"type": "infraction.issued", "note": "private", "address_hash": "0" * 64, "reason": "public"}
    return HistoryEntry(
        position=1,
        event_id=new_id(),
        type="infraction.issued",
        occurred_at=now,
        recorded_at=now,
        actor=SYSTEM,
        event=event,
    )


def review_request() -> ReviewRequest:
    player = Player(service="roblox", id="156")
    return ReviewRequest(
        id="0" * 24,
        player=player,
        reason="10 incidents",
        opened_at=datetime.now(UTC),
        opened_by=SYSTEM,
        comment_count=1,
        comments=(RequestComment(note="lag?", by=SYSTEM, at=datetime.now(UTC)),),
    )
