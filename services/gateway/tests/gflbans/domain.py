"""The stand-in for infractions, with what plugins ask for besides: counts, pages by number, tiering policies."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from services.gateway.tests.stand_in import Infractions

from banstream_contracts import subjects
from banstream_contracts.admins import Admin
from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Standing
from banstream_contracts.queries.plugins import FindInfractions, FoundInfractions, TieringPolicyPage
from banstream_contracts.results import CommandResult, LiftCounts
from banstream_contracts.streams import ADMINS_BUCKET, POSITION_KEY
from banstream_contracts.tiering import TieringPolicy


@dataclass
class PluginInfractions(Infractions):
    """Decides in the simplest way that shows what it was asked; `asked` holds the questions."""

    asked: list[FindInfractions] = field(default_factory=list)
    policies: dict[str, TieringPolicy] = field(default_factory=dict)

    async def appoint(self, admin: Admin) -> None:
        """Make an admin known."""
        self.position += 1
        value = admin.model_copy(update={"position": self.position}).model_dump_json(exclude_none=True)
        await self.put(ADMINS_BUCKET, admin.player.token, value.encode())
        await self.put(ADMINS_BUCKET, POSITION_KEY, str(self.position).encode())

    def decide(self, command: Any) -> CommandResult:
        if self.refuses is not None:
            return self._result(command, "refused", refusal=self.refuses)
        match command.type:
            case "lift_restrictions":
                lifted = [each for each in self._active() if each.player == command.player]
                counts = LiftCounts(considered=len(lifted) + 2, lifted=len(lifted), kept=1)
                return self._end(command, lifted).model_copy(update={"counts": counts})
            case "issue_by_policy":
                return self._issue_by_policy(command)
            case "register_tiering_policy":
                self.position += 1
                policy = TieringPolicy(
                    id=command.tiering_policy_id,
                    server_id=command.server_id,
                    terms=command.terms,
                    registered_at=command.issued_at,
                )
                self.policies[policy.id] = policy
                return self._result(command, "applied", tiering_policy=policy)
            case "lift_infraction":
                held = self.infractions[command.infraction_id]
                return self._end(command, [held]) if held in self._active() else self._result(command, "unchanged")
            case "amend_infraction":
                return self._result(command, "applied", [self.infractions[command.infraction_id]])
            case _:
                return super().decide(command)

    def _issue(self, command: Any) -> CommandResult:
        result = super()._issue(command)
        issued = self.infractions[result.infractions[0].id]
        seconds = command.duration_seconds
        is_timed, is_online = command.lifetime is Lifetime.TIMED, command.lifetime is Lifetime.ONLINE
        whole = issued.model_copy(
            update={
                "duration_seconds": seconds,
                "expires_at": command.issued_at + timedelta(seconds=seconds) if is_timed else None,
                "time_left_seconds": seconds if is_online else None,
            }
        )
        self.infractions[whole.id] = whole
        return self._result(command, result.status, [whole])

    def _standing(self, key: str) -> Standing:
        standing = super()._standing(key)
        ends = {
            each.infraction_id: {
                "expires_at": self.infractions[each.infraction_id].expires_at,
                "time_left_seconds": self.infractions[each.infraction_id].time_left_seconds,
            }
            for each in standing.restrictions
        }
        restrictions = tuple(each.model_copy(update=ends[each.infraction_id]) for each in standing.restrictions)
        return standing.model_copy(update={"restrictions": restrictions})

    def _issue_by_policy(self, command: Any) -> CommandResult:
        terms = self.policies[command.tiering_policy_id].terms
        self.position += 1
        tier = terms.tiers[0]
        infraction = Infraction(
            id=command.infraction_id,
            player=command.player,
            punishments=tier.punishments,
            lifetime=Lifetime.ONLINE if tier.online else Lifetime.PERMANENT,
            duration_seconds=tier.duration_seconds,
            time_left_seconds=tier.duration_seconds,
            reason=command.reason or terms.default_reason,
            scope=command.scope,
            server_id=command.server_id,
            issuer=command.actor,
            issued_at=command.issued_at,
            tiering_policy_id=command.tiering_policy_id,
            position=self.position,
        )
        self.infractions[infraction.id] = infraction
        return self._result(command, "applied", [infraction])

    def found(self, subject: str, payload: bytes) -> Any:
        match subject:
            case subjects.QUERY_FIND:
                self.asked.append(FindInfractions.model_validate_json(payload))
                items = tuple(self.infractions.values())
                counted = {kind: sum(kind in each.punishments for each in items) for kind in Punishment}
                return FoundInfractions(
                    items=items[: self.asked[-1].limit],
                    total=len(items),
                    by_punishment=counted,
                    warnings=sum(not each.punishments for each in items),
                )
            case subjects.QUERY_TIERING_POLICIES:
                return TieringPolicyPage(items=tuple(self.policies.values()))
            case _:
                return super().found(subject, payload)
