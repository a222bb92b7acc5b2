"""Handlers find what they need in the context, and no thread is begun for it."""

import threading
from typing import Annotated

import pytest
from faststream.exceptions import ContextError
from faststream.nats import NatsBroker, TestNatsBroker

from banstream_decider.in_context import InContext

WORKER = "AnyIO worker thread"


def broker() -> NatsBroker:
    made = NatsBroker(logger=None)

    @made.subscriber("asked")
    async def answer(question: str, reads: Annotated[str, InContext("reads")]) -> str:
        return f"{question} {reads}"

    return made


def workers() -> set[int | None]:
    return {each.ident for each in threading.enumerate() if each.name == WORKER}


async def test_a_handler_finds_it_without_a_thread() -> None:
    before = workers()
    async with TestNatsBroker(broker()) as bus:
        bus.context.set_global("reads", "rows")
        answer = await bus.request("what", "asked")
    assert await answer.decode() == "what rows"
    assert workers() <= before


async def test_what_is_not_there_is_an_error() -> None:
    async with TestNatsBroker(broker()) as bus:
        with pytest.raises(ContextError):
            await bus.request("what", "asked")
