"""JSON Schemas of messages, each complete in itself with its `$defs`."""

from copy import deepcopy
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from banstream_contracts.events.event import Event

Schema = dict[str, Any]

DEFINITIONS = "#/$defs/"


class _WithoutFieldTitles(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - pydantic's own signature
        """A title `Command Id` says nothing that `command_id` does not."""
        return False


def schema_of(model: type[BaseModel]) -> Schema:
    """What may be sent: a field with a default may be missing, but never the `type` that tells messages apart."""
    schema = model.model_json_schema(schema_generator=_WithoutFieldTitles, mode="validation")
    discriminator = schema.get("properties", {}).get("type", {})
    if "const" in discriminator:
        del discriminator["default"]
        schema["required"] = ["type", *schema["required"]]
    return schema


def public_schema_of(model: type[Event]) -> Schema:
    """The schema of an event as it is published: without its private fields."""
    schema = schema_of(model)
    for path in sorted(model.private):
        *parents, field = path.split(".")
        holder = schema
        for parent in parents:
            holder = _own_definition(schema, holder, parent)
        del holder["properties"][field]
        if field in holder.get("required", ()):
            holder["required"].remove(field)
    return _without_what_nobody_names(schema)


def _own_definition(schema: Schema, holder: Schema, field: str) -> Schema:
    """Give a field a definition that may be changed without changing every other message that refers to it."""
    name = holder["properties"][field]["$ref"].removeprefix(DEFINITIONS)
    own = f"Public{name}"
    if own not in schema["$defs"]:
        schema["$defs"][own] = deepcopy(schema["$defs"].pop(name))
        schema["$defs"][own]["title"] = own
    holder["properties"][field] = {"$ref": DEFINITIONS + own}
    definition: Schema = schema["$defs"][own]
    return definition


def _without_what_nobody_names(schema: Schema) -> Schema:
    """Leave out the definitions that only private fields referred to."""
    definitions: Schema = schema.get("$defs", {})
    named, waiting = set[str](), [{name: value for name, value in schema.items() if name != "$defs"}]
    while waiting:
        for name in _named_in(waiting.pop()) - named:
            named.add(name)
            waiting.append(definitions[name])
    if definitions:
        schema["$defs"] = {name: value for name, value in definitions.items() if name in named}
    return schema


def _named_in(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"].removeprefix(DEFINITIONS)} if isinstance(value.get("$ref"), str) else set[str]()
        return own.union(*(_named_in(each) for each in value.values()))
    if isinstance(value, list):
        return set[str]().union(*(_named_in(each) for each in value))
    return set()
