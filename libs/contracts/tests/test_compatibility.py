"""What counts as a broken promise."""

from copy import deepcopy
from typing import Any

import pytest
from libs.contracts.tests.walked import every_message
from pydantic import BaseModel, Field

from banstream_contracts.documents.compatibility import breaks
from banstream_contracts.documents.schemas import Schema, schema_of
from banstream_contracts.infractions import Punishment


class Item(BaseModel):
    name: str = Field(max_length=10)


class Promise(BaseModel):
    identity: int = Field(ge=1, le=100)
    punishment: Punishment = Punishment.BAN
    nickname: str | None = None
    pattern: str | None = Field(default=None, pattern="^[a-z]+$")
    items: tuple[Item, ...] = ()
    by_name: dict[str, Item] = Field(default_factory=dict)


OLD = schema_of(Promise)


def changed(*path: str, **values: Any) -> Schema:
    """The promise with values set (or with `drop` removed) at a path."""
    schema = deepcopy(OLD)
    place: Any = schema
    for step in path:
        place = place[int(step)] if isinstance(place, list) else place[step]
    for name in values.pop("drop", ()):
        del place[name]
    place.update(values)
    return schema


def broken(new: Schema, *, is_sent: bool = False) -> list[str]:
    return breaks(OLD, new, is_sent=is_sent)


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        changed("properties", colour={"type": "string"}),
        changed("properties", identity={"type": "number", "minimum": 0, "maximum": 1000}),
        changed("properties", identity={}),
        changed(
            "properties",
            nickname={"anyOf": [{"type": "null"}, {"type": "integer"}, {"type": "string"}], "default": None},
        ),
        changed("$defs", "Punishment", enum=[*Punishment, "mute"]),
        changed("$defs", "Item", "properties", "name", maxLength=11),
        changed("$defs", "Item", "properties", colour={"type": "string"}),
        changed("properties", "items", description="others"),
        changed(title="Other"),
        changed(drop=["required"]),
    ],
)
def test_additions_keep_every_promise(new: Schema) -> None:
    assert broken(new) == []


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (changed("properties", drop=["nickname"]), "$.nickname was removed"),
        (changed("properties", drop=["nickname"], nick={"type": "string"}), "$.nickname was removed"),
        (changed(required=["identity", "nickname"]), "$.nickname became required"),
        (changed(required=["identity", "colour"]), "$.colour became required"),
        (changed("$defs", "Punishment", enum=[*Punishment][1:]), "$.punishment: 'ban' is no longer allowed"),
        (changed("properties", identity={"type": "string"}), "$.identity: integer is no longer allowed"),
        (changed("properties", "identity", maximum=99), "$.identity: maximum is 99 now, was 100"),
        (changed("properties", "identity", minimum=2), "$.identity: minimum is 2 now, was 1"),
        (changed("properties", "identity", multipleOf=2), "$.identity: multipleOf is 2 now, was None"),
        (changed("properties", "identity", enum=[1, 2]), "$.identity: only [1, 2] is allowed now"),
        (changed("properties", nickname={"type": "string", "default": None}), "$.nickname: null is no longer allowed"),
        (changed("properties", "nickname", default="x"), "$.nickname has another default"),
        (changed("properties", "nickname", drop=["default"]), "$.nickname has another default"),
        (
            changed("properties", "pattern", "anyOf", "0", pattern="^[a-f]+$"),
            "$.pattern: pattern is ^[a-f]+$ now, was ^[a-z]+$",
        ),
        (changed("$defs", "Item", "properties", "name", maxLength=9), "$.items.*.name: maxLength is 9 now, was 10"),
        (changed("$defs", "Item", "properties", drop=["name"]), "$.items.*.name was removed"),
        (changed("properties", "items", maxItems=3), "$.items: maxItems is 3 now, was None"),
        (changed(additionalProperties=False), "$: additionalProperties became narrower"),
        (
            changed("properties", "by_name", additionalProperties=False),
            "$.by_name: additionalProperties became narrower",
        ),
    ],
)
def test_what_is_lost_or_narrowed_is_named(new: Schema, reason: str) -> None:
    assert reason in broken(new)


def test_a_definition_used_twice_is_complained_of() -> None:
    own = changed("$defs", Other={"type": "object", "properties": {}})
    own["properties"]["by_name"]["additionalProperties"] = {"$ref": "#/$defs/Other"}
    assert broken(own) == ["$.by_name.*.name was removed"]


def test_what_others_read_may_not_go_missing() -> None:
    optional = changed(drop=["required"])
    assert broken(optional, is_sent=True) == ["$.identity may now be missing"]


def test_a_schema_that_refers_to_itself_is_compared_to_its_end() -> None:
    tree = {
        "$defs": {"Tree": {"type": "object", "properties": {"child": {"$ref": "#/$defs/Tree"}}}},
        "$ref": "#/$defs/Tree",
    }
    bare = {"$defs": {"Tree": {"type": "object", "properties": {}}}, "$ref": "#/$defs/Tree"}
    assert breaks(tree, deepcopy(tree), is_sent=True) == []
    assert breaks(tree, bare, is_sent=True) == ["$.child was removed"]


@pytest.mark.parametrize("message", every_message(), ids=lambda message: f"{message.kind}.{message.name}")
def test_losing_any_field_of_any_message_is_noticed(message: Any) -> None:
    schema = message.schema
    for field in schema.get("properties", {}):
        assert breaks(schema, without(schema, field), is_sent=False), field
    for name, holder in schema.get("$defs", {}).items():
        for field in holder.get("properties", {}):
            new = {**schema, "$defs": {**schema["$defs"], name: without(holder, field)}}
            assert breaks(schema, new, is_sent=False), (name, field)


def without(schema: Schema, field: str) -> Schema:
    return {**schema, "properties": {name: value for name, value in schema["properties"].items() if name != field}}
