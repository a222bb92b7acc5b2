"""Commands: their tokens, and that they arrive as they were sent."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from banstream_contracts import subjects
from banstream_contracts.commands.abuse import RecordIncidents
from banstream_contracts.commands.command import Command
from banstream_contracts.commands.credentials import CreateCredential
from banstream_contracts.commands.infractions import (
    AmendInfraction,
    InfractionChanges,
    IssueInfraction,
    LiftInfraction,
    LiftRestrictions,
)
from banstream_contracts.documents.catalogue import COMMAND_MODELS
from banstream_contracts.examples.every_message import EXAMPLES
from banstream_contracts.infraction_messages import COMMAND, AnyCommand
from banstream_contracts.infractions import Actor, Lifetime, Punishment, Scope, Severity

SETTABLE: dict[str, st.SearchStrategy[Any]] = {
    "reason": st.none() | st.just("new"),
    "note": st.none() | st.just(""),
    "duration_seconds": st.none() | st.integers(1, 1000),
    "punishments": st.none() | st.lists(st.sampled_from(Punishment)),
    "scope": st.none() | st.sampled_from(Scope),
    "category": st.none() | st.just("aimbot"),
    "severity": st.none() | st.sampled_from(Severity),
    "evidence": st.none() | st.just("demo 12"),
}


def example(model: type[Command], **changes: Any) -> Any:
    return model.model_validate({**EXAMPLES[model].model_dump(), **changes})


@pytest.mark.parametrize(
    ("command", "token"),
    [
        (example(IssueInfraction), "roblox=156"),
        (example(IssueInfraction, player=None), f"address={'ad' * 32}"),
        (example(LiftRestrictions), "roblox=156"),
        (example(LiftInfraction), "infraction=01948f6e79f0a1b2c3d4e5f6"),
        (example(AmendInfraction), "infraction=01948f6e79f0a1b2c3d4e5f6"),
        (example(CreateCredential), "credential=01948a00000000000000beef"),
    ],
)
def test_the_token_says_whom_a_command_is_about(command: AnyCommand, token: str) -> None:
    assert command.token == token


@pytest.mark.parametrize("reporter", ["a.b", "*", ">", "a b", "DayZ_feed"], ids=repr)
def test_a_reporter_whose_id_is_no_plain_word_adds_nothing_to_the_subject(reporter: str) -> None:
    command = example(RecordIncidents, actor=Actor(kind="person", id=reporter))
    assert command.token == "reporter=person"


@pytest.mark.parametrize("model", COMMAND_MODELS, ids=lambda model: model.__name__)
def test_the_subject_of_a_command_is_kept_by_its_stream(model: type[Command]) -> None:
    subject = subjects.command(example(model))
    assert subject.startswith(f"banstream.command.{model.service}.")
    assert subject.startswith(subjects.COMMANDS.removesuffix(">"))
    assert len(subject.split(".")) == 5


@given(st.fixed_dictionaries({}, optional=SETTABLE))
def test_an_amendment_arrives_with_exactly_what_was_set(changes: dict[str, Any]) -> None:
    command = example(AmendInfraction, changes=InfractionChanges(**changes))
    for text in (command.model_dump_json(), command.model_dump_json(exclude_none=True)):
        arrived = COMMAND.validate_json(text)
        assert isinstance(arrived, AmendInfraction)
        assert arrived == command
        assert arrived.changes.model_fields_set == set(changes)


def test_an_infraction_is_about_somebody() -> None:
    with pytest.raises(ValidationError, match="a player, an address, or both"):
        example(IssueInfraction, player=None, address=None)


@pytest.mark.parametrize("lifetime", [Lifetime.TIMED, Lifetime.ONLINE])
def test_a_lifetime_that_runs_out_needs_a_duration(lifetime: Lifetime) -> None:
    with pytest.raises(ValidationError, match="needs duration_seconds"):
        example(IssueInfraction, lifetime=lifetime, duration_seconds=None)


def test_punishments_are_a_set_in_one_order() -> None:
    punishments = example(IssueInfraction, punishments=["item_block", "ban", "ban"]).punishments
    assert punishments == (Punishment.BAN, Punishment.ITEM_BLOCK)
