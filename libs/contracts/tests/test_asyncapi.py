"""The AsyncAPI document: complete, fresh, and within the rules of AsyncAPI 3.0."""

import importlib
import json
import pkgutil
import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped] # no stubs in the environment
from pydantic import BaseModel

import banstream_contracts
from banstream_contracts import headers, public_events, streams, subjects
from banstream_contracts.documents import asyncapi
from banstream_contracts.documents.asyncapi import document
from banstream_contracts.documents.catalogue import COMMAND_MODELS
from banstream_contracts.infractions import Contract
from banstream_contracts.public_events import EVENT_MODELS
from banstream_contracts.queries.table import QUERIES

ROOT = Path(__file__).parents[3]
GOLDEN = Path(__file__).parent / "golden"

COMPONENT_KEY = re.compile(r"[A-Za-z0-9.\-_]+")
RUNTIME_EXPRESSION = re.compile(r"\$message\.(header|payload)#(/([^/~]|~[01])*)*")
EXTENSION = re.compile(r"x-[\w.-]+")
FIELDS = {
    "root": {"asyncapi", "id", "info", "servers", "defaultContentType", "channels", "operations", "components"},
    "info": {"title", "version", "description", "termsOfService", "contact", "license", "tags", "externalDocs"},
    "server": {
        *("host", "protocol", "protocolVersion", "pathname", "description", "title", "summary", "variables"),
        *("security", "tags", "externalDocs", "bindings"),
    },
    "channel": {
        *("address", "messages", "title", "summary", "description", "servers", "parameters", "tags"),
        *("externalDocs", "bindings"),
    },
    "parameter": {"enum", "default", "description", "examples", "location"},
    "operation": {
        *("action", "channel", "title", "summary", "description", "security", "tags", "externalDocs", "bindings"),
        *("traits", "messages", "reply"),
    },
    "reply": {"address", "channel", "messages"},
    "message": {
        *("headers", "payload", "correlationId", "contentType", "name", "title", "summary", "description", "tags"),
        *("externalDocs", "bindings", "examples", "traits"),
    },
    "example": {"headers", "payload", "name", "summary"},
}
AFTER_DRAFT_7 = {
    *("$defs", "$anchor", "$dynamicRef", "prefixItems", "dependentRequired", "dependentSchemas", "minContains"),
    *("maxContains", "unevaluatedItems", "unevaluatedProperties", "discriminator"),
}


@cache
def made() -> dict[str, Any]:
    """The document of today's contracts."""
    return document()


def channels() -> dict[str, Any]:
    return dict(made()["channels"])


def operations() -> dict[str, Any]:
    return dict(made()["operations"])


def messages() -> dict[str, Any]:
    return dict(made()["components"]["messages"])


