"""What the deploy step `python -m <service> migrate` has to be told, and what it never tells."""

from importlib import import_module

import pytest
from pydantic import ValidationError

from banstream_cli.direct.event_logs import EVENT_LOGS, EventLog

EVERY_SERVICE = pytest.mark.parametrize("log", EVENT_LOGS.values(), ids=[str(name) for name in EVENT_LOGS])
URL = "postgresql://postgres:hunter2@127.0.0.1:1/banstream"


def settings_of(log: EventLog) -> object:
    module = import_module(f"banstream_{log.name.replace('-', '_')}.settings")
    made: object = module.AdminSettings()
    return made


@EVERY_SERVICE
@pytest.mark.parametrize("given", [None, ""], ids=["none", "empty"])
def test_without_a_password_for_the_role_nothing_is_migrated(
    log: EventLog, given: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANSTREAM_ADMIN_DATABASE_URL", URL)
    monkeypatch.delenv(log.password_variable, raising=False)
    if given is not None:
        monkeypatch.setenv(log.password_variable, given)
    with pytest.raises(ValidationError, match=log.password_variable.removeprefix("BANSTREAM_").lower()) as refused:
        settings_of(log)
    assert "hunter2" not in str(refused.value)


@EVERY_SERVICE
def test_a_missing_variable_is_named_without_the_secrets_beside_it(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BANSTREAM_ADMIN_DATABASE_URL", raising=False)
    monkeypatch.setenv(log.password_variable, "hunter2")
    with pytest.raises(ValidationError, match="admin_database_url") as refused:
        settings_of(log)
    assert "hunter2" not in str(refused.value)
