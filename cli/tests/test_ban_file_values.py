"""What `banstream ban-files` makes of places and secrets."""

from pathlib import Path
from typing import Any

import pytest
import typer

from banstream_cli.arguments.ban_file_values import filters_of, place_of, policy_of, secret_of
from banstream_cli.shown.ban_file_rows import place_text
from banstream_cli.terminal.exits import Stuck
from banstream_contracts.ban_files import BanFilePlace


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("ftp://u@h/ban.txt", {"kind": "ftp", "host": "h", "user": "u", "path": "ban.txt"}),
        ("ftps://u%40x@h:2121/a b.txt", {"kind": "ftps", "host": "h", "user": "u@x", "path": "a b.txt", "port": 2121}),
        ("ftps-implicit://u@h/x", {"kind": "ftps_implicit", "host": "h", "user": "u", "path": "x"}),
        ("sftp://u@h//srv/ban.txt", {"kind": "sftp", "host": "h", "user": "u", "path": "/srv/ban.txt"}),
        ("/srv/ban.txt", {"kind": "local", "path": "/srv/ban.txt"}),
        ("nitrado:1234", {"kind": "nitrado", "service_id": 1234}),
    ],
    ids=["ftp", "quoted", "implicit", "absolute", "local", "nitrado"],
)
def test_a_place_is_read_and_shown_as_it_was_named(text: str, place: dict[str, Any]) -> None:
    read = place_of(text, None, any_certificate=False)
    assert read == place
    BanFilePlace.model_validate(read)
    assert place_of(place_text(read).replace("u@x@", "u%40x@"), None, any_certificate=False) == read


@pytest.mark.parametrize(
    "text",
    ["", "ban.txt", "ftp://h/ban.txt", "ftp://u@h", "ftp://u@h/", "http://u@h/x", "nitrado:x", "ftp://u@h:x/y"],
    ids=["empty", "relative", "no-user", "no-path", "folder", "scheme", "number", "port"],
)
def test_what_is_no_place_is_wrong_use(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        place_of(text, None, any_certificate=False)


def test_a_password_in_a_place_is_refused_without_repeating_it() -> None:
    with pytest.raises(typer.BadParameter) as error:
        place_of("ftp://u:hunter2@h/x", None, any_certificate=False)
    assert "hunter2" not in str(error.value)


def test_secrets_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\xef\xbb\xbfhunter2\r\n")  # as editors on Windows write it
    (tmp_path / "key").write_text("-----BEGIN\nKEY\n")
    assert secret_of({"kind": "ftp"}, str(tmp_path / "secret"), None, None) == {"password": "hunter2"}
    assert secret_of({"kind": "nitrado"}, str(tmp_path / "secret"), None, None) == {"token": "hunter2"}
    told = secret_of({"kind": "sftp"}, None, tmp_path / "key", tmp_path / "secret")
    assert told == {"private_key": "-----BEGIN\nKEY\n", "passphrase": "hunter2"}


def test_what_is_not_named_stays() -> None:
    filters = {"servers": ["a"], "scopes": ["global"], "include_other_servers": True}
    assert filters_of(filters, None, ["server"], only_own=None) == {**filters, "scopes": ["server"]}
    assert filters_of(filters, None, None, only_own=True) == {**filters, "include_other_servers": False}
    policy = {"may_create": True, "repairs_drift": True}
    assert policy_of(policy, create=None, repair=False) == {"may_create": True, "repairs_drift": False}


@pytest.mark.parametrize(
    ("content", "why"), [(None, "No such file"), (b"\xff\xfe", "no text in UTF-8")], ids=["missing", "binary"]
)
def test_a_secret_that_cannot_be_read_is_refused_in_words(tmp_path: Path, content: bytes | None, why: str) -> None:
    file = tmp_path / "pw.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Stuck, match=why):
        secret_of({"kind": "ftp"}, str(file), None, None)
