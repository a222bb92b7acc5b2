import json
from pathlib import Path

import pytest

from banstream_cli.stack.errors import StackError
from banstream_cli.stack.private_file import write_private
from banstream_cli.stack.secret_file import load_secrets


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    made = load_secrets(file, ["gateway"], ["postgres"])
    assert load_secrets(file, ["gateway"], ["postgres"]) == made
    assert len(bytes.fromhex(made.master_key)) == 32
    assert made.master_key != made.address_key


def test_only_the_owner_may_read_them(tmp_path: Path) -> None:
    load_secrets(tmp_path / "secrets.json", [], [])
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]


def test_a_new_user_gets_a_password_and_the_others_keep_theirs(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    before = load_secrets(file, ["gateway"], [])
    after = load_secrets(file, ["gateway", "notifier"], [])
    assert after.nats["gateway"] == before.nats["gateway"]
    assert after.nats["notifier"] not in {"", before.nats["gateway"]}
    assert load_secrets(file, [], []) == after


def test_a_key_of_a_newer_release_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"radar_key": "ab" * 32}))
    load_secrets(file, ["gateway"], ["postgres"])
    assert json.loads(file.read_text())["radar_key"] == "ab" * 32


def test_secrets_do_not_show_in_a_trace(tmp_path: Path) -> None:
    made = load_secrets(tmp_path / "secrets.json", ["gateway"], ["postgres"])
    hidden = [*made.nats.values(), *made.postgres.values(), made.master_key, made.address_key]
    assert not any(secret in repr(made) for secret in hidden)


def test_what_cannot_be_kept_leaves_no_secret_beside_it(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").mkdir()
    with pytest.raises(IsADirectoryError):
        write_private(tmp_path / "secrets.json", "a secret")
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]


@pytest.mark.parametrize("content", ["", "[]", json.dumps({"master_key": "short"})])
def test_a_damaged_file_is_refused_and_not_replaced(tmp_path: Path, content: str) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(content)
    with pytest.raises(StackError, match=r"secrets\.json"):
        load_secrets(file, [], [])
    assert file.read_text() == content
