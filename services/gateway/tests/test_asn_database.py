"""Whose an address is, by a file that operators replace while the gateway runs."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from services.gateway.tests.conftest import until
from services.gateway.tests.known_networks import owner, write_database

from banstream_gateway.vpn.asn_database import NOBODY, AsnDatabase, Owner
from banstream_gateway.vpn.verdicts import read_address


class Failures:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def failures() -> Failures:
    return Failures()


def owner_of(database: AsnDatabase, address: str) -> Owner:
    return database.owner_of(read_address(address))


async def test_an_address_has_the_owner_that_the_file_names(tmp_path: Path, failures: Failures) -> None:
    path = tmp_path / "asn.mmdb"
    write_database(path, {"192.0.2.0/24": owner(64496, "Example VPN"), "2001:db8::/32": owner(64497)})
    database = AsnDatabase(path, failed=failures)
    assert owner_of(database, "192.0.2.1") == NOBODY
    await database.refresh()
    assert database.is_loaded
    assert database.built_at > 0
    assert owner_of(database, "192.0.2.1") == Owner(64496, "Example VPN")
    assert owner_of(database, "::ffff:192.0.2.1") == Owner(64496, "Example VPN")
    assert owner_of(database, "2001:db8::1").asn == 64497
    assert owner_of(database, "198.51.100.1") == NOBODY
    assert failures.count == 0


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"asn": "AS64496", "as_name": "Example", "country_code": "de"}, Owner(64496, "Example", "DE")),
        ({"asn": 64496, "country": {"iso_code": "BR"}}, Owner(64496, None, "BR")),
        ({"autonomous_system_number": "x", "country": "Brazil"}, NOBODY),
        ({"autonomous_system_organization": "x" * 1000}, Owner(None, "x" * 128)),
        ("text", NOBODY),
    ],
    ids=["ipinfo", "number", "no-number", "long-name", "no-record"],
)
async def test_records_of_other_makers_are_read(
    tmp_path: Path, failures: Failures, record: Any, expected: Owner
) -> None:
    path = tmp_path / "asn.mmdb"
    write_database(path, {"192.0.2.0/24": record})
    database = AsnDatabase(path, failed=failures)
    await database.refresh()
    assert owner_of(database, "192.0.2.1") == expected


async def test_a_file_that_changes_is_read_anew_while_running(tmp_path: Path, failures: Failures) -> None:
    path = tmp_path / "asn.mmdb"
    database = AsnDatabase(path, failed=failures)
    task = asyncio.create_task(database.run(0.01))
    try:
        await until(lambda: failures.count)
        write_database(path, {"192.0.2.0/24": owner(64496)})
        await until(lambda: owner_of(database, "192.0.2.1").asn == 64496)
        write_database(path, {"192.0.2.0/24": owner(64497)})
        await until(lambda: owner_of(database, "192.0.2.1").asn == 64497)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert failures.count == 1


@pytest.mark.parametrize(
    "damage",
    [lambda _: b"", lambda _: b"no database", lambda content: content[: len(content) // 2], lambda _: None],
    ids=["empty", "garbage", "cut", "gone"],
)
async def test_what_was_read_before_holds_on_when_the_file_is_damaged(
    tmp_path: Path, failures: Failures, damage: Any
) -> None:
    path = tmp_path / "asn.mmdb"
    write_database(path, {"192.0.2.0/24": owner(64496)})
    database = AsnDatabase(path, failed=failures)
    await database.refresh()
    damaged = damage(path.read_bytes())
    if damaged is None:
        path.unlink()
    else:
        path.write_bytes(damaged)
    await database.refresh()
    await database.refresh()
    assert failures.count == 1
    assert owner_of(database, "192.0.2.1").asn == 64496


async def test_a_file_damaged_inside_never_fails_a_lookup(tmp_path: Path, failures: Failures) -> None:
    path = tmp_path / "asn.mmdb"
    write_database(path, {f"192.0.{third}.0/24": owner(64000 + third, "n" * third) for third in range(1, 40)})
    whole = path.read_bytes()
    for start in range(0, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:start] + b"\xff" * 24 + whole[start + 24 :])
        database = AsnDatabase(path, failed=failures)
        await database.refresh()
        for third in (1, 20, 39):
            assert isinstance(owner_of(database, f"192.0.{third}.1"), Owner)
    assert failures.count > 0


async def test_without_a_file_there_is_nothing_to_do(failures: Failures) -> None:
    database = AsnDatabase(None, failed=failures)
    await database.run(60)
    assert not database.is_loaded
    assert owner_of(database, "192.0.2.1") == NOBODY
