"""One instance of every message of the audit log and of simulation."""

from pydantic import BaseModel

from banstream_contracts.examples import parts
from banstream_contracts.queries import audit, simulation
from banstream_contracts.queries import infractions as queries

_course = simulation.SimulatedCourse(
    incidents=1204, ignored=12, refused={"lag_switch": 3}, outcomes={"ban": 4, "kick": 9}, players={"ban": 4, "kick": 7}
)

EXAMPLES: tuple[BaseModel, ...] = (
    audit.ListEvents(
        kinds=("infraction.*", "credential.revoked"),
        actor="01948a00000000000000cafe",
        player=parts.player,
        since=parts.AT,
        until=parts.LATER,
        before=parts.POSITION,
        limit=20,
    ),
    audit.EventPage(
        items=(
            queries.HistoryEntry(
                position=parts.POSITION,
                event_id=parts.EVENT_ID,
                type="credential.revoked",
                occurred_at=parts.AT,
                recorded_at=parts.AT,
                actor=parts.actor,
                event={"type": "credential.revoked", "credential_id": parts.SERVER_ID, "kind": "server"},
            ),
        ),
        next=parts.POSITION,
        next_at=parts.AT,
    ),
    simulation.SimulatePolicy(policy=parts.policy.policy, days=14, servers=(parts.SERVER_ID,), against="default"),
    simulation.PolicySimulated(
        problem="too-many",
        in_force=_course,
        draft=_course,
        changes=(
            simulation.SimulatedChange(
                outcome="ban", new=(parts.player,), new_count=1, gone=(parts.player,), gone_count=1
            ),
        ),
    ),
)
