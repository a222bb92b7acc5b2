"""What commands make of sources."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from banstream_contracts.commands.log_sources import AddLogSource, AnyLogSourceCommand, ChangeLogSource
from banstream_contracts.log_sources import Login, LogSourceKind
from banstream_contracts.results import CommandResult
from banstream_dayz_feed.batch import Batch
from banstream_dayz_feed.places import Places
from banstream_decider.ports import Received
from banstream_runtime.identifiers import new_id
from banstream_testing.abuse import asked
from banstream_testing.dayz_feed import DAYZ_FEED_KEY, local_login, new_source, sealed_secret

FTPS = Login(kind=LogSourceKind.FTPS, host="game.example.net", user="u", folder="/config")
ADDED = new_source(FTPS, sealed_secret=sealed_secret("of the game host"))


def results(*given: AnyLogSourceCommand) -> list[CommandResult]:
    batch = Batch(0, {}, new_id, Places(DAYZ_FEED_KEY, Path("/srv")))
    for command in given:
        batch.decide(Received(command))
    return [batch.results[command.command_id] for command in given]


def test_a_source_of_a_gateway_that_is_ahead_was_added_when_that_was_stored() -> None:
    batch, stored_at = Batch(0, {}, new_id, Places(DAYZ_FEED_KEY, Path("/srv"))), ADDED.issued_at - timedelta(hours=1)
    batch.decide(Received(ADDED, stored_at=stored_at))
    assert batch.changed[ADDED.source_id].source.created_at == stored_at


def changed(login: Login, added: AddLogSource = ADDED, **values: Any) -> ChangeLogSource:
    return ChangeLogSource(**asked(source_id=added.source_id, login=login, **values))


@pytest.mark.parametrize(
    "change",
    [{"host": "evil.example.net"}, {"port": 2121}, {"kind": LogSourceKind.FTP}, {"checks_certificate": False}],
    ids=["host", "port", "kind", "certificate"],
)
def test_another_server_never_gets_the_old_secret_of_a_source(change: dict[str, Any]) -> None:
    """Whoever may change a source may not learn its password that way."""
    elsewhere = FTPS.model_copy(update=change)
    _, without = results(ADDED, changed(elsewhere))
    assert without.refusal
    assert without.refusal.code == "invalid-log-source"
    _, by_way_of_here, back = results(ADDED, changed(local_login()), changed(elsewhere))
    assert (by_way_of_here.status, back.status) == ("applied", "refused")
    _, named = results(ADDED, changed(elsewhere, sealed_secret=sealed_secret("another")))
    assert named.status == "applied"


@pytest.mark.parametrize("change", [{"port": 21}, {"folder": "/other"}, {"user": "v"}], ids=["port", "folder", "user"])
def test_the_same_server_keeps_its_secret(change: dict[str, Any]) -> None:
    _, result = results(ADDED, changed(FTPS.model_copy(update=change)))
    assert result.status == "applied"