def schemas() -> dict[str, Any]:
    return dict(made()["components"]["schemas"])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the command writes."""
    file = tmp_path_factory.mktemp("asyncapi") / "asyncapi.json"
    assert asyncapi.main([str(file)]) == 0
    return file.read_text(encoding="utf-8")


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a document, at any depth."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def resolved(reference: str) -> Any:
    assert reference.startswith("#/")
    place: Any = made()
    for step in reference[2:].split("/"):
        place = place[step.replace("~1", "/").replace("~0", "~")]
    return place


def validator(schema: dict[str, Any]) -> Draft7Validator:
    Draft7Validator.check_schema(schema)
    return Draft7Validator(
        {**schema, "components": made()["components"]}, format_checker=Draft7Validator.FORMAT_CHECKER
    )


def only(kind: str, value: dict[str, Any], required: Collection[str] = ()) -> None:
    assert {name for name in value if not EXTENSION.fullmatch(name)} <= FIELDS[kind]
    assert set(required) <= set(value)


def test_the_committed_document_is_fresh(written: str) -> None:
    committed = (ROOT / "docs" / "asyncapi.json").read_text(encoding="utf-8")
    assert committed == written, "make asyncapi writes it"


def test_the_document_is_the_same_every_time_and_ends_its_last_line(
    written: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asyncapi.main([]) == 0
    assert written == capsys.readouterr().out
    assert json.loads(written) == json.loads(json.dumps(made()))
    assert written.endswith("}\n")
    assert asyncapi.main(["one", "two"]) == 2


def test_the_root_follows_the_specification() -> None:
    only("root", made(), {"asyncapi", "info"})
    assert made()["asyncapi"] == "3.0.0"
    only("info", made()["info"], {"title", "version"})
    for server in made()["servers"].values():
        only("server", server, {"host", "protocol"})
        assert set(re.findall(r"\{(\w+)\}", server["host"])) == set(server["variables"])


def test_every_reference_leads_somewhere_and_stands_alone() -> None:
    references = [node for node in nodes(made()) if isinstance(node.get("$ref"), str)]
    assert references
    for node in references:
        assert set(node) == {"$ref"}
        resolved(node["$ref"])


def test_component_keys_are_allowed() -> None:
    for components in made()["components"].values():
        assert all(COMPONENT_KEY.fullmatch(key) for key in components)


def test_a_channel_follows_the_specification(subtests: pytest.Subtests) -> None:
    for name, channel in channels().items():
        with subtests.test(name):
            follows_the_specification_of_a_channel(channel)


def follows_the_specification_of_a_channel(channel: dict[str, Any]) -> None:
    only("channel", channel, {"address", "messages"})
    assert channel["messages"]
    expressions = re.findall(r"\{([^}]*)\}", channel["address"] or "")
    assert set(channel.get("parameters", ())) == set(expressions)
    assert ("parameters" in channel) == bool(expressions)
    for parameter, definition in channel.get("parameters", {}).items():
        assert re.fullmatch(r"[A-Za-z0-9_\-]+", parameter)
        only("parameter", definition)
    for key, message in channel["messages"].items():
        assert message == {"$ref": f"#/components/messages/{key}"}


def test_an_operation_follows_the_specification(subtests: pytest.Subtests) -> None:
    for name, operation in operations().items():
        with subtests.test(name):
            follows_the_specification_of_an_operation(operation)


def follows_the_specification_of_an_operation(operation: dict[str, Any]) -> None:
    only("operation", operation, {"action", "channel"})
    assert operation["action"] in {"send", "receive"}
    refers_to_messages_of_its_channel(operation)
    if reply := operation.get("reply"):
        only("reply", reply)
        refers_to_messages_of_its_channel(reply)
        if address := reply.get("address"):
            assert RUNTIME_EXPRESSION.fullmatch(address["location"])
            assert resolved(reply["channel"]["$ref"])["address"] is None


def refers_to_messages_of_its_channel(holder: dict[str, Any]) -> None:
    channel = holder["channel"]["$ref"]
    assert re.fullmatch(r"#/channels/[^/]+", channel)
    assert holder["messages"]
    for message in holder["messages"]:
        assert re.fullmatch(re.escape(channel) + r"/messages/[^/]+", message["$ref"])


def test_every_channel_is_used_by_an_operation() -> None:
    used = {node["channel"]["$ref"] for node in nodes(operations()) if "channel" in node}
    assert used == {f"#/channels/{name}" for name in channels()}


def test_every_message_is_on_a_channel() -> None:
    assert {key for channel in channels().values() for key in channel["messages"]} == set(messages())


def test_addresses_are_used_once() -> None:
    addresses = [channel["address"] for channel in channels().values() if channel["address"]]
    assert len(set(addresses)) == len(addresses)


def test_a_message_follows_the_specification_and_its_examples_are_valid(subtests: pytest.Subtests) -> None:
    for name, message in messages().items():
        with subtests.test(name):
            follows_the_specification_of_a_message(message)
            has_valid_examples(message)


def follows_the_specification_of_a_message(message: dict[str, Any]) -> None:
    only("message", message, {"name", "summary", "examples"})
    assert message["summary"]
    if correlation := message.get("correlationId"):
        assert RUNTIME_EXPRESSION.fullmatch(correlation["location"])
        field = correlation["location"].rpartition("/")[2]
        assert field in resolved(message["payload"]["$ref"])["properties"]
    for example in message["examples"]:
        only("example", example)
        assert {"headers", "payload"} & set(example)


def has_valid_examples(message: dict[str, Any]) -> None:
    for example in message["examples"]:
        for part in {"headers", "payload"} & set(example):
            validator(message[part]).validate(example[part])


def test_an_example_with_a_wrong_value_would_be_noticed() -> None:
    message = messages()["IssueInfraction"]
    example = {**message["examples"][0]["payload"], "punishments": ["exile"]}
    assert not validator(message["payload"]).is_valid(example)
    assert not validator(message["headers"]).is_valid({})


def test_a_schema_is_draft_7(subtests: pytest.Subtests) -> None:
    for name, schema in schemas().items():
        with subtests.test(name):
            is_draft_7(schema)


def is_draft_7(schema: dict[str, Any]) -> None:
    Draft7Validator.check_schema(schema)
    for node in nodes(schema):
        assert not AFTER_DRAFT_7 & set(node)
        if isinstance(pattern := node.get("pattern"), str):
            re.compile(pattern)


def test_every_schema_is_used() -> None:
    used = {
        node["$ref"].rpartition("/")[2] for node in nodes(made()) if "#/components/schemas/" in str(node.get("$ref"))
    }
    assert used == set(schemas())


def test_examples_are_the_golden_files() -> None:
    def golden(kind: str, name: str) -> Any:
        return json.loads((GOLDEN / f"{kind}.{name}.json").read_text())

    for kind, models in (("command", COMMAND_MODELS), ("event", EVENT_MODELS)):
        for model in models:
            (example,) = messages()[model.__name__]["examples"]
            assert example["payload"] == golden(kind, model.model_fields["type"].default)
    for spec in QUERIES:
        assert messages()[spec.query.__name__]["examples"][0]["payload"] == golden("query", spec.query.__name__)
        assert messages()[spec.reply.__name__]["examples"][0]["payload"] == golden("reply", spec.reply.__name__)


def test_no_private_field_of_an_event_is_described() -> None:
    for model in EVENT_MODELS:
        described = json.dumps([messages()[model.__name__], schemas()[model.__name__]])
        assert not any(f'"{path}"' in described for path in model.private)
    assert "note" not in schemas()["PublicInfractionChanges"]["properties"]
    assert "note" in schemas()["InfractionChanges"]["properties"]


def test_a_type_is_always_required() -> None:
    for model in (*COMMAND_MODELS, *EVENT_MODELS):
        assert "type" in schemas()[model.__name__]["required"]


def contracts() -> Iterator[type[BaseModel]]:
    """Every contract that nobody derives from."""
    for module in pkgutil.walk_packages(banstream_contracts.__path__, "banstream_contracts."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Contract) and not derived(value):
                yield value


def derived(model: type[Contract]) -> list[type[Contract]]:
    """What derives from a contract, but for its own published form."""
    return [each for each in model.__subclasses__() if each.__module__ != public_events.__name__]


def test_every_contract_is_described() -> None:
    assert {model.__name__ for model in contracts()} <= set(schemas())


def test_every_subject_is_covered_by_a_channel() -> None:
    addresses = [channel["address"] for channel in channels().values() if channel["address"]]
    spelled = [value for name, value in vars(subjects).items() if name.isupper() and isinstance(value, str)]
    for subject in set(spelled) - {subjects.RELAYED_EVENTS, subjects.TRIAL_COMMAND}:  # nobody else reads these
        assert any(address == subject or address.startswith(subject.rstrip(">")) for address in addresses), subject


def test_every_header_is_described() -> None:
    spelled = {value for name, value in vars(headers).items() if name.isupper() and isinstance(value, str)}
    described = {name for schema in schemas().values() for name in schema.get("properties", {})}
    assert spelled - {headers.SOURCE_INFRACTIONS} <= described


def test_an_events_headers_require_what_every_event_has() -> None:
    (example,) = messages()["InfractionIssued"]["examples"]
    always = set(example["headers"]) - {"traceparent"}
    assert set(schemas()["EventHeaders"]["required"]) == always


def test_every_stream_bucket_and_consumer_is_described() -> None:
    described, text = made()["x-jetstream"], made()["info"]["description"]
    for kind, specs in (("streams", streams.STREAMS), ("buckets", streams.BUCKETS), ("consumers", streams.CONSUMERS)):
        assert [each["name"] for each in described[kind].values()] == [spec.name for spec in specs]
        assert all(f"`{spec.name}`" in text for spec in specs)
    for spec in streams.STREAMS:
        assert described["streams"][spec.name]["retention"] == spec.retention
        kept_here = any(channel.get("x-jetstream-stream") == spec.name for channel in channels().values())
        assert kept_here or any(spec.name in each.sources for each in streams.STREAMS)


def test_commands_and_events_say_which_stream_keeps_them() -> None:
    for operation in operations().values():
        channel = resolved(operation["channel"]["$ref"])
        first = (channel["address"] or "").split(".")[1]
        expected = {"command": streams.COMMANDS, "event": streams.EVENTS, "dead": streams.DEAD}.get(first)
        assert channel.get("x-jetstream-stream") == expected
