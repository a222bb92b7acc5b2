"""The buckets that gateways and consoles hold in memory."""

from contextlib import suppress
from datetime import datetime

from nats.aio.client import Client
from nats.js.errors import NotFoundError

from banstream_cli.examination.bus_checks import asked
from banstream_contracts import streams, subjects
from banstream_edge.wholeness import Wholeness

_TODO = "infractions fills them: does it run and go on? Gateways and consoles that start wait for the end"


async def whole(client: Client) -> tuple[str, str]:
    """None is being filled, by somebody at work or by one who died over it."""
    names = [spec.name for spec in streams.BUCKETS if spec.follows_log]
    lacking = [f"{name}: {lack}" for name in names if (lack := await _lack(client, name))]
    return ("; ".join(lacking), _TODO) if lacking else (f"{len(names)} buckets are whole", "")


async def _lack(client: Client, bucket: str) -> str:
    wholeness = Wholeness(bucket)
    for key in (streams.POSITION_KEY, streams.FILLING_KEY):
        with suppress(NotFoundError):
            last = await client.jetstream().get_last_msg(f"KV_{bucket}", subjects.entry(bucket, key))
            wholeness.hear(key, last.data)
    if wholeness.is_whole:
        return ""
    if not wholeness.filling:
        return "nobody has begun to fill it"
    info = await asked(client, f"STREAM.INFO.KV_{bucket}")
    ago = datetime.fromisoformat(info["ts"]) - datetime.fromisoformat(info["state"]["last_ts"])
    return f"{wholeness.filling}, last written to {ago.total_seconds():.0f} s ago"
