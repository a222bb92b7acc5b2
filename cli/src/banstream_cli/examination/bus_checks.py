"""NATS and what is on it."""

import asyncio
import json
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import nats.errors
import nats.js.errors
from nats.aio.client import Client

from banstream_contracts import nats_accounts, streams, subjects
from banstream_contracts.queries.query import GetStatus, ServiceStatus
from banstream_event_log.event_stream import told_position
from banstream_runtime.streams import bucket_config, consumer_config, replicas_here, stream_config

LEAST_NATS = (2, 12)
MOST_SECONDS_APART = 2.0
MOST_EVENTS_BEHIND = 1000
MOST_SECONDS_STILL = 3.0
"""How long a relay that is behind may publish nothing: a new leader has begun by then."""
_APPLY = "run `banstream streams apply`"
_OLDER = "restore a newer one, or stop the services and run `banstream streams refill`: docs/operations.md"
_QUERY_SECONDS = 3.0
_AGAIN_SECONDS = 0.25
_STATUS = {
    streams.INFRACTIONS: subjects.QUERY_STATUS,
    streams.ABUSE_TRACKER: subjects.QUERY_ABUSE_STATUS,
    streams.NOTIFIER: subjects.QUERY_NOTIFIER_STATUS,
    streams.DAYZ_FEED: subjects.QUERY_DAYZ_STATUS,
    streams.FTP_SYNC: subjects.QUERY_FTP_SYNC_STATUS,
}


async def version(client: Client) -> tuple[str, str]:
    """Recent enough for messages with a time to live of their own."""
    found = client.connected_server_version
    todo = "" if (found.major, found.minor) >= LEAST_NATS else "use NATS 2.12 or newer"
    return f"NATS {found.major}.{found.minor}.{found.patch}", todo


async def account(client: Client) -> tuple[str, str]:
    """Services are beside the streams (ADR 0038), but where all are in one account, as in `banstream up`."""
    answer = await client.request("$SYS.REQ.USER.INFO", b"", timeout=_QUERY_SECONDS)
    name = json.loads(answer.data)["data"]["account"]
    todo = "give NATS what `banstream nats config` prints now: docs/nats.md" if name == nats_accounts.STREAMS else ""
    return f"services are in the account {name}{', where the streams are' if todo else ''}", todo


async def declared(client: Client) -> tuple[str, str]:
    """Streams, buckets and consumers are there as the contracts want them."""
    configs = _configs()
    wrong = [found for config in configs if (found := await _stream_fault(client, config))]
    wrong += [found for spec in streams.CONSUMERS if (found := await _consumer_fault(client, spec))]
    count = len(configs) + len(streams.CONSUMERS)
    return ("; ".join(wrong), _APPLY) if wrong else (f"{count} streams, buckets and consumers as they should be", "")


async def copies(client: Client) -> tuple[str, str]:
    """In a cluster every stream is on several nodes: one that is on one alone is away, or gone, with that node."""
    wanted = replicas_here(client)
    if wanted == 1:
        return "NATS is one server", ""
    infos = {config["name"]: await asked(client, f"STREAM.INFO.{config['name']}") for config in _configs()}
    alone = [name for name, info in infos.items() if info.get("config", {}).get("num_replicas") == 1]
    if alone:
        return f"on one node alone: {', '.join(alone)}", f"run `banstream streams apply --replicas {wanted}`"
    return "every stream and bucket is on several nodes", ""


async def clock(client: Client) -> tuple[str, str]:
    """NATS ends what has a time to live by its own clock."""
    before = datetime.now(UTC)
    answer = await asked(client, f"STREAM.INFO.{streams.COMMANDS}")
    after = datetime.now(UTC)
    if "ts" not in answer:
        return "NATS does not tell its time", _APPLY
    return apart(datetime.fromisoformat(answer["ts"]), before, after)


