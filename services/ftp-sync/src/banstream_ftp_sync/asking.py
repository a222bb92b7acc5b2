"""What ftp-sync asks of infractions and of the abuse tracker: a whole answer, or none."""

from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

import nats.errors
from nats.aio.client import Client
from pydantic import BaseModel, ValidationError

from banstream_contracts import headers, subjects
from banstream_contracts.players import Player
from banstream_contracts.queries.abuse import ListProtected, ProtectedPage
from banstream_contracts.queries.ban_files import BansFound, FindBans
from banstream_contracts.queries.query import TOO_LONG

_SECONDS = 10.0
_PAGE = 500

Answer = TypeVar("Answer", bound=BaseModel)


class NotKnown(Exception):
    """A question had no answer, or not a whole one: nothing may be concluded from it."""


class TooLong(NotKnown):
    """The answer does not fit into a message."""


async def bans_of(client: Client, infraction_ids: Sequence[str]) -> list[BansFound]:
    """What has become of infractions. Raises NotKnown."""
    found: list[BansFound] = []
    for start in range(0, len(infraction_ids), _PAGE):
        found += await _bans_of(client, infraction_ids[start : start + _PAGE])
    return found


async def _bans_of(client: Client, infraction_ids: Sequence[str]) -> list[BansFound]:
    question = FindBans(infraction_ids=tuple(infraction_ids), keeps_unreadable=True)
    try:
        return [await _ask(client, subjects.QUERY_BANS, question, BansFound)]
    except TooLong:
        half = len(infraction_ids) // 2
        if not half:
            raise
        return [*await _bans_of(client, infraction_ids[:half]), *await _bans_of(client, infraction_ids[half:])]


async def all_bans(client: Client) -> AsyncIterator[BansFound]:
    """Every ban in force, in pages. Raises NotKnown, also in the middle."""
    cursor: str | None = None
    while True:
        page = await _page(client, FindBans(cursor=cursor, limit=_PAGE, keeps_unreadable=True))
        yield page
        if page.next is None:
            return
        if cursor is not None and page.next <= cursor:
            raise NotKnown("infractions told the same page of bans twice")
        cursor = page.next


async def all_protected(client: Client) -> list[Player]:
    """Every protected player. Raises NotKnown."""
    found: list[Player] = []
    cursor: str | None = None
    while True:
        page = await _ask(client, subjects.QUERY_PROTECTED, ListProtected(cursor=cursor, limit=_PAGE), ProtectedPage)
        found += [each.player for each in page.items]
        if page.next is None:
            return found
        if cursor is not None and page.next <= cursor:
            raise NotKnown("the abuse tracker told the same page twice")
        cursor = page.next


async def _page(client: Client, question: FindBans) -> BansFound:
    """As long a page as fits into a message."""
    try:
        return await _ask(client, subjects.QUERY_BANS, question, BansFound)
    except TooLong:
        if question.limit == 1:
            raise
        return await _page(client, question.model_copy(update={"limit": question.limit // 2}))


async def _ask(client: Client, subject: str, question: BaseModel, answer: type[Answer]) -> Answer:
    who = subject.split(".")[2]
    payload = question.model_dump_json(exclude_none=True).encode()
    try:
        reply = await client.request(subject, payload, timeout=_SECONDS)
    except nats.errors.NoRespondersError:
        raise NotKnown(f"{who} is away") from None
    except (TimeoutError, nats.errors.Error) as error:
        raise NotKnown(f"{who} did not answer: {type(error).__name__}") from error
    if why := (reply.headers or {}).get(headers.QUERY_ERROR):
        raise (TooLong if why == TOO_LONG else NotKnown)(f"{who} could not answer: {why}")
    try:
        return answer.model_validate_json(reply.data)
    except ValidationError:
        raise NotKnown(f"{who} gave an answer that cannot be read") from None
