"""The ban list field against a stand-in of Nitrado's routes."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest

from banstream_contracts.players import Player
from banstream_ftp_sync.applying.field_applier import apply_to_field
from banstream_ftp_sync.applying.nitrado import NitradoBans, NitradoPlace
from banstream_ftp_sync.applying.plan import Target
from banstream_ftp_sync.applying.receipts import Outcome, Policy, Receipt, Remembered
from banstream_ftp_sync.formats import FORMATS
from banstream_ftp_sync.formats.nitrado import MAX_BYTES
from banstream_ftp_sync.formats.wanted import WantedEntry
from banstream_ftp_sync.testing.nitrado_server import FTP_PASSWORD, SERVICE_ID, TOKEN, NitradoServer, nitrado_server

NITRADO = FORMATS["nitrado"]
ISSUED = datetime(2026, 2, 7, tzinfo=UTC)
FOREIGN = "Gamertag With Blanks\r\nJoão\r\nABC"
ROUTE = f"/services/{SERVICE_ID}/gameservers"


def bans(count: int) -> list[WantedEntry]:
    return [
        WantedEntry(f"{n:024x}", "x", ISSUED, Player(service="dayz", id=f"{n:040X}"), player_name=f"name {n}")
        for n in range(count)
    ]


def ids(count: int) -> str:
    return "".join(f"\r\n{n:040X}" for n in range(count))


@pytest.fixture
async def server() -> AsyncIterator[NitradoServer]:
    async with nitrado_server() as running:
        running.bans = FOREIGN
        yield running


async def applied(server: NitradoServer, target: Target, token: str = TOKEN, seconds: float = 10) -> Receipt:
    place = NitradoPlace(SERVICE_ID, token, server.url, timeout_seconds=seconds)
    async with aiohttp.ClientSession() as session:
        return await apply_to_field(NitradoBans(session, place), target)


async def test_a_ban_comes_and_goes_and_the_list_is_as_it_was(server: NitradoServer) -> None:
    first = await applied(server, Target(NITRADO, bans(2)))
    assert (first.outcome, server.bans) == (Outcome.APPLIED, FOREIGN + ids(2))
    assert server.requests == [f"GET {ROUTE}"] * 2 + [f"POST {ROUTE}/settings", f"GET {ROUTE}"]
    again = await applied(server, Target(NITRADO, bans(2), first.remembered))
    assert again.outcome is Outcome.UNCHANGED
    assert len(server.requests) == 5
    last = await applied(server, Target(NITRADO, [], again.remembered))
    assert (last.outcome, server.bans) == (Outcome.APPLIED, FOREIGN)


async def test_an_empty_list_gets_its_first_entries(server: NitradoServer) -> None:
    server.bans = ""
    assert (await applied(server, Target(NITRADO, bans(2)))).outcome is Outcome.APPLIED
    assert server.bans == ids(2).removeprefix("\r\n")


@pytest.mark.parametrize(
    ("status", "headers", "body", "told"),
    [
        (401, {}, b'{"status":"error","message":"Access token not valid"}', "401: Access token not valid"),
        (403, {}, b"", "403"),
        (404, {}, b'{"status":"error","message":"No such service"}', "No such service"),
        (429, {"Retry-After": "17"}, b"slow down", "429"),
        (503, {"Retry-After": "300"}, b"<html>maintenance</html>", "503"),
        (500, {}, b"\xff\xfe", "500"),
        (200, {}, b"<html>login</html>", "no JSON"),
        (200, {}, b"", "no JSON"),
        (200, {}, b"[]", "no JSON object"),
        (200, {}, b"[" * 100_000, "no JSON"),
        (200, {}, b'{"status":"error","message":"a\\nb\\u001b[2J"}', "a b"),
        (200, {}, b'{"status":"success","data":{}}', "no gameserver"),
        (200, {}, b'{"status":"success","data":[]}', "no data"),
        (200, {}, b'{"status":"success","data":{"gameserver":{"settings":{"general":{"bans":null}}}}}', "no text"),
        (200, {}, b'{"status":"success","data":{"gameserver":{"settings":{"general":{}}}}}', "no bans"),
        (302, {"Location": "/elsewhere"}, b"", "302"),
    ],
)
async def test_an_answer_that_is_not_the_list_is_never_taken_for_an_empty_one(
    server: NitradoServer, status: int, headers: dict[str, str], body: bytes, told: str
) -> None:
    for when in range(2):
        server.answers = [*[None] * when, (status, headers, body)]
        server.requests.clear()
        receipt = await applied(server, Target(NITRADO, bans(1)))
        assert (receipt.outcome, server.bans) == (Outcome.FAILED, FOREIGN)
        assert told in receipt.reason
        assert receipt.retry_after_seconds == (float(headers["Retry-After"]) if "Retry-After" in headers else None)
        assert server.requests == [f"GET {ROUTE}"] * (when + 1)


async def test_a_limit_without_a_time_still_asks_for_a_pause(server: NitradoServer) -> None:
    server.answers = [(429, {}, b"")]
    assert (await applied(server, Target(NITRADO, bans(1)))).retry_after_seconds == 60


@pytest.mark.parametrize("told", ["86400", "9" * 30])
async def test_a_pause_that_is_asked_for_ends_after_an_hour(server: NitradoServer, told: str) -> None:
    """Bans wait as long: more than that is a fault, not maintenance."""
    server.answers = [(503, {"Retry-After": told}, b"")]
    assert (await applied(server, Target(NITRADO, bans(1)))).retry_after_seconds == 3600


async def test_a_panel_that_keeps_the_old_list_is_told_and_gets_no_other_write(server: NitradoServer) -> None:
    server.answers = [None, None, (200, {}, b'{"status":"success","data":{}}')]
    receipt = await applied(server, Target(NITRADO, bans(1)))
    assert (receipt.outcome, receipt.reason) == (Outcome.FAILED, "Nitrado kept the old list")
    assert server.requests.count(f"POST {ROUTE}/settings") == 1


async def test_what_somebody_saves_before_a_damaged_list_is_put_back_stays(server: NitradoServer) -> None:
    saved = f"{FOREIGN}\r\nby hand"

    def save(number: int) -> None:
        if number == 5:  # read, read again, write, read back
            server.bans = saved

    server.stored, server.before_request = (lambda value: value[:5]), save
    receipt = await applied(server, Target(NITRADO, bans(1)))
    assert (receipt.outcome, server.bans) == (Outcome.FAILED, saved)
    assert server.requests.count(f"POST {ROUTE}/settings") == 1


async def test_an_error_after_the_write_is_healed_by_the_next_attempt(server: NitradoServer) -> None:
    kept: list[Remembered] = []

    async def keep(remembered: Remembered) -> None:
        kept.append(remembered)

    for at in (3, 4):  # the write itself is refused; only the read-back is
        server.bans = FOREIGN
        server.answers = [*[None] * (at - 1), (502, {}, b"bad gateway")]
        async with aiohttp.ClientSession() as session:
            field = NitradoBans(session, NitradoPlace(SERVICE_ID, TOKEN, server.url))
            cut = await apply_to_field(field, Target(NITRADO, bans(1)), keep)
        assert (cut.outcome, server.bans) == (Outcome.FAILED, FOREIGN + (ids(1) if at == 4 else ""))
        healed = await applied(server, Target(NITRADO, bans(1), kept[-1]))
        assert server.bans == FOREIGN + ids(1)
        assert (await applied(server, Target(NITRADO, [], healed.remembered))).outcome is Outcome.APPLIED
        assert server.bans == FOREIGN


@pytest.mark.parametrize("status", [403, 422, 429])
async def test_an_entry_that_somebody_makes_while_nitrado_takes_none_of_ours_is_theirs(
    server: NitradoServer, status: int
) -> None:
    server.answers = [None, None, (status, {}, b"")]
    refused = await applied(server, Target(NITRADO, bans(1)))
    assert (refused.outcome, server.bans) == (Outcome.FAILED, FOREIGN)
    server.bans = by_hand = FOREIGN + ids(1)
    covered = await applied(server, Target(NITRADO, bans(1), refused.remembered))
    assert (covered.outcome, covered.covered) == (Outcome.UNCHANGED, (f"{0:040X}",))
    await applied(server, Target(NITRADO, [], covered.remembered))
    assert server.bans == by_hand


async def test_a_wrong_token_is_refused_and_neither_it_nor_a_password_is_told(server: NitradoServer) -> None:
    receipt = await applied(server, Target(NITRADO, bans(1)), "not this one")
    assert receipt.outcome is Outcome.FAILED
    assert "401" in receipt.reason
    assert receipt.told == "Nitrado: The token is not valid, or not for this service"
    assert "not this one" not in str(receipt)
    assert "not this one" not in repr(NitradoPlace(1, "not this one"))
    server.answers = [(400, {}, json.dumps(server.state()).encode())]
    assert FTP_PASSWORD not in str(await applied(server, Target(NITRADO, bans(1))))


async def test_nobody_answering_is_a_failure() -> None:
    async with nitrado_server() as server:
        gone = server
    assert (await applied(gone, Target(NITRADO, bans(1)))).outcome is Outcome.FAILED


async def test_a_change_in_the_middle_is_merged(server: NitradoServer) -> None:
    def edit(number: int) -> None:
        if number == 2:
            server.bans = "new one\r\n" + FOREIGN

    server.before_request = edit
    assert (await applied(server, Target(NITRADO, bans(1)))).outcome is Outcome.APPLIED
    assert server.bans == "new one\r\n" + FOREIGN + ids(1)


async def test_a_panel_may_keep_line_ends_as_it_likes(server: NitradoServer) -> None:
    server.stored = lambda value: value.replace("\r\n", "\n") + "\n"
    first = await applied(server, Target(NITRADO, bans(1)))
    assert first.outcome is Outcome.APPLIED
    assert (await applied(server, Target(NITRADO, bans(1), first.remembered))).outcome is Outcome.UNCHANGED


@pytest.mark.parametrize("kept", [0, 5, 40])
async def test_a_list_that_was_cut_is_put_back(server: NitradoServer, kept: int) -> None:
    values = iter([kept])
    server.stored = lambda value: value[: next(values, None)]
    receipt = await applied(server, Target(NITRADO, bans(2)))
    assert (receipt.outcome, server.bans) == (Outcome.FAILED, FOREIGN)
    assert "put back" in receipt.reason


async def test_a_list_that_would_be_too_long_is_refused(server: NitradoServer) -> None:
    receipt = await applied(server, Target(NITRADO, bans(2000)))
    assert (receipt.outcome, server.bans) == (Outcome.REFUSED, FOREIGN)
    assert "64000" in receipt.reason


async def test_a_list_that_lost_most_of_its_entries_is_left_to_a_person(server: NitradoServer) -> None:
    server.bans = "\r\n".join(f"player {number}" for number in range(20))
    first = await applied(server, Target(NITRADO, bans(1)))
    server.bans = ""
    refused = await applied(server, Target(NITRADO, bans(1), first.remembered))
    assert (refused.outcome, server.bans) == (Outcome.REFUSED, "")
    accepted = await applied(server, Target(NITRADO, bans(1), first.remembered, Policy(accepts_loss=True)))
    assert accepted.outcome is Outcome.APPLIED


@pytest.mark.parametrize(("spare", "outcome"), [(0, Outcome.APPLIED), (-1, Outcome.REFUSED)], ids=["full", "over"])
async def test_a_list_that_the_field_has_no_room_for_is_left_as_it_is(
    server: NitradoServer, spare: int, outcome: Outcome
) -> None:
    before = "x" * (MAX_BYTES - len(ids(1)) - spare)
    server.bans = before
    receipt = await applied(server, Target(NITRADO, bans(1)))
    assert receipt.outcome is outcome, receipt.reason
    assert server.bans == (before + ids(1) if outcome is Outcome.APPLIED else before)


async def test_drift_is_reported(server: NitradoServer) -> None:
    first = await applied(server, Target(NITRADO, bans(2)))
    server.bans = FOREIGN + ids(1)
    told = await applied(server, Target(NITRADO, bans(2), first.remembered, Policy(repairs_drift=False)))
    assert (told.outcome, server.bans) == (Outcome.DRIFTED, FOREIGN + ids(1))
    assert [found.key for found in told.drift] == [f"{1:040X}"]
    repaired = await applied(server, Target(NITRADO, bans(2), told.remembered))
    assert (repaired.outcome, server.bans) == (Outcome.APPLIED, FOREIGN + ids(2))


async def test_a_silent_server_is_given_up(server: NitradoServer) -> None:
    receipt = await applied(server, Target(NITRADO, bans(1)), seconds=1e-4)
    assert (receipt.outcome, server.bans) == (Outcome.FAILED, FOREIGN)
    assert "silent" in receipt.reason
