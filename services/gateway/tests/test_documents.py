"""OpenAPI, the page made from it, and the other open pages."""

import asyncio
import re
import threading
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from services.gateway.tests.conftest import Running, until

from banstream_contracts.documents import asyncapi
from banstream_gateway import operations
from banstream_gateway.routes import ENDPOINTS


async def test_the_openapi_document_is_valid_and_names_every_endpoint(gateway: Running) -> None:
    document = (await gateway.call("GET", "/openapi.json", secret=None)).json
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    named = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert named == {(each.method, each.path) for each in ENDPOINTS if not each.is_hidden}


async def test_every_endpoint_that_changes_something_needs_a_scope() -> None:
    changing = [each for each in ENDPOINTS if each.method != "GET" and not each.admits_itself]
    assert [each.path for each in changing if not each.scopes] == []


async def test_the_page_needs_nothing_from_elsewhere_and_no_script(gateway: Running) -> None:
    page = await gateway.call("GET", "/docs", secret=None)
    text = page.body.decode()
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "<script" not in text
    assert re.findall(r'(?:src|href)="(?!#|openapi\.json|asyncapi\.json)', text) == []
    assert 'name="viewport"' in text
    assert "/v1/infractions/{infraction_id}" in text


async def test_the_asyncapi_document_is_served_where_the_contracts_have_one(gateway: Running) -> None:
    answer = await gateway.call("GET", "/asyncapi.json", secret=None)
    assert answer.status in {200, 404}
    assert answer.status == 404 or answer.json["asyncapi"].startswith("3.")


async def test_the_asyncapi_document_is_made_once_and_everything_else_goes_on(
    gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, begun, released = [], threading.Event(), threading.Event()

    def document() -> dict[str, Any]:
        begun.set()
        made.append(released.wait(60))
        return {"asyncapi": "3.0.0"}

    monkeypatch.setattr(asyncapi, "document", document)
    operations._asyncapi.cache_clear()  # noqa: SLF001 - another test may have had it made
    asking = [asyncio.create_task(gateway.call("GET", "/asyncapi.json", secret=None)) for _ in range(3)]
    try:
        await until(begun.is_set)
        assert (await gateway.call("GET", "/healthz", secret=None)).status == 200
    finally:
        released.set()
    assert [(await each).json for each in asking] == [{"asyncapi": "3.0.0"}] * 3
    operations._asyncapi.cache_clear()  # noqa: SLF001 - as above
    assert made == [True]


async def test_metrics_count_by_route_and_never_by_path(gateway: Running) -> None:
    await gateway.call("GET", "/v1/players/roblox/987654321/restrictions")
    await gateway.call("GET", "/v1/nothing/987654321")
    await gateway.call(
        "POST", "/v1/infractions", {"player": {"service": "roblox", "id": 1}, "punishments": ["ban"], "reason": "x"}
    )
    await until(lambda: gateway.gateway.restrictions.position == 2)
    text = (await gateway.call("GET", "/metrics", secret=None)).body.decode()
    assert "987654321" not in text
    labels = 'method="GET",route="/v1/players/{service}/{id}/restrictions",status="200"'
    assert f"banstream_http_request_seconds_count{{{labels}}} 1.0" in text
    assert 'banstream_writes_total{outcome="applied"} 1.0' in text
    for name in ("restrictions_held 1.0", "log_position 2.0", "stale_seconds 0.0", "nats_connected 1.0"):
        assert f"banstream_{name}" in text


async def test_metrics_grow_by_no_method_that_strangers_think_of(gateway: Running) -> None:
    for path in ("/v1/infractions", "/v1/nothing", "/t/all/v1/check"):
        for method in ("PROPFIND", "MKCOL", "TRACE", "LOCK"):
            assert (await gateway.call(method, path, secret=None)).status in {404, 405}
    text = (await gateway.call("GET", "/metrics", secret=None)).body.decode()
    assert 'count{method="other",route="/v1/infractions",status="405"} 4.0' in text
    assert 'count{method="other",route="unknown",status="404"} 4.0' in text
    assert "LOCK" not in text


async def test_health_and_readiness(gateway: Running) -> None:
    assert (await gateway.call("GET", "/healthz", secret=None)).json == {"status": "ok"}
    assert await gateway.readiness() == {"status": "ready", "missing": {}, "position": 1, "stale_seconds": 0.0}


async def test_the_feed_is_described_in_each_of_its_forms(gateway: Running) -> None:
    paths = (await gateway.call("GET", "/openapi.json", secret=None)).json["paths"]

    def content(path: str, status: str) -> dict[str, str]:
        answers = paths[path]["get"]["responses"][status]["content"]
        return {media: each["schema"]["$ref"].rpartition("/")[2] for media, each in answers.items()}

    assert content("/v1/feed", "200") == {"application/json": "FeedAnswer"}
    assert content("/v1/feed", "410") == {"application/problem+json": "ExpiredAnswer"}
    assert content("/v1/feed/sse", "200") == {"text/event-stream": "StreamedEvent"}
    assert content("/v1/feed/ws", "101") == {"application/json": "SocketFrame"}
    assert content("/v1/feed/snapshot", "200") == {"application/x-ndjson": "SnapshotLine"}


async def test_reports_and_policies_are_described_with_all_that_can_be_sent(gateway: Running) -> None:
    document = (await gateway.call("GET", "/openapi.json", secret=None)).json
    paths, schemas = document["paths"], document["components"]["schemas"]

    def headers(method: str, path: str) -> set[str]:
        return {each["name"] for each in paths[path][method]["parameters"] if each["in"] == "header"}

    forms = [each["$ref"].rpartition("/")[2] for each in schemas["IncidentsRequest"]["anyOf"]]
    assert forms == ["SingleIncident", "IncidentBatch"]
    assert set(schemas["AbuseAnswer"]["properties"]) >= {"userId", "totalIncidents", "isBanned", "banExpiry"}
    assert headers("put", "/v1/policies/{policy_id}") == {"Idempotency-Key", "If-Match"}
    assert headers("put", "/v1/servers/self/policy") == set()
    assert headers("get", "/v1/feed/sse") == {"Last-Event-ID"}
    (key,) = paths["/v1/infractions"]["post"]["parameters"]
    assert [bool(re.fullmatch(key["schema"]["pattern"], each)) for each in ("a b", "", " ", "\xe9")] == [
        True,
        *[False] * 3,
    ]
    assert headers("get", "/v1/infractions/{infraction_id}") == {"If-None-Match"}
    told = {
        status: [*each.get("headers", ())] for status, each in paths["/v1/infractions"]["post"]["responses"].items()
    }
    assert {status: names for status, names in told.items() if names} == {
        "202": ["Location"],
        "429": ["Retry-After"],
        "503": ["Retry-After"],
    }
    assert paths["/v1/protected/{service}/{id}"]["delete"]["requestBody"]["required"] is False
    assert "412" in paths["/v1/policies/{policy_id}"]["put"]["responses"]
