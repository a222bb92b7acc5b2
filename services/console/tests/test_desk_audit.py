"""The audit log: every service's events on one page and in one table; and ban files."""

import csv
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from services.console.tests.desk import Desk, desk_on, said, went_to

from banstream_console.presentation.texts import LANGUAGES, Language, texts
from banstream_console.problems.exceptions import Unfit
from banstream_console.staff.audit.merging import END, SERVICES, Line, cursor_of, merged, places_of
from banstream_console.staff.durations import seconds_of, written
from banstream_console.staff.events_in_words import in_words
from banstream_contracts.infractions import Actor
from banstream_contracts.players import Player
from banstream_contracts.public_events import EVENT_MODELS
from banstream_contracts.queries.audit import EventPage
from banstream_contracts.queries.infractions import HistoryEntry
from banstream_testing.abuse import incident, report
from banstream_testing.ftp_sync import dayz_ban, ftp_sync, local_place, new_ban_file
from banstream_testing.infractions import issue
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

NOW = datetime(2026, 2, 7, 12, tzinfo=UTC)


def entry(position: int, minute: int) -> HistoryEntry:
    at = NOW + timedelta(minutes=minute)
    who = Actor(kind="system", id="test")
    return HistoryEntry(
        position=position, event_id=UUID(int=position), type="x.y", occurred_at=at, recorded_at=at, actor=who, event={}
    )


def read_by_pages(named: dict[str, list[int]], length: int, longest: int) -> list[Line]:
    """A log answers with fewer than asked where its messages are full, as `longest` does here."""
    read: list[Line] = []
    places: dict[str, int] | None = {}
    while places is not None:
        pages = {}
        for service, minutes in named.items():
            if places.get(service) == END:
                continue
            before = places.get(service, len(minutes) + 1)
            below = [entry(place, minutes[place - 1]) for place in range(before - 1, 0, -1)]
            items = below[: min(length, longest)]
            has_more = len(items) < len(below)
            pages[service] = EventPage(
                items=tuple(items),
                next=items[-1].position if has_more else None,
                next_at=items[-1].recorded_at if has_more else None,
            )
        lines, places = merged(pages, places, length)
        assert len(lines) <= length
        read += lines
    return read


@given(
    st.lists(st.lists(st.integers(0, 20), max_size=12).map(sorted), min_size=2, max_size=3),
    st.integers(1, 5),
    st.integers(1, 4),
)
def test_pages_of_several_logs_read_every_event_once_the_last_first(
    logs: list[list[int]], length: int, longest: int
) -> None:
    named = dict(zip(SERVICES, logs, strict=False))
    read = read_by_pages(named, length, longest)
    moments = [line.entry.recorded_at for line in read]
    assert moments == sorted(moments, reverse=True)
    found = sorted((line.service, line.entry.position) for line in read)
    assert found == sorted((service, n + 1) for service, minutes in named.items() for n in range(len(minutes)))


@given(
    st.lists(st.lists(st.integers(0, 20), max_size=12), min_size=2, max_size=3), st.integers(1, 5), st.integers(1, 4)
)
def test_where_a_clock_was_set_back_every_event_is_read_once_in_the_order_of_its_log(
    logs: list[list[int]], length: int, longest: int
) -> None:
    named = dict(zip(SERVICES, logs, strict=False))
    read = read_by_pages(named, length, longest)
    for service, minutes in named.items():
        found = [line.entry.position for line in read if line.service == service]
        assert found == list(range(len(minutes), 0, -1))


def test_a_place_in_all_logs_is_read_back_and_another_cursor_is_refused() -> None:
    places = {SERVICES[0]: 12, SERVICES[1]: END, SERVICES[4]: 9}
    assert places_of(cursor_of(places)) == places
    assert places_of(None) == {}
    for cursor in ("x1", "i", "i1-", "i-1", "i1'"):
        with pytest.raises(Unfit):
            places_of(cursor)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_type_of_event_is_said_in_words_whatever_it_leaves_out(language: Language) -> None:
    kinds = {str(model.model_fields["type"].default) for model in EVENT_MODELS} - {"appeal.decided"}
    silent = {kind for kind in kinds if in_words(texts(language), kind, {}) == kind}
    assert len(kinds) > 70
    assert not silent
    assert in_words(texts("en"), "appeal.decided", {"verdict": "upheld", "text": "no"}).endswith("stays. no")
    assert in_words(texts("en"), "of.later", {"reason": "x"}) == "of.later"


@pytest.mark.parametrize(
    ("language", "reached", "dismissed"),
    [
        ("en", "(kick, 5 of 5)", ["One incident dismissed: x", "2 incidents dismissed: x"]),
        ("es", "(expulsión, 5 de 5)", ["Un incidente descartado: x", "2 incidentes descartados: x"]),
        ("pt-BR", "(expulsão, 5 de 5)", ["Um incidente descartado: x", "2 incidentes descartados: x"]),
        ("zh-CN", "踢出", None),
    ],
    ids=["en", "es", "pt-BR", "zh-CN"],
)
def test_what_the_tracker_did_is_said_in_the_language_of_who_reads(
    language: Language, reached: str, dismissed: list[str] | None
) -> None:
    crossing = {"threshold": "kick", "count": 5, "limit": 5, "reason": "x"}
    for withheld in (None, "shadow"):
        assert reached in in_words(texts(language), "abuse.threshold_reached", {**crossing, "withheld": withheld})
    told = [
        in_words(texts(language), "abuse.dismissed", {"incident_ids": ["id"] * number, "reason": "x"})
        for number in (1, 2)
    ]
    assert dismissed is None or told == dismissed


