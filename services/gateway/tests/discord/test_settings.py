"""What an operator sets."""

import json

import pytest
from pydantic import ValidationError
from services.gateway.tests.conftest import ADDRESS_KEY

from banstream_gateway.settings import Settings

ENVIRONMENT = {
    "BANSTREAM_ADDRESS_KEY": ADDRESS_KEY.hex(),
    "BANSTREAM_SEALING_PUBLIC_KEY": "0" * 64,
    "BANSTREAM_DISCORD_PUBLIC_KEY": "1" * 64,
    "BANSTREAM_DISCORD_APPLICATION_ID": "1187654321098765432",
}


def settings(monkeypatch: pytest.MonkeyPatch, **changes: str) -> Settings:
    for name, value in {**ENVIRONMENT, **changes}.items():
        monkeypatch.setenv(name, value)
    return Settings()


def test_roles_are_json_of_one_scope_or_several(monkeypatch: pytest.MonkeyPatch) -> None:
    roles = json.dumps({"1": "check", "2": ["check", "punish"]})
    assert settings(monkeypatch, BANSTREAM_DISCORD_ROLES=roles).discord_roles == {
        "1": {"check"},
        "2": {"check", "punish"},
    }
    assert settings(monkeypatch, BANSTREAM_DISCORD_ROLES="{}").discord_roles == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"BANSTREAM_DISCORD_PUBLIC_KEY": "x"},
        {"BANSTREAM_DISCORD_APPLICATION_ID": "../1"},
        {"BANSTREAM_DISCORD_ROLES": '{"moderators": "punish"}'},
        {"BANSTREAM_DISCORD_ROLES": '{"1": "admin"}'},
    ],
    ids=["key", "application", "role", "scope"],
)
def test_what_is_set_wrong_stops_the_start(changes: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError):
        settings(monkeypatch, **changes)


@pytest.mark.parametrize("missing", ["BANSTREAM_DISCORD_PUBLIC_KEY", "BANSTREAM_DISCORD_APPLICATION_ID"])
def test_half_of_it_stops_the_start(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(missing)
    with pytest.raises(ValidationError, match="or neither"):
        Settings()
