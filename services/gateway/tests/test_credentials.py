"""Which secrets open, as far as this process knows."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from banstream_contracts.infractions import Actor, Credential
from banstream_contracts.streams import POSITION_KEY
from banstream_gateway.held.credentials import Credentials

NOW = datetime.now(UTC)


def credential(secret: str, position: int = 1, **fields: Any) -> Credential:
    return Credential(
        id="a" * 24,
        kind="server",
        name="Dust",
        scopes=("check",),
        key_hash=sha256(secret.encode()).hexdigest(),
        created_at=NOW,
        created_by=Actor(kind="system", id="test"),
        position=position,
        **fields,
    )


def test_a_new_pass_takes_away_whom_it_does_not_name() -> None:
    credentials = Credentials()
    credentials.apply("a" * 24, credential("one").model_dump_json().encode())
    credentials.apply(POSITION_KEY, b"1")
    credentials.begin()
    credentials.apply(POSITION_KEY, b"1")
    credentials.complete()
    assert credentials.find("one") is None


def test_a_credential_of_this_process_ahead_of_the_watch_survives_a_new_pass() -> None:
    credentials = Credentials()
    credentials.apply_own(credential("one", position=5))
    credentials.apply(POSITION_KEY, b"4")
    credentials.begin()
    credentials.apply(POSITION_KEY, b"4")
    credentials.complete()
    assert credentials.find("one") is not None


def test_a_secret_that_was_changed_opens_no_more() -> None:
    credentials = Credentials()
    credentials.apply_own(credential("one"))
    old = credentials.find("one")
    credentials.apply_own(credential("two", position=2))
    credentials.apply_own(credential("one", position=1))
    assert (credentials.find("one"), credentials.find("two") is not None) == (None, True)
    assert old is not None
    assert not credentials.holds(old), "who waits with the old one is sent away"


def test_what_has_ended_opens_no_more() -> None:
    credentials = Credentials()
    for ended in ({"expires_at": NOW - timedelta(seconds=1)}, {"revoked_at": NOW}):
        credentials.apply_own(credential("one", position=1))
        held = credentials.find("one")
        credentials.apply_own(credential("one", position=2, **ended))
        assert (credentials.find("one"), held is not None and credentials.holds(held)) == (None, False)
        credentials.apply_own(credential("one", position=2))
        credentials.apply("a" * 24, None)
