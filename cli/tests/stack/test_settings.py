from pathlib import Path

import pytest

from banstream_cli.stack.errors import StackError
from banstream_cli.stack.settings import StackSettings


@pytest.fixture(autouse=True)
def _empty_shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in StackSettings.model_fields:
        monkeypatch.delenv(f"BANSTREAM_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_without_any_setting_everything_starts_on_port_8080(tmp_path: Path) -> None:
    settings = StackSettings.load()
    assert (settings.http_host, settings.http_port, settings.only) == ("127.0.0.1", 8080, frozenset())
    assert settings.data_dir == tmp_path / ".banstream"


def test_only_is_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANSTREAM_ONLY", "nats, postgres")
    assert StackSettings.load().only == {"nats", "postgres"}


def test_the_command_line_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANSTREAM_HTTP_PORT", "9000")
    monkeypatch.setenv("BANSTREAM_GATEWAY_WORKERS", "3")
    settings = StackSettings.load(http_port=9001, gateway_workers=None, only="nats")
    assert (settings.http_port, settings.gateway_workers, set(settings.only)) == (9001, 3, {"nats"})


@pytest.mark.parametrize(
    ("name", "value"), [("HTTP_PORT", "x"), ("HTTP_PORT", "0"), ("ONLY", "redis"), ("NATS_SYNC_INTERVAL", "soon")]
)
def test_nonsense_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"BANSTREAM_{name}", value)
    with pytest.raises(StackError, match=f"BANSTREAM_{name}: "):
        StackSettings.load()


def test_nonsense_on_the_command_line_is_named() -> None:
    with pytest.raises(StackError, match="BANSTREAM_HTTP_PORT: "):
        StackSettings.load(http_port=70_000)
