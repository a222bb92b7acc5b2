"""Lists, searches and counts over a long history, as gateways and consoles ask for them."""

import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from nats.aio.client import Client
from pydantic import BaseModel

from banstream_contracts import permissions, subjects
from banstream_contracts.infractions import Severity
from banstream_contracts.players import Player
from banstream_contracts.queries.infractions import InfractionPage, ListInfractions
from banstream_contracts.queries.search import (
    GetInfractionStatistics,
    InfractionStatistics,
    SearchInfractions,
    SearchPage,
)
from banstream_contracts.queries.wall import GetWallStatistics, ListWall, WallPage, WallStatistics
from banstream_runtime.connection import connect
from bench.history import CATEGORIES, DAYS, History
from bench.report import Figure
from bench.sizes import sized

GOAL_MS = 50.0
_WAIT_SECONDS = 30.0


async def reading(history: History) -> list[Figure]:
    """Over NATS, one question after the other; p99 of each kind."""
    chance = random.Random(7)  # noqa: S311 - no secret
    kinds: list[tuple[str, str, str, type[BaseModel], Sequence[BaseModel]]] = [
        ("list", permissions.GATEWAY, subjects.QUERY_INFRACTIONS, InfractionPage, _lists(history, chance)),
        ("search", permissions.CONSOLE, subjects.QUERY_SEARCH, SearchPage, _searches(history, chance)),
        ("wall", permissions.CONSOLE, subjects.QUERY_WALL, WallPage, _walls(history, chance)),
        (
            "statistics of staff",
            permissions.CONSOLE,
            subjects.QUERY_INFRACTION_STATISTICS,
            InfractionStatistics,
            [
                GetInfractionStatistics(),
                GetInfractionStatistics(time_zone="America/Sao_Paulo"),
                GetInfractionStatistics(days=92, time_zone="Asia/Kathmandu"),
            ],
        ),
        (
            "statistics of the wall",
            permissions.CONSOLE,
            subjects.QUERY_WALL_STATISTICS,
            WallStatistics,
            [GetWallStatistics(), GetWallStatistics(time_zone="America/Sao_Paulo")],
        ),
    ]
    figures = []
    for name, user, subject, answer, questions in kinds:
        client = await connect(history.system.nats.settings(user), "bench", timeout_seconds=30)
        try:
            figures.append(
                await _measured(client, f"{name}, {history.events:,} infractions", subject, answer, questions)
            )
        finally:
            await client.close()
    return figures


async def _measured(
    client: Client, name: str, subject: str, answer: type[BaseModel], questions: Sequence[BaseModel]
) -> Figure:
    times, took = sized(10, 300, 300), []
    for number in range(times + len(questions)):
        question = questions[number % len(questions)].model_dump_json(exclude_none=True).encode()
        began = time.perf_counter()
        reply = await client.request(subject, question, timeout=_WAIT_SECONDS)
        took.append((time.perf_counter() - began) * 1000)
        answer.model_validate_json(reply.data)
    counted = sorted(took[len(questions) :])  # each was asked once before
    p99 = counted[min(times - 1, times * 99 // 100)]
    note = f"p50 {counted[times // 2]:.1f} ms; {times} of {len(questions)} different questions"
    return Figure(f"{name}, p99", "ms", p99, goal=GOAL_MS, at_most=True, note=note)


def _far_back(now: datetime) -> str:
    """Of a page of the wall, behind most others."""
    return f"{int((now - timedelta(days=DAYS * 0.8)).timestamp() * 1_000_000)}-{'0' * 12}"


def _player(history: History, chance: random.Random) -> Player:
    return Player(service="roblox", id=str(1_000_000 + chance.randrange(history.players)))


def _lists(history: History, chance: random.Random) -> list[ListInfractions]:
    return [
        ListInfractions(),
        ListInfractions(active=True, limit=200),
        ListInfractions(active=False, limit=200),
        ListInfractions(active=False, category=CATEGORIES[0]),
        *(ListInfractions(category=category) for category in CATEGORIES),
        *(ListInfractions(player=_player(history, chance)) for _ in range(20)),
    ]


def _searches(history: History, chance: random.Random) -> list[SearchInfractions]:
    now = datetime.now(UTC)
    return [
        SearchInfractions(),
        SearchInfractions(search="seen by staff"),
        SearchInfractions(search="case 77"),
        SearchInfractions(search="nobody is called so"),
        SearchInfractions(search="ツバサ"),
        SearchInfractions(state="in_force", category="toxicity", severity=Severity.CRITICAL),
        SearchInfractions(until=now - timedelta(days=DAYS / 2), player_service="roblox"),
        *_of_a_span(chance, now),
        *(SearchInfractions(search=f"builder{_player(history, chance).id}") for _ in range(10)),
        *(SearchInfractions(search=_player(history, chance).id) for _ in range(10)),
    ]


def _of_a_span(chance: random.Random, now: datetime) -> list[SearchInfractions]:
    """Text, state and time together: what is common, what is rare, and what is common and yet never together."""
    until = now - timedelta(days=DAYS / 3)
    span = {"since": until - timedelta(days=DAYS / 4), "until": until}
    return [
        SearchInfractions(search="seen by staff", state="in_force", **span),
        SearchInfractions(search=f"case {chance.randrange(1000)}", state="in_force", **span),
        SearchInfractions(search="guest", state="in_force", category="griefing", **span),
        SearchInfractions(search="dark_knight", state="lifted", **span),
        SearchInfractions(search="noob", punishment="chat_block", severity=Severity.LOW, **span),
    ]


def _walls(history: History, chance: random.Random) -> list[ListWall]:
    now = datetime.now(UTC)
    return [
        ListWall(),
        ListWall(search="staff"),
        ListWall(search="nobody is called so"),
        ListWall(until=now - timedelta(days=DAYS / 2)),
        *(ListWall(category=category, severity=Severity.HIGH) for category in CATEGORIES),
        *(ListWall(search=f"case {chance.randrange(history.events)}") for _ in range(10)),
        ListWall(search="guest", category="toxicity"),
        ListWall(search="case 77", since=now - timedelta(days=DAYS / 2), until=now - timedelta(days=DAYS / 4)),
        ListWall(cursor=_far_back(now)),
    ]
