"""What the commands of a batch look at in streams with a long history. Pure.

Whatever is not named here is read whole, so that a command that is new here decides right before it decides soon.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from banstream_contracts.commands.appeals import AnswerAppeal, AssignAppeal, OpenAppeal, RenewAppealCode
from banstream_contracts.commands.calls import CallAdmin
from banstream_contracts.commands.exempting import ExemptPlayer
from banstream_contracts.commands.infractions import (
    AmendInfraction,
    ImportInfraction,
    IssueInfraction,
    LiftInfraction,
    LiftRestrictions,
    ReinstateInfraction,
    ServeTime,
)
from banstream_contracts.commands.playing import RequestKick
from banstream_contracts.commands.tiering import IssueByPolicy
from banstream_contracts.evidence import AttachEvidence
from banstream_contracts.infraction_messages import AnyCommand
from banstream_infractions.domain.concerns import Concern
from banstream_infractions.domain.reach import repeats_personal

_NAMING = (
    IssueInfraction
    | ImportInfraction
    | IssueByPolicy
    | AmendInfraction
    | ExemptPlayer
    | LiftInfraction
    | ReinstateInfraction
    | ServeTime
    | AttachEvidence
    | OpenAppeal
    | RenewAppealCode
)
"""They look at the infraction that they name, and at what is in force."""
_IN_FORCE_ALONE = LiftRestrictions | CallAdmin | RequestKick | AnswerAppeal | AssignAppeal
"""They look at what is in force at most."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked at beside the infractions in force that gateways know, which are looked at always.

    Infractions by id; those of tiering policies that were not lifted; warnings in force, all of them or those whose
    end has come. Streams of players and addresses that are named `whole` are looked at to their beginning; of those
    that are `erasable` it is looked up to where they were erased.
    """

    whole: frozenset[str] = frozenset()
    infraction_ids: frozenset[str] = frozenset()
    tiering_policy_ids: frozenset[str] = frozenset()
    warnings: bool = False
    due_at: datetime | None = None
    erasable: frozenset[str] = frozenset()


def sought_by(commands: Iterable[tuple[AnyCommand, Concern]]) -> Sought:
    """What the commands of a batch look at, each with the streams that it concerns."""
    whole: set[str] = set()
    infraction_ids: set[str] = set()
    tiering_policy_ids: set[str] = set()
    erasable: set[str] = set()
    warnings = False
    for command, concern in commands:
        if isinstance(command, _NAMING):
            infraction_ids.add(command.infraction_id)
        elif not isinstance(command, _IN_FORCE_ALONE):
            whole.update((concern.stream, *concern.context))
        if isinstance(command, IssueByPolicy):
            tiering_policy_ids.update((command.tiering_policy_id, *command.also_count))
        warnings |= isinstance(command, LiftRestrictions) and command.with_warnings
        warnings |= isinstance(command, IssueInfraction) and command.unless_in_force and not command.punishments
        if repeats_personal(command):
            erasable.add(concern.stream)
    return Sought(
        whole=frozenset(whole),
        infraction_ids=frozenset(infraction_ids),
        tiering_policy_ids=frozenset(tiering_policy_ids),
        warnings=warnings,
        erasable=frozenset(erasable),
    )
