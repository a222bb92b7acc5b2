import errno
import os
import socket

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from banstream_runtime.connection import NatsSettings
from banstream_runtime.startup import WRONGLY_SET, listening_explained, settings_explained


class _Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="BANSTREAM_", hide_input_in_errors=True)

    password: SecretStr = Field(min_length=10)
    port: int = 1
    scopes: list[str] = []


def _said(capsys: pytest.CaptureFixture[str], settings: type[BaseSettings]) -> list[str]:
    with pytest.raises(SystemExit) as ended, settings_explained("docs/page.md"):
        settings()
    assert ended.value.code == WRONGLY_SET
    *lines, where = capsys.readouterr().err.splitlines()
    assert where == "banstream: the settings are described in docs/page.md"
    return lines


def test_every_setting_that_is_wrong_has_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BANSTREAM_PORT", "http")
    assert _said(capsys, _Settings) == [
        "banstream: BANSTREAM_PASSWORD: must be set",
        "banstream: BANSTREAM_PORT: Input should be a valid integer, unable to parse string as an integer",
    ]


def test_what_a_setting_holds_is_not_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("BANSTREAM_PASSWORD", "hunter2")
    assert "hunter2" not in "".join(_said(capsys, _Settings))
    monkeypatch.setenv("BANSTREAM_SCOPES", "hunter2")
    assert _said(capsys, _Settings) == ["banstream: BANSTREAM_SCOPES: Input should be JSON"]


@pytest.mark.parametrize(
    "url",
    ["", "http://nats:4222", "nats://", "nats://nats:port", "nats://a b", "nats://nats:0", "nats://one,nats://:4222"],
    ids=["empty", "scheme", "host", "port", "blank", "zero", "second"],
)
def test_a_url_that_is_none_of_nats_is_refused(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BANSTREAM_NATS_URL", url)
    (line,) = _said(capsys, NatsSettings)
    assert line.startswith("banstream: BANSTREAM_NATS_URL: must be nats://HOST:PORT")


@pytest.mark.parametrize(
    "url",
    ["nats", "nats:4222", "tls://a:1,tls://b:2", "nats://a:1, nats://b:2", "nats://me:p%40ss@[::1]:4222"],
    ids=["name", "port", "several", "blanks", "login"],
)
def test_any_form_that_the_client_takes_is_taken(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANSTREAM_NATS_URL", url)
    assert NatsSettings().nats_url == url


def test_an_authority_that_cannot_be_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BANSTREAM_NATS_CA_FILE", "none/ca.crt")
    expected = "banstream: BANSTREAM_NATS_CA_FILE: none/ca.crt cannot be used (No such file or directory)"
    assert _said(capsys, NatsSettings) == [expected]


@pytest.mark.parametrize(
    "error",
    [OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE)), socket.gaierror(-2, "Name or service not known")],
    ids=["taken", "unknown"],
)
def test_an_address_that_is_not_ours_is_said(error: OSError, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, listening_explained("docs/page.md"):
        raise error
    assert ended.value.code == WRONGLY_SET
    (line,) = capsys.readouterr().err.splitlines()
    assert error.strerror
    assert error.strerror in line


def test_any_other_trouble_keeps_its_traceback() -> None:
    with pytest.raises(ConnectionResetError), listening_explained("docs/page.md"):
        raise ConnectionResetError(errno.ECONNRESET, "reset")
