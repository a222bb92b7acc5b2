"""The places of the bodies that the OpenAPI document describes, and bodies with something in one of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from banstream_gateway.openapi import document
from banstream_gateway.routes import ENDPOINTS

_DOCUMENT = document(ENDPOINTS, "0.1.0")
_EXAMPLES = {"service": "roblox", "policy_id": "default"}
_OF_A_SERVER = "/v1/servers/self/policy"
"""A token has to name the server."""

Step = str | int


@dataclass(frozen=True)
class Place:
    """One value of a body: which route's, the names and indices that lead to it, and what may be there."""

    method: str
    path: str
    steps: tuple[Step, ...]
    kinds: frozenset[str]
    """JSON Schema's types; empty where it names none."""
    minimum: int

    @property
    def target(self) -> str:
        """A path with something in each of its parts."""
        parts = (part.strip("{}") if part.startswith("{") else None for part in self.path.split("/"))
        written = "/".join(
            written if name is None else _EXAMPLES.get(name, "1" * 24)
            for name, written in zip(parts, self.path.split("/"), strict=True)
        )
        return f"{written}?server_id={'1' * 24}" if self.path == _OF_A_SERVER else written

    @property
    def field(self) -> str:
        """As a problem names it."""
        return ".".join(map(str, self.steps))

    def body(self, value: object) -> Any:
        """A body that holds this and nothing else."""
        for step in reversed(self.steps):
            value = [value] if isinstance(step, int) else {step: value}
        return value

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.field}"


def places() -> list[Place]:
    """All of them."""
    return [
        Place(method.upper(), path, steps, frozenset(_kinds(schema)), _minimum(schema))
        for path, methods in _DOCUMENT["paths"].items()
        for method, operation in methods.items()
        if "requestBody" in operation
        for steps, schema in _walked(operation["requestBody"]["content"]["application/json"]["schema"], ())
    ]


def _walked(schema: dict[str, Any], steps: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], dict[str, Any]]]:
    if steps:
        yield steps, schema
    for each in _alternatives(schema):
        for name, inner in each.get("properties", {}).items():
            yield from _walked(inner, (*steps, name))
        if isinstance(inner := each.get("additionalProperties"), dict):
            names = _resolved(each.get("propertyNames", {})).get("enum", ["speed_hack"])
            yield from _walked(inner, (*steps, names[0]))
        if isinstance(inner := each.get("items"), dict):
            yield from _walked(inner, (*steps, 0))


def _alternatives(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    schema = _resolved(schema)
    inner = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if inner:
        for each in inner:
            yield from _alternatives(each)
    else:
        yield schema


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = _DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _kinds(schema: dict[str, Any]) -> set[str]:
    return {each["type"] for each in _alternatives(schema) if isinstance(each.get("type"), str)}


def _minimum(schema: dict[str, Any]) -> int:
    return max((each.get("minimum", 1) for each in _alternatives(schema)), default=1)