@given(st.integers(1, 10**9))
def test_a_duration_reads_back(seconds: int) -> None:
    assert seconds_of(written(seconds), "x") == seconds


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(nats: NatsServer, postgres_url: str) -> AsyncIterator[Desk]:
    """With something in the logs of three services."""
    async with desk_on(nats, postgres_url) as made:
        player = Player(service="roblox", id="4711")
        ban = issue(player=player, reason="=cmd|' /C calc'!A0", player_name="<b>x</b>")
        assert (await made.bus.send(ban)).status == "applied"
        assert (await made.bus.send(report(incident(player=player)))).status == "applied"
        await made.admin.post(
            "/console/targets", name="Hook", kind="webhook", url="https://hook.example", language="en"
        )
        yield made


@pytest.mark.asyncio(loop_scope="module")
async def test_events_of_every_service_are_on_one_page_with_who_did_them(desk: Desk) -> None:
    page = await desk.admin.get("/console/audit")
    assert page.status == 200
    words = said(page)
    for expected in ("Ban issued: =cmd", "Incident: speed_hack", "Target made: Hook", "EU 1", desk.admin.account.name):
        assert expected in words, expected
    assert "Not read, because it does not answer: ftp-sync, dayz-feed." in words
    assert "sealed" not in page.text
    assert words.index("Target made") < words.index("Incident:") < words.index("Ban issued: =cmd")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("service=notifier", "Target made", "Ban issued"),
        ("kind=infraction.*", "Ban issued", "Target made"),
        ("kind=target.created,abuse.detected", "Incident:", "Ban issued"),
        ("player=roblox:4711", "Incident:", "Target made"),
        ("actor=01948a00000000000000beef", "Incident:", "Ban issued"),
        ("since=2001-01-01", "Ban issued", "No event matches"),
        ("until=2001-01-01", "No event matches", "Ban issued"),
        ("actor=nobody", "No event matches", "Ban issued"),
    ],
)
async def test_the_log_is_filtered(desk: Desk, query: str, shown: str, hidden: str) -> None:
    words = said(await desk.admin.get(f"/console/audit?{query}"))
    assert shown in words
    assert hidden not in words


@pytest.mark.asyncio(loop_scope="module")
async def test_an_actor_is_found_by_the_name_of_an_account(desk: Desk) -> None:
    words = said(await desk.admin.get(f"/console/audit?actor={desk.admin.account.login}"))
    assert "Target made" in words
    assert "Ban issued" not in words


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "query", ["service=x", "kind=Bad!", "player=x", "since=soon", "cursor=q9", "actor=" + "x" * 70]
)
async def test_a_filter_that_means_nothing_is_said(desk: Desk, query: str) -> None:
    page = await desk.admin.get(f"/console/audit?{query}")
    assert (page.status, 'role="alert"' in page.text) == (422, True)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_table_holds_everything_that_matches_and_no_formula(desk: Desk) -> None:
    answer = await desk.admin.get("/console/audit.csv?service=infractions")
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(StringIO(answer.body.decode("utf-8-sig"))))
    (ban,) = [row for row in rows if (row["type"], row["player"]) == ("infraction.issued", "roblox:4711")]
    assert (ban["actor_name"], ban["service"]) == ("moderator", "infractions")
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    assert [int(row["position"]) for row in rows] == sorted((int(row["position"]) for row in rows), reverse=True)
    away = await desk.admin.get("/console/audit.csv")
    assert away.status == 503


@pytest.mark.asyncio(loop_scope="module")
async def test_a_ban_file_is_listed_with_its_receipts(desk: Desk, nats: NatsServer, tmp_path: Path) -> None:
    async with ftp_sync(nats, desk.ban_file_url, tmp_path):
        command = new_ban_file(local_place(tmp_path / "ban.txt"), name="Chernarus <1>")
        await eventually(lambda: _is_listed(desk, "No ban file is kept"))
        assert (await desk.bus.send(command)).status == "applied"
        ban = dayz_ban(7)
        assert (await desk.bus.send(ban)).status == "applied"
        path = f"/console/ban-files/{command.ban_file_id}"

        async def applied() -> bool:
            return ban.infraction_id in (await desk.admin.get(f"{path}?status=applied")).text

        await eventually(applied)
        listed = await desk.admin.get("/console/ban-files")
        assert "Chernarus &lt;1&gt;" in listed.text
        went_to(await desk.admin.post(f"{path}/pause"))
        went_to(await desk.admin.post(f"{path}/resume"))
        went_to(await desk.admin.post(f"{path}/sync"))
        assert "Ban file to be written anew" in said(await desk.admin.get("/console/audit?service=ftp-sync"))
        assert (await desk.admin.get(f"{path}?status=lost")).status == 422
        assert (await desk.admin.get("/console/ban-files/" + "0" * 24)).status == 404


async def _is_listed(desk: Desk, text: str) -> bool:
    return text in (await desk.admin.get("/console/ban-files")).text
