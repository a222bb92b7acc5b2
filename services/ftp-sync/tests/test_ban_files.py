"""Decisions on ban files: what a command does, what it may not, and that repeating it changes nothing."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banstream_contracts.ban_files import (
    BanFileFilters,
    BanFileFormat,
    BanFileKind,
    BanFilePlace,
    BanFilePolicy,
    BanFileStatus,
)
from banstream_contracts.commands import ban_files as commands
from banstream_contracts.commands.command import Command
from banstream_contracts.events.ban_files import BanFileChanged, BanFileCreated
from banstream_contracts.events.event import stored
from banstream_contracts.public_events import published
from banstream_contracts.results import CommandResult
from banstream_decider.ports import Received
from banstream_ftp_sync.applying.receipts import Remembered
from banstream_ftp_sync.attempt import target_of
from banstream_ftp_sync.batch import Batch
from banstream_ftp_sync.choosing import Chosen
from banstream_ftp_sync.ledger import State
from banstream_ftp_sync.places import InvalidPlace, Rules, Secret, identity, opened, read_secret
from banstream_ftp_sync.record import Record
from banstream_ftp_sync.sealing import Opener, WrongKey
from banstream_privacy.transit import seal, sealing_public_key
from banstream_runtime.identifiers import new_id
from banstream_testing.abuse import asked

KEY = bytes(range(32))
ID, OTHER = "a" * 24, "b" * 24
FTP = BanFilePlace(kind=BanFileKind.FTPS, host="game.example.net", user="u", path="ban.txt")
SFTP = BanFilePlace(kind=BanFileKind.SFTP, host="game.example.net", user="u", path="ban.txt")
LOCAL = BanFilePlace(kind=BanFileKind.LOCAL, path="/srv/game/ban.txt")
FINGERPRINT = "SHA256:" + "A" * 43


def sealed(**secret: str) -> str:
    return seal(sealing_public_key(KEY), json.dumps(secret))


def opener() -> Opener:
    return Opener(KEY, Rules((Path("/srv"),)))


def create(place: BanFilePlace = FTP, **values: Any) -> commands.CreateBanFile:
    secret = None if place.kind is BanFileKind.LOCAL else sealed(password="secret")
    common: dict[str, Any] = {"ban_file_id": ID, "name": "n", "format": BanFileFormat.DAYZ, "sealed_secret": secret}
    return commands.CreateBanFile(**asked(place=place, **{**common, **values}))


def play(given: Sequence[Command], records: dict[str, Record] | None = None) -> tuple[dict[str, Record], CommandResult]:
    """The records and the last result after commands in one batch."""
    batch = Batch(0, records or {}, new_id, opener())
    for command in given:
        batch.decide(Received(command))  # type: ignore[arg-type]  # of the union
    return {**(records or {}), **batch.changed}, batch.results[given[-1].command_id]


def code_of(*given: Command) -> str | None:
    refusal = play(given)[1].refusal
    return refusal.code if refusal else None


def test_a_file_of_a_gateway_that_is_ahead_was_made_when_that_was_stored() -> None:
    command, batch = create(), Batch(0, {}, new_id, opener())
    stored_at = command.issued_at - timedelta(hours=1)
    batch.decide(Received(command, stored_at=stored_at))
    assert batch.changed[ID].ban_file.created_at == stored_at


def test_a_ban_file_is_made_and_shows_no_secret() -> None:
    records, result = play([create()])
    assert result.ban_file
    assert result.ban_file.status is BanFileStatus.ACTIVE
    assert records[ID].sealed_secret
    assert "secret" not in result.model_dump_json()


def test_one_that_is_made_paused_is_so_from_the_beginning_and_is_resumed() -> None:
    made = create(paused=True)
    records, result = play([made])
    assert result.ban_file
    assert result.ban_file.status is records[ID].ban_file.status is BanFileStatus.PAUSED
    resumed, _ = play([commands.ResumeBanFile(**asked(ban_file_id=ID))], records)
    assert resumed[ID].ban_file.status is BanFileStatus.ACTIVE


def test_what_is_published_names_neither_place_nor_secret() -> None:
    made = create()
    event = BanFileCreated(
        name="n",
        actor=made.actor,
        occurred_at=made.issued_at,
        **made.model_dump(include={"ban_file_id", "format", "place", "sealed_secret", "filters", "policy"}),
    )
    told = published(stored(event))
    assert not {"place", "sealed_secret"} & told.keys()
    assert {"place", "sealed_secret"} <= BanFileChanged.private


@pytest.mark.parametrize(
    "made",
    [
        create(sealed_secret=None),
        create(sealed_secret=sealed(token="t")),
        create(sealed_secret=sealed(pass_word="typo")),
        create(sealed_secret=seal(sealing_public_key(b"x" * 32), "{}")),
        create(BanFilePlace(kind=BanFileKind.LOCAL, path="/etc/passwd")),
        create(BanFilePlace(kind=BanFileKind.LOCAL, path="/srv/../etc/passwd")),
        create(BanFilePlace(kind=BanFileKind.LOCAL, path="srv/ban.txt")),
        create(format=BanFileFormat.NITRADO),
        create(BanFilePlace(kind=BanFileKind.NITRADO, service_id=1), sealed_secret=sealed(token="t")),
    ],
    ids=["no-secret", "other-secret", "unknown", "other-key", "outside", "dots", "relative", "format", "field"],
)
def test_a_place_that_cannot_be_used_is_refused_without_its_secret(made: commands.CreateBanFile) -> None:
    _, result = play([made])
    assert result.refusal
    assert result.refusal.code == "invalid-ban-file"
    assert "secret" not in result.refusal.message or "the secret is JSON" in result.refusal.message


def test_two_ban_files_never_share_a_file() -> None:
    again = create(FTP.model_copy(update={"kind": BanFileKind.SFTP, "path": "./ban.txt"}), ban_file_id=OTHER)
    assert code_of(create(), again) == "invalid-ban-file"
    removed = commands.RemoveBanFile(**asked(ban_file_id=ID))
    assert code_of(create(), removed, create(ban_file_id=OTHER)) is None


def test_another_server_never_gets_the_old_secret() -> None:
    """Whoever may change a ban file may not learn its password that way."""
    elsewhere = FTP.model_copy(update={"host": "evil.example.net"})
    unproven = FTP.model_copy(update={"checks_certificate": False})
    plain = FTP.model_copy(update={"kind": BanFileKind.FTP})
    for place in (elsewhere, unproven, plain):
        change = commands.ChangeBanFile(**asked(ban_file_id=ID, place=place))
        assert code_of(create(), change) == "invalid-ban-file"
        named = commands.ChangeBanFile(**asked(ban_file_id=ID, place=place, sealed_secret=sealed(password="other")))
        assert code_of(create(), named) is None
    moved = commands.ChangeBanFile(**asked(ban_file_id=ID, place=FTP.model_copy(update={"path": "other.txt"})))
    assert code_of(create(), moved) is None


def test_a_host_key_is_taken_once_and_stays_with_its_server() -> None:
    accepted = commands.AcceptHostKey(**asked(ban_file_id=ID, host_key=FINGERPRINT, seen_version=1))
    records, result = play([create(SFTP), accepted])
    assert records[ID].ban_file.place.fingerprint == FINGERPRINT
    assert result.status == "applied"
    other = commands.AcceptHostKey(**asked(ban_file_id=ID, host_key="SHA256:" + "B" * 43, seen_version=2))
    assert play([other], records)[1].status == "unchanged"
    moved = commands.ChangeBanFile(**asked(ban_file_id=ID, place=SFTP.model_copy(update={"path": "x.txt"})))
    after, _ = play([moved], records)
    assert after[ID].ban_file.place.fingerprint == FINGERPRINT


def test_a_host_key_that_was_met_before_the_place_changed_is_not_taken() -> None:
    elsewhere = SFTP.model_copy(update={"host": "other.example.net"})
    moved = commands.ChangeBanFile(**asked(ban_file_id=ID, place=elsewhere, sealed_secret=sealed(password="other")))
    accepted = commands.AcceptHostKey(**asked(ban_file_id=ID, host_key=FINGERPRINT, seen_version=1))
    records, result = play([create(SFTP), moved, accepted])
    assert result.status == "unchanged"
    assert records[ID].ban_file.place.fingerprint is None


def test_a_change_keeps_the_secret_until_another_one_is_named_and_a_removal_forgets_it() -> None:
    records, _ = play([create()])
    secret = records[ID].sealed_secret
    renamed, _ = play([commands.ChangeBanFile(**asked(ban_file_id=ID, name="other"))], records)
    assert renamed[ID].sealed_secret == secret
    other = sealed(password="other")
    changed, _ = play([commands.ChangeBanFile(**asked(ban_file_id=ID, sealed_secret=other))], renamed)
    assert changed[ID].sealed_secret == other
    removed, _ = play([commands.RemoveBanFile(**asked(ban_file_id=ID))], changed)
    assert removed[ID].sealed_secret is None


def test_a_look_that_is_asked_for_accepts_no_loss_unless_it_says_so() -> None:
    records, _ = play([create()])
    looked, _ = play([commands.SyncBanFile(**asked(ban_file_id=ID))], records)
    assert looked[ID].accepts_loss_version == 0
    assert not target_of(looked[ID], Chosen((), ()), State()).policy.accepts_loss
    accepting = commands.SyncBanFile(**asked(ban_file_id=ID, accepts_loss=True))
    accepted, _ = play([accepting, commands.SyncBanFile(**asked(ban_file_id=ID))], looked)
    assert accepted[ID].accepts_loss_version == 3
    assert target_of(accepted[ID], Chosen((), ()), State()).policy.accepts_loss
    assert not target_of(accepted[ID], Chosen((), ()), State(used_version=3)).policy.accepts_loss


def test_what_ftp_sync_tells_starts_no_new_worker_and_a_request_does() -> None:
    records, _ = play([create()])
    drift = commands.ReportDrift(**asked(ban_file_id=ID, missing=1, changed=0, repaired=True))
    told, _ = play([drift], records)
    assert told[ID].since_version == records[ID].since_version
    sync = commands.SyncBanFile(**asked(ban_file_id=ID, accepts_loss=True))
    after, _ = play([sync], told)
    assert after[ID].since_version == after[ID].accepts_loss_version == after[ID].ban_file.version


_any = st.sampled_from(
    [
        commands.ChangeBanFile(**asked(ban_file_id=ID, name="other")),
        commands.ChangeBanFile(**asked(ban_file_id=ID, filters=BanFileFilters(servers=(OTHER,)))),
        commands.ChangeBanFile(**asked(ban_file_id=ID, policy=BanFilePolicy(repairs_drift=False))),
        commands.PauseBanFile(**asked(ban_file_id=ID)),
        commands.ResumeBanFile(**asked(ban_file_id=ID)),
        commands.RemoveBanFile(**asked(ban_file_id=ID)),
    ]
)


@given(st.lists(_any, max_size=6), _any)
def test_repeating_a_command_changes_nothing(earlier: list[Command], command: Command) -> None:
    records, _ = play([create(), *earlier, command])
    assert play([command], records)[1].status in {"unchanged", "refused"}


@given(st.lists(_any, max_size=8))
def test_every_history_counts_its_events(history: list[Command]) -> None:
    batch = Batch(0, {}, new_id, opener())
    for command in [create(), *history]:
        batch.decide(Received(command))  # type: ignore[arg-type]  # of the union
    assert batch.changed[ID].ban_file.version == len(batch.events)


def test_the_same_file_has_one_identity_however_it_is_reached() -> None:
    assert identity(FTP) == identity(SFTP)
    assert identity(FTP) == identity(FTP.model_copy(update={"host": "GAME.example.net.", "path": "/ban.txt"}))
    assert identity(LOCAL) == identity(LOCAL.model_copy(update={"path": "/srv//game/./ban.txt"}))
    assert identity(FTP) != identity(FTP.model_copy(update={"user": "other"}))


def test_containers_of_a_host_differ_in_their_port_and_the_usual_one_need_not_be_named() -> None:
    one, other = (SFTP.model_copy(update={"port": port}) for port in (2022, 2023))
    assert code_of(create(one), create(other, ban_file_id=OTHER)) is None
    assert code_of(create(one), create(one, ban_file_id=OTHER)) == "invalid-ban-file"
    assert code_of(create(SFTP), create(one, ban_file_id=OTHER)) is None
    usual = {FTP: 21, SFTP: 22, FTP.model_copy(update={"kind": BanFileKind.FTPS_IMPLICIT}): 990}
    assert {identity(place.model_copy(update={"port": port})) for place, port in usual.items()} == {identity(FTP)}


def test_naming_the_usual_port_makes_it_no_other_server() -> None:
    known = SFTP.model_copy(update={"fingerprint": FINGERPRINT})
    change = commands.ChangeBanFile(**asked(ban_file_id=ID, place=SFTP.model_copy(update={"port": 22})))
    records, result = play([create(known), change])
    assert (result.status, records[ID].ban_file.place.fingerprint) == ("applied", FINGERPRINT)
    other = commands.ChangeBanFile(**asked(ban_file_id=ID, place=SFTP.model_copy(update={"port": 2022})))
    assert code_of(create(known), other) == "invalid-ban-file"


@pytest.mark.parametrize(
    ("stored", "is_kept"),
    [
        ("game.example.net:u:ban.txt", True),
        ("game.example.net/2022:u:ban.txt", True),
        ("game.example.net/2023:u:ban.txt", False),
        (None, False),
    ],
    ids=["of-an-earlier-release", "with-its-port", "another-port", "none"],
)
def test_what_is_remembered_of_a_file_outlives_the_release_that_left_its_port_out(
    stored: str | None, *, is_kept: bool
) -> None:
    records, _ = play([create(SFTP.model_copy(update={"port": 2022}))])
    remembered = Remembered("0" * 64, 0, 0, {})
    target = target_of(records[ID], Chosen((), ()), State(place=stored, remembered=remembered))
    assert target.remembered == (remembered if is_kept else None)


def test_a_secret_shows_itself_nowhere() -> None:
    secret = read_secret('{"password": "hunter2", "private_key": "KEY", "passphrase": "hunter3"}')
    assert "hunter" not in f"{secret!r} {secret}"
    place = SFTP.model_copy(update={"fingerprint": FINGERPRINT})
    assert "hunter" not in repr(opened(place, secret, Rules()))
    with pytest.raises(InvalidPlace) as error:
        read_secret('{"pass": "hunter2"}')
    assert "hunter" not in str(error.value)
    assert Secret() == read_secret(None)


@pytest.mark.parametrize("field", ["password", "passphrase", "token"])
def test_a_secret_with_the_line_end_of_its_file_is_told_from_a_wrong_one(field: str) -> None:
    with pytest.raises(InvalidPlace, match=f"the {field} holds a line end") as error:
        read_secret(json.dumps({field: "hunter2\n"}))
    assert "hunter" not in str(error.value)
    assert read_secret(json.dumps({"private_key": "KEY\n"})) == Secret(private_key="KEY\n")


def test_an_address_that_cannot_be_opened_is_no_missing_address() -> None:
    with pytest.raises(WrongKey):
        opener().address(seal(sealing_public_key(b"x" * 32), "203.0.113.7"))
