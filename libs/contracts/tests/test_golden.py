"""The golden files hold every message, and today's models keep what they promise."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_origin

import pytest
from libs.contracts.tests.walked import every_message
from pydantic import BaseModel

from banstream_contracts.documents import golden
from banstream_contracts.documents.catalogue import Kind
from banstream_contracts.documents.golden import broken_promises, file_name, golden_files

GOLDEN = Path(__file__).parent / "golden"
MESSAGES = {file_name(message): message for message in every_message()}


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """What the folder has to hold."""
    return golden_files()


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


EXCLUDED = (".place.service_id", ".by.admin", ".by.policy_id")
"""What the other fields of the example leave no room for: a place is on a host or at Nitrado, a doer one of three."""


def test_every_message_has_its_golden_files_and_no_other_file_is_there(files: dict[str, str]) -> None:
    there = {path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*.json")}
    assert there == set(files) == {*MESSAGES, *(f"schemas/{name}" for name in MESSAGES)}


def test_no_promise_is_broken() -> None:
    assert broken_promises(GOLDEN) == []


@pytest.mark.parametrize("name", MESSAGES)
def test_golden_files_are_fresh_and_todays_model_reads_and_writes_them(name: str, files: dict[str, str]) -> None:
    message, text = MESSAGES[name], (GOLDEN / name).read_text(encoding="utf-8")
    assert text == files[name], "see the README of libs/contracts"
    schema = f"schemas/{name}"
    assert (GOLDEN / schema).read_text(encoding="utf-8") == files[schema], "see the README of libs/contracts"
    assert message.write(message.read(text.encode())) == json.loads(text)
    assert [path for path in unset(message.example, "$") if not path.endswith(EXCLUDED)] == [], "an example sets all"


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


def test_whatever_breaks_a_promise_is_noticed(folder: Path) -> None:
    """A message is gone, a schema file is missing, a rule that no schema shows, a value written in another way."""
    shutil.copy(folder / "query.GetStatus.json", folder / "query.GetHealth.json")
    (folder / "schemas" / "query.GetStatus.json").unlink()
    ruled = folder / "command.lift_infraction.json"
    ruled.write_text(ruled.read_text().replace("appeal granted", "appeal\\ngranted"))
    written = folder / "command.lift_restrictions.json"
    values = json.loads(written.read_text())
    written.write_text(json.dumps({**values, "player": {"service": "minecraft", "id": "Notch"}}))
    unreadable, *others = broken_promises(folder)
    assert unreadable.startswith("command.lift_infraction.json: can no longer be read")
    assert others == [
        "command.lift_restrictions.json: is written in another way",
        "query.GetHealth.json: this message is gone",
        "query.GetStatus.json: its schema file is missing",
    ]


def test_the_tool_needs_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert golden.main([]) == 2
    assert "usage" in capsys.readouterr().err
