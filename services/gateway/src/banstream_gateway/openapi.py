"""The OpenAPI 3.1 document of a route table."""

import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from banstream_contracts.players import Player
from banstream_gateway.answers import ProblemAnswer
from banstream_gateway.commands import IDEMPOTENCY_KEY
from banstream_gateway.endpoints import PUNISH, Endpoint

_REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"\{(\w+)\}")
_PROBLEM = "application/problem+json"
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_PARTS_OF_A_PATH = {name: Player.model_json_schema()["properties"][name] for name in ("service", "id")}
"""Of a player; every other part is looked up, and what cannot be found is a 404 whatever it looks like."""

_ABOUT = """Bans for game servers as an event stream.

Writes answer 200 or 201 with their result, or 202 when it was stored but its result is not known yet.
Repeat a write that failed or timed out with the same `Idempotency-Key`: it happens once.
Every answer to a write of infractions names its log position in `Banstream-Position`; a check that names it shows it.
A token may also be the beginning of the path (`/t/TOKEN/v1/...`) for clients that can set no header."""

_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A server key or token."},
    "server": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`SERVER <id> <key>`, as GFLBans plugins send it.",
    },
}

_TOLD_BY_HEADER = {
    202: ("Location", "string", "Where the outcome will be, with all that belongs to its path."),
    429: ("Retry-After", "integer", "Seconds until the next try."),
    503: ("Retry-After", "integer", "Seconds until the next try."),
}

Key = tuple[type[BaseModel], Literal["validation", "serialization"]]
References = Mapping[Any, dict[str, Any]]
"""How a model is referred to, by `Key`; the library's own type also allows for dataclasses."""


def document(endpoints: Sequence[Endpoint], version: str) -> dict[str, Any]:
    """The document; hidden endpoints (other systems' protocols, pages) are left out."""
    shown = [endpoint for endpoint in endpoints if not endpoint.is_hidden]
    references, definitions = models_json_schema(sorted(_models(shown), key=str), ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in shown:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": "banstream", "version": version, "description": _ABOUT, "license": {"name": "MIT"}},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": definitions["$defs"], "securitySchemes": _SECURITY},
    }


def _models(endpoints: Iterable[Endpoint]) -> set[Key]:
    found: set[Key] = {(ProblemAnswer, "serialization")}
    for endpoint in endpoints:
        if endpoint.body is not None:
            found.add((endpoint.body, "validation"))
        found |= {(answer, "serialization") for answer in endpoint.answers.values() if answer is not None}
    return found


def _operation(endpoint: Endpoint, references: References) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "operationId": _operation_id(endpoint),
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint), *_header_parameters(endpoint)],
        "responses": _responses(endpoint, references),
        "security": [{name: []} for name in _SECURITY] if endpoint.scopes else [],
    }
    if endpoint.scopes:
        operation["description"] = f"Needs the scope {' or '.join(sorted(endpoint.scopes))}."
    if endpoint.body is not None:
        content = {"application/json": {"schema": references[endpoint.body, "validation"]}}
        operation["requestBody"] = {"required": not endpoint.is_body_optional, "content": content}
    return operation


def _operation_id(endpoint: Endpoint) -> str:
    words = re.findall(r"\w+", endpoint.path)
    return "_".join([endpoint.method.lower(), *words])


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _PARTS_OF_A_PATH.get(name, {"type": "string"})}
        for name in _PARAMETER.findall(endpoint.path)
    ]


def _query_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    whole = endpoint.query.model_json_schema()
    properties: dict[str, Any] = _inlined(whole.get("properties", {}), whole.get("$defs", {}))
    return [{"name": name, "in": "query", "required": False, "schema": schema} for name, schema in properties.items()]


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any part of a schema
    """The same schema with each definition in the place that refers to it: a parameter stands alone."""
    if isinstance(schema, dict):
        if isinstance(name := schema.get("$ref"), str):
            return _inlined(definitions[name.rpartition("/")[2]], definitions)
        return {key: _inlined(value, definitions) for key, value in schema.items()}
    return [_inlined(each, definitions) for each in schema] if isinstance(schema, list) else schema


def _header_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    headers = dict(endpoint.headers)
    if HTTPStatus.ACCEPTED in endpoint.answers:
        headers[IDEMPOTENCY_KEY] = "The same key with the same request happens once, however often it is sent."
    if HTTPStatus.NOT_MODIFIED in endpoint.answers:
        headers["If-None-Match"] = "The ETag of what is known; where it still holds the answer is 304."
    schema = {"type": "string", "pattern": "^[!-~]([ -~]*[!-~])?$", "maxLength": 255}
    return [
        {"name": name, "in": "header", "required": False, "schema": schema, "description": about}
        for name, about in headers.items()
    ]


def _responses(endpoint: Endpoint, references: References) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, model in endpoint.answers.items():
        responses[str(status)] = {"description": HTTPStatus(status).phrase}
        if model is not None:
            schema = references[model, "serialization"]
            media = _PROBLEM if issubclass(model, ProblemAnswer) else endpoint.media
            responses[str(status)]["content"] = {media: {"schema": schema}}
    for status in set(_failures(endpoint)) - set(endpoint.answers):
        schema = references[ProblemAnswer, "serialization"]
        responses[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {_PROBLEM: {"schema": schema}},
        }
    for status, (name, kind, about) in _TOLD_BY_HEADER.items():
        if str(status) in responses:
            responses[str(status)]["headers"] = {name: {"description": about, "schema": {"type": kind}}}
    return dict(sorted(responses.items()))


def _failures(endpoint: Endpoint) -> tuple[int, ...]:
    """What can go wrong in general; see each problem's title for the rest."""
    if not endpoint.scopes:
        return ()
    named = (404,) if _PARAMETER.search(endpoint.path) else ()
    body = (408, 413, 415) if endpoint.body else ()
    write = (409,) if PUNISH in endpoint.scopes and endpoint.method in _WRITES else ()
    return (400, 401, 403, *named, *body, *write, 422, 429, 503)
