"""Bodies are read as the OpenAPI document describes them, on every route."""

import json
from typing import Any

import pytest
from services.gateway.tests.conftest import Reply, Running, Start, until
from services.gateway.tests.documented_bodies import Place, places
from services.gateway.tests.stand_in import Infractions
from services.gateway.tests.stand_in_tracker import Tracker

from banstream_contracts.results import Refusal

SCOPES = ("check", "report", "punish", "admin")
PLACES = places()
WHOLE = [place for place in PLACES if "integer" in place.kinds]


@pytest.fixture
async def quick(start: Start, infractions: Infractions) -> Running:
    """A gateway that waits for nobody, before a service that knows nothing of what is named."""
    await infractions.admit("all", *SCOPES)
    infractions.refuses = Refusal(code="unknown-infraction", message="there is none")
    running = await start(command_timeout_seconds=0.01, query_timeout_seconds=0.2)
    await until(running.is_ready)
    return running


async def sent(gateway: Running, place: Place, value: object) -> Reply:
    return await gateway.call(place.method, place.target, place.body(value))


def told(reply: Reply) -> Any:
    """What is wrong; what became of a body that is right does not matter here."""
    return reply.json.get("errors")


def names(reply: Reply, place: Place) -> bool:
    """Whether it says that this field is wrong."""
    return any(
        f"{each['field']}.".startswith(f"{place.field}.") or each["message"].startswith(f"{place.field} ")
        for each in reply.json.get("errors", ())
    )


async def test_a_whole_number_is_one_however_it_is_written(quick: Running) -> None:
    assert len(WHOLE) > 20
    different = {}
    for place in WHOLE:
        as_integer, as_float = [told(await sent(quick, place, each)) for each in (place.minimum, float(place.minimum))]
        if as_integer != as_float:
            different[str(place)] = as_float
    assert "\n".join(map(str, different.items())) == ""


@pytest.mark.parametrize("written", ["60.0", "6e1", "0.6E+2", "60.000000000000000001"])
async def test_a_ban_of_a_whole_number_of_seconds_is_issued(
    gateway: Running, infractions: Infractions, written: str
) -> None:
    ban = {"player": {"service": "roblox", "id": 156}, "punishments": ["ban"], "reason": "x", "duration_seconds": 60}
    body = json.dumps(ban).replace("60}", f"{written}}}").replace("156", "156.0")
    headers = {"Content-Type": "application/json", "Idempotency-Key": "once"}
    first = await gateway.call("POST", "/v1/infractions", data=body, headers=headers)
    assert first.status == 201
    again = await gateway.call("POST", "/v1/infractions", ban, headers={"Idempotency-Key": "once"})
    assert (again.status, again.json["id"]) == (201, first.json["id"])
    [command] = infractions.carried_out
    assert (command.player.id, command.duration_seconds) == ("156", 60)


@pytest.mark.parametrize("written", ["9007199254740994.0", "1e22", "1e400", "-1.0", "156.5"])
async def test_a_number_that_may_be_another_one_is_nobodys_id(gateway: Running, written: str) -> None:
    body = f'{{"players": [{{"service": "roblox", "id": {written}}}]}}'
    reply = await gateway.call("POST", "/v1/check", data=body, headers={"Content-Type": "application/json"})
    assert reply.status == 422
    assert all(each["field"].startswith("players.0") for each in reply.json["errors"])


async def test_what_was_measured_stays_as_it_was_written(gateway: Running, tracker: Tracker) -> None:
    sent = {"speed": 16.0, "limit": 16}
    incident = {"id": "one", "player": {"service": "roblox", "id": 156.0}, "reason": "speed_hack", "details": sent}
    batch = {"incidents": [incident, {**incident, "id": "two"}]}
    assert (await gateway.call("POST", "/v1/incidents", batch)).status == 201
    for recorded in tracker.carried_out[0].incidents:
        assert recorded.player.id == "156"
        assert json.dumps(recorded.details) == json.dumps(sent)


async def test_a_part_of_a_number_is_refused_by_name(quick: Running) -> None:
    answers = {str(place): told(await sent(quick, place, place.minimum + 0.5)) for place in WHOLE}
    assert {text: answer for text, answer in answers.items() if "is no whole number" not in str(answer)} == {}


async def test_a_field_may_be_null_where_the_document_says_so_and_nowhere_else(quick: Running) -> None:
    """Whether a problem names it; what may be anything is not looked at."""
    wrong = {}
    for place in PLACES:
        reply = await sent(quick, place, None)
        may_be_null = "null" in place.kinds
        if place.kinds and names(reply, place) == may_be_null:
            wrong[str(place)] = ("null" in place.kinds, told(reply))
    assert "\n".join(map(str, wrong.items())) == ""
