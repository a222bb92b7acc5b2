"""The golden files hold every message, and today's models keep what they promise."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_origin

import pytest
from pydantic import BaseModel

from banstream_contracts import golden
from banstream_contracts.catalogue import Kind, Message, messages
from banstream_contracts.golden import broken_promises, file_name, golden_files

GOLDEN = Path(__file__).parent / "golden"
MESSAGES = {file_name(message): message for message in messages()}
FILES = golden_files()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(GOLDEN, tmp_path / "golden"))


def unset(value: Any, path: str) -> Iterator[str]:
    """The fields of models, at any depth, that hold nothing."""
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            inner = getattr(value, name)
            is_set = name in value.model_fields_set or get_origin(field.annotation) is Literal
            if not is_set or inner is None or inner in ((), {}):
                yield f"{path}.{name}"
            yield from unset(inner, f"{path}.{name}")
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from unset(each, path)
    elif isinstance(value, dict):
        for each in value.values():
            yield from unset(each, path)


EXCLUDED = (".place.service_id",)
"""What the other fields of the example leave no room for: a place is on a host or at Nitrado."""


def test_every_message_has_its_golden_files_and_no_other_file_is_there() -> None:
    there = {path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*.json")}
    assert there == set(FILES)


def test_no_promise_is_broken() -> None:
    assert broken_promises(GOLDEN) == []


@pytest.mark.parametrize("name", FILES)
def test_a_golden_file_is_fresh(name: str) -> None:
    assert (GOLDEN / name).read_text(encoding="utf-8") == FILES[name], "see the README of libs/contracts"


@pytest.mark.parametrize("name", MESSAGES)
def test_todays_model_reads_a_golden_file_and_writes_the_same(name: str) -> None:
    message, text = MESSAGES[name], (GOLDEN / name).read_bytes()
    assert message.write(message.read(text)) == json.loads(text)


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_an_example_sets_every_field(message: Message) -> None:
    assert [path for path in unset(message.example, "$") if not path.endswith(EXCLUDED)] == []


def test_no_published_golden_file_holds_what_is_private() -> None:
    for name in MESSAGES:
        if name.startswith(f"{Kind.EVENT}."):
            text = (GOLDEN / name).read_text()
            assert not any(f'"{field}"' in text for field in ("note", "sealed_name", "sealed_address", "key_hash"))


def test_writing_again_changes_nothing(folder: Path) -> None:
    before = {path: path.read_text() for path in folder.rglob("*.json")}
    assert golden.main([str(folder)]) == 0
    assert {path: path.read_text() for path in folder.rglob("*.json")} == before


def test_a_promise_that_is_broken_is_never_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = folder / "schemas" / "command.lift_infraction.json"
    promised = json.loads(schema.read_text())
    promised["properties"]["urgency"] = {"type": "string"}
    schema.write_text(json.dumps(promised))
    assert golden.main([str(folder)]) == 1
    assert "command.lift_infraction.json: $.urgency was removed" in capsys.readouterr().err
    assert "urgency" in schema.read_text()


def test_a_message_that_is_gone_is_noticed(folder: Path) -> None:
    shutil.copy(folder / "query.GetStatus.json", folder / "query.GetHealth.json")
    assert broken_promises(folder) == ["query.GetHealth.json: this message is gone"]


def test_a_golden_file_without_its_schema_is_noticed(folder: Path) -> None:
    (folder / "schemas" / "query.GetStatus.json").unlink()
    assert broken_promises(folder) == ["query.GetStatus.json: its schema file is missing"]


def test_a_rule_that_no_schema_shows_is_noticed(folder: Path) -> None:
    path = folder / "command.lift_infraction.json"
    path.write_text(path.read_text().replace("appeal granted", "appeal\\ngranted"))
    (broken,) = broken_promises(folder)
    assert "can no longer be read" in broken


def test_a_value_that_is_written_in_another_way_is_noticed(folder: Path) -> None:
    path = folder / "command.lift_restrictions.json"
    values = json.loads(path.read_text())
    path.write_text(json.dumps({**values, "player": {"service": "minecraft", "id": "Notch"}}))
    assert broken_promises(folder) == ["command.lift_restrictions.json: is written in another way"]


def test_the_tool_needs_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert golden.main([]) == 2
    assert "usage" in capsys.readouterr().err
