"""For operators and tools: health, metrics, documentation."""

from asyncio import wrap_future
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib import import_module
from importlib.metadata import version
from typing import Any

import orjson
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from banstream_edge.bucket_watch import BucketWatch
from banstream_gateway import docs, openapi
from banstream_gateway.answers import JSON, json_answer
from banstream_gateway.endpoints import Call, Endpoint, Gateway, Handler
from banstream_gateway.problems import NotFound


async def healthz(_call: Call) -> web.Response:
    """Whether the process answers."""
    return json_answer({"status": "ok"})


async def readyz(call: Call) -> web.Response:
    """503 while checks cannot be answered; 200 and `stale` while they are answered from an older state."""
    content = readiness(call.gateway)
    return json_answer(content, 503 if content["status"] == "unready" else 200)


def readiness(gateway: Gateway) -> dict[str, Any]:
    """The state of this process, and what is missing or stale."""
    unloaded = {watch.bucket: lacks for watch in gateway.watches if (lacks := watch.lacks)}
    stale_seconds = max(watch.stale_seconds() for watch in gateway.watches)
    missing = {} if gateway.is_connected() else {"nats": "not connected"}
    missing |= {watch.bucket: _age(watch) for watch in gateway.watches if watch.stale_seconds()} | unloaded
    return {
        "status": "unready" if unloaded else "stale" if missing else "ready",
        "missing": missing,
        "position": gateway.restrictions.position,
        "stale_seconds": round(stale_seconds, 3),
    }


def _age(watch: BucketWatch) -> str:
    return f"from the copy of {watch.copied_at:%Y-%m-%dT%H:%M:%SZ}" if watch.copied_at else "stale"


async def metrics(call: Call) -> web.Response:
    """Prometheus' text form of everything this process counts."""
    body = generate_latest(call.gateway.metrics.registry)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def asyncapi(_call: Call) -> web.Response:
    """The messages on the bus."""
    try:
        body = await wrap_future(_asyncapi())
    except ModuleNotFoundError:
        raise NotFound from None
    return web.Response(body=body, headers={"Content-Type": JSON})


def described(endpoints: list[Endpoint]) -> list[Endpoint]:
    """The endpoints, and two more that describe them."""
    document = openapi.document(endpoints, version("banstream-gateway"))
    return [
        *endpoints,
        Endpoint("GET", "/openapi.json", _fixed_json(document), "This description.", is_hidden=True),
        Endpoint("GET", "/docs", _fixed_page(docs.page(document)), "This description, to read.", is_hidden=True),
    ]


@cache
def _asyncapi() -> Future[bytes]:
    """Made once, beside the event loop: it takes seconds, and anybody may ask."""
    maker = ThreadPoolExecutor(1)
    try:
        return maker.submit(_written_asyncapi)
    finally:
        maker.shutdown(wait=False)


def _written_asyncapi() -> bytes:
    return orjson.dumps(import_module("banstream_contracts.documents.asyncapi").document())


def _fixed_json(document: dict[str, Any]) -> Handler:
    body = orjson.dumps(document)

    async def answer(_call: Call) -> web.Response:
        return web.Response(body=body, headers={"Content-Type": JSON})

    return answer


def _fixed_page(page: str) -> Handler:
    async def answer(_call: Call) -> web.Response:
        headers = {
            "Content-Security-Policy": docs.CONTENT_SECURITY_POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
        return web.Response(text=page, content_type="text/html", headers=headers)

    return answer
