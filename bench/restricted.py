"""Very many restrictions in force, written straight into their bucket, as far as the relay would have got.

Nothing is decided and nothing is in the log: gateways cannot tell, and a million take a minute.
Each message has the header that the relay gives it, which gateways have to read as well.
"""

import asyncio
from collections.abc import Callable, Iterable

import orjson

from banstream_contracts import headers, streams
from banstream_contracts.infractions import Standing
from banstream_contracts.players import subject_token
from banstream_runtime.connection import connect
from banstream_runtime.streams import stream_size
from banstream_testing.system import System
from banstream_testing.waiting import eventually

FIRST_POSITION = 1_000_000
"""Beyond what the system's own credentials and bans are at."""

SECONDS_FOR_ALL = 600.0
_PAGE = 4000
"""So many are on their way to NATS without an acknowledgement: fewer than it puts into a queue."""

Banned = Callable[[int], tuple[str, str]]
"""Service and id of the banned player of a number, in canonical form."""


def of_roblox(number: int) -> tuple[str, str]:
    """Players of Roblox, one after the other."""
    return "roblox", str(1_000_000 + number)


async def fill(system: System, first: int, behind: int, banned: Banned = of_roblox) -> None:
    """Write the restrictions of these numbers and the position they reach. Nobody else may write there meanwhile."""
    client = await connect(system.nats.settings(), "bench", timeout_seconds=30)
    bucket = f"$KV.{streams.RESTRICTIONS_BUCKET}."
    before = (await stream_size(client, f"KV_{streams.RESTRICTIONS_BUCKET}")).messages
    try:
        jetstream = client.jetstream()
        written = (await jetstream.stream_info(f"KV_{streams.RESTRICTIONS_BUCKET}")).state.last_seq
        for start in range(first, behind, _PAGE):
            *others, last = [_entry(number, banned) for number in range(start, min(start + _PAGE, behind))]
            for key, value in others:
                await client.publish(bucket + key, value, headers=_following(written))
                written += 1
            await jetstream.publish(bucket + last[0], last[1], timeout=60, headers=_following(written))
            written += 1
        position = str(FIRST_POSITION + behind).encode()
        await jetstream.publish(bucket + streams.POSITION_KEY, position)
        after = (await stream_size(client, f"KV_{streams.RESTRICTIONS_BUCKET}")).messages
        assert after - before in (behind - first, behind - first + 1), f"{after - before} of {behind - first} stored"
    finally:
        await client.close()


async def known(system: System, count: int, gateways: Iterable[int] = (0,)) -> None:
    """Until gateways know the first so many; asks seldom, as its answers cost what is measured."""
    for gateway in gateways:
        url = f"{system.gateways[gateway].url}/readyz"

        async def knows(url: str = url) -> bool:
            await asyncio.sleep(0.2)
            async with system.http.get(url) as answer:
                return bool((await answer.json())["position"] >= FIRST_POSITION + count)

        await eventually(knows, SECONDS_FOR_ALL)


def _following(sequence: int) -> dict[str, str]:
    return {headers.EXPECTED_LAST_SEQUENCE: str(sequence)}


def _entry(number: int, banned: Banned) -> tuple[str, bytes]:
    """The key and the value of one banned player, as `Standing` is written."""
    value = {
        "position": FIRST_POSITION + number + 1,
        "restrictions": [
            {
                "infraction_id": f"01948f6e{number:016x}",
                "punishments": ["ban"],
                "lifetime": "timed",
                "reason": f"seen by staff, case {number}",
                "scope": "global",
                "expires_at": "2100-01-01T00:00:00Z",
                "issuer_name": "moderator",
            }
        ],
    }
    return subject_token(*banned(number)), orjson.dumps(value)


_SAMPLE = _entry(0, of_roblox)[1]
assert Standing.model_validate_json(_SAMPLE).model_dump_json(exclude_none=True).encode() == _SAMPLE