async def room(client: Client) -> tuple[str, str]:
    """A command would be stored: one that nobody carries out is, and is taken back."""
    jetstream = client.jetstream()
    try:
        await jetstream.publish(subjects.TRIAL_COMMAND, timeout=_QUERY_SECONDS)
    except nats.js.errors.NoStreamResponseError:
        return "there is no stream for them", _APPLY
    except nats.js.errors.APIError as refusal:
        return f"NATS refuses them: {refusal.description}", "make room on NATS, or raise its limit: docs/nats.md"
    except TimeoutError:
        return "NATS stores none", "see its log; was its disk full, or has it no majority of its nodes?"
    finally:
        with suppress(nats.errors.Error, nats.js.errors.Error):
            await jetstream.purge_stream(streams.COMMANDS, subject=subjects.TRIAL_COMMAND)
    return "NATS stores them", ""


async def relay(client: Client, service: str) -> tuple[str, str]:
    """Everything in the log of a service has been published, or is being published."""
    told = 0
    try:
        with suppress(nats.js.errors.Error):  # another check tells of streams that are missing
            told = await told_position(client.jetstream(), streams.EVENTS_OF[service])
        status = await _status(client, service)
        before, until = status, time.monotonic() + MOST_SECONDS_STILL
        while status.head > status.relayed == before.relayed and time.monotonic() < until:
            await asyncio.sleep(_AGAIN_SECONDS)
            status = await _status(client, service)
    except nats.errors.NoRespondersError:
        return f"{service} is not running", "start it; commands wait in the meantime"
    except TimeoutError:
        return f"{service} does not answer", "see its log and its /readyz"
    except _NoDatabase:
        return f"{service} cannot read its database", "see its log and its /readyz"
    if told > status.head:
        return f"the log ends at {status.head}, and {told} have been told: it is an older copy", _OLDER
    behind = status.head - status.relayed
    is_still = behind > 0 and status.relayed == before.relayed
    seen = f"position {status.head}, {behind} events behind{' and none published meanwhile' if is_still else ''}"
    is_well = behind < MOST_EVENTS_BEHIND and not is_still
    return seen, "" if is_well else f"see what {service} says: is NATS slow or refusing?"


async def dead(client: Client) -> tuple[str, str]:
    """Nothing waits for an operator."""
    state = (await client.jetstream().stream_info(streams.DEAD)).state
    return f"{state.messages} dead letters", "look at `banstream dead list`" if state.messages else ""


def apart(theirs: datetime, before: datetime, after: datetime) -> tuple[str, str]:
    """How far another clock is from ours, which was read before and after."""
    seconds = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    todo = "" if seconds < MOST_SECONDS_APART else "set the clocks (NTP): expiry and tokens go by them"
    return f"{seconds:.1f} s apart", todo


async def asked(client: Client, operation: str) -> dict[str, Any]:
    """What JetStream answers to an operation that has nothing to say but its name."""
    reply = await client.request(f"$JS.API.{operation}", b"{}", timeout=_QUERY_SECONDS)
    answer: dict[str, Any] = json.loads(reply.data)
    return answer


class _NoDatabase(Exception):
    """The service answers, and cannot say how it is."""


async def _status(client: Client, service: str) -> ServiceStatus:
    reply = await client.request(_STATUS[service], GetStatus().model_dump_json().encode(), timeout=_QUERY_SECONDS)
    if not reply.data:
        raise _NoDatabase
    return ServiceStatus.model_validate_json(reply.data)


def _configs() -> list[dict[str, Any]]:
    return [stream_config(spec) for spec in streams.STREAMS] + [bucket_config(spec) for spec in streams.BUCKETS]


async def _stream_fault(client: Client, wanted: dict[str, Any]) -> str:
    answer = await asked(client, f"STREAM.INFO.{wanted['name']}")
    return _fault(wanted["name"], answer, wanted)


async def _consumer_fault(client: Client, spec: streams.ConsumerSpec) -> str:
    answer = await asked(client, f"CONSUMER.INFO.{spec.stream}.{spec.name}")
    return _fault(f"consumer {spec.name}", answer, consumer_config(spec))


def _fault(name: str, answer: dict[str, Any], wanted: dict[str, Any]) -> str:
    if "config" not in answer:
        return f"{name} is missing"
    config = answer["config"]
    other = [key for key, value in wanted.items() if config.get(key, type(value)()) != value]
    return f"{name} differs in {', '.join(other)}" if other else ""
