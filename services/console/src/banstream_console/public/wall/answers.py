"""The wall as this process knows it: answers of infractions, and the last good one while there is none."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from pydantic import BaseModel

from banstream_console.access.questions import Questions
from banstream_console.live.pulse import Pulse
from banstream_console.problems.exceptions import Away
from banstream_console.public.wall.filters import shown_until
from banstream_contracts import subjects
from banstream_contracts.queries.wall import GetWallStatistics, ListWall, WallBan, WallPage, WallStatistics

FRESH_SECONDS = 2.0
"""How long an answer is given to others who ask the same while nothing is known to have changed."""

_MOST_REMEMBERED = 200
_LARGEST_PAGE = 500

Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Told(Generic[Answer]):
    """An answer. `stale_seconds` is its age where a newer one could not be had, else 0."""

    answer: Answer
    stale_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Known:
    answer: BaseModel
    version: str
    at: float


class Wall:
    """Asks over the bus; many who ask the same at once are one question."""

    def __init__(self, questions: Questions, pulse: Pulse, delay_minutes: float) -> None:
        self._questions = questions
        self._pulse = pulse
        self._delay_minutes = delay_minutes
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asking: dict[str, asyncio.Task[BaseModel]] = {}

    async def page(self, question: ListWall) -> Told[WallPage]:
        """One page. Raises Away where there is none, not even from before."""
        return await self._told(subjects.QUERY_WALL, question, WallPage)

    async def statistics(self, question: GetWallStatistics) -> Told[WallStatistics]:
        """Counts. Raises Away."""
        return await self._told(subjects.QUERY_WALL_STATISTICS, question, WallStatistics)

    async def every_ban(self, question: ListWall) -> AsyncIterator[WallBan]:
        """All that match, over all pages, never from memory. Raises Away, also in the middle."""
        delayed = self._delayed(question.model_copy(update={"limit": _LARGEST_PAGE}))
        while True:
            page = await self._questions.ask(subjects.QUERY_WALL, delayed, WallPage)
            for ban in page.items:
                yield ban
            if page.next is None:
                return
            delayed = delayed.model_copy(update={"cursor": page.next})

    async def _told(self, subject: str, question: ListWall | GetWallStatistics, answer: type[Answer]) -> Told[Answer]:
        key = f"{subject} {question.model_dump_json()}"
        known = self._known.get(key)
        if known and known.version == self._pulse.version and time.monotonic() - known.at < FRESH_SECONDS:
            return Told(_as(answer, known.answer))
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.create_task(self._ask(key, subject, question, answer))
            asking.add_done_callback(lambda _task: self._asking.pop(key, None))
        try:
            return Told(_as(answer, await asyncio.shield(asking)))
        except Away:
            if known is None:
                raise
            return Told(_as(answer, known.answer), max(0.001, time.monotonic() - known.at))

    async def _ask(
        self, key: str, subject: str, question: ListWall | GetWallStatistics, answer: type[Answer]
    ) -> BaseModel:
        """The version is that of before: a change meanwhile makes the answer an old one."""
        version = self._pulse.version
        given = await self._questions.ask(subject, self._delayed(question), answer)
        self._known[key] = _Known(given, version, time.monotonic())
        self._known.move_to_end(key)
        while len(self._known) > _MOST_REMEMBERED:
            self._known.popitem(last=False)
        return given

    def _delayed(self, question: "Asked") -> "Asked":
        until = shown_until(datetime.now(UTC), self._delay_minutes)
        return question.model_copy(update={"shown_until": until}) if until else question


Asked = TypeVar("Asked", ListWall, GetWallStatistics, ListWall | GetWallStatistics)


def _as(answer: type[Answer], given: BaseModel) -> Answer:
    assert isinstance(given, answer)  # noqa: S101 - by the subject in its key
    return given
