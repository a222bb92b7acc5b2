"""Marks, admins and ASN databases for tests."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mmdb_writer import MMDBWriter
from netaddr import IPSet  # type: ignore[import-untyped] # ships no types

from banstream_contracts.infractions import Actor
from banstream_contracts.networks import MarkedNetwork

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SOMEBODY = Actor(kind="token", id="1", name="somebody")


def marked(network: str, kind: Any = "vpn", position: int = 1, **fields: Any) -> MarkedNetwork:
    return MarkedNetwork(network=network, kind=kind, marked_at=NOW, marked_by=SOMEBODY, position=position, **fields)


def write_database(path: Path, owners: dict[str, dict[str, Any]]) -> None:
    """An ASN database with a record for each range, put in place at once as an updater does."""
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Test-ASN", int_type="u32")
    for network, record in owners.items():
        writer.insert_network(IPSet([network]), record)
    beside = path.with_suffix(".new")
    writer.to_db_file(str(beside))
    beside.replace(path)


def owner(number: int, name: str = "Example") -> dict[str, Any]:
    return {"autonomous_system_number": number, "autonomous_system_organization": name}
