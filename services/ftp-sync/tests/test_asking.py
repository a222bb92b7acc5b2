"""What is asked of infractions comes whole, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from nats.aio.client import Client

from banstream_contracts import headers
from banstream_contracts.queries.ban_files import BansFound, FindBans, FoundBan
from banstream_contracts.queries.query import TOO_LONG
from banstream_ftp_sync.asking import NotKnown, all_bans, bans_of
from banstream_testing.ftp_sync import infraction

Answering = Callable[[FindBans], BansFound | None]


@dataclass
class Answer:
    """A reply of NATS."""

    data: bytes
    headers: dict[str, str] = field(default_factory=dict)


class Infractions(Client):
    """Answers questions about bans; None is an answer that does not fit into a message."""

    def __init__(self, answering: Answering) -> None:
        super().__init__()
        self._answering = answering

    async def request(self, _subject: str, payload: bytes = b"", **_: Any) -> Any:  # type: ignore[override]
        answer = self._answering(FindBans.model_validate_json(payload))
        if answer is None:
            return Answer(b"", {headers.QUERY_ERROR: TOO_LONG})
        return Answer(answer.model_dump_json().encode())


def page(*numbers: int, following: str | None = None) -> BansFound:
    items = tuple(FoundBan(infraction=infraction(number)) for number in numbers)
    return BansFound(items=items, position=9, next=following)


async def numbers_of(answering: Answering) -> list[int]:
    return [int(each.infraction.id, 16) async for found in all_bans(Infractions(answering)) for each in found.items]


async def test_a_page_without_bans_is_not_the_last_one() -> None:
    pages = {None: page(1, following="a"), "a": page(following="b"), "b": page(2)}
    assert await numbers_of(lambda question: pages[question.cursor]) == [1, 2]


@pytest.mark.parametrize("following", ["a", "A"], ids=["again", "back"])
async def test_pages_that_go_round_are_no_whole_answer(following: str) -> None:
    with pytest.raises(NotKnown, match="twice"):
        await numbers_of(lambda question: page(1, following=following if question.cursor else "a"))


async def test_a_page_that_does_not_fit_is_asked_for_in_smaller_ones() -> None:
    def answering(question: FindBans) -> BansFound | None:
        if question.limit > 100:
            return None
        return page(2) if question.cursor else page(1, following="a")

    assert await numbers_of(answering) == [1, 2]
    with pytest.raises(NotKnown, match="could not answer"):
        await numbers_of(lambda _: None)


@pytest.mark.parametrize("most", [1, 300, 700])
async def test_of_bans_that_are_named_none_is_left_out_however_many_fit(most: int) -> None:
    ids = [f"{number:024x}" for number in range(600)]

    def answering(question: FindBans) -> BansFound | None:
        named = question.infraction_ids or ()
        return page(*(int(each, 16) for each in named)) if len(named) <= most else None

    found = await bans_of(Infractions(answering), ids)
    assert [each.infraction.id for one in found for each in one.items] == ids
