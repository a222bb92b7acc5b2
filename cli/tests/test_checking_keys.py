"""`banstream keys check`, and what `banstream doctor` says of addresses, while keys take turns."""

from datetime import UTC, datetime
from typing import Any

import pytest
from cli.tests.conftest import Run
from nats.aio.client import Client

from banstream_contracts.commands.infractions import LiftInfraction
from banstream_contracts.infractions import Lifetime, Punishment
from banstream_contracts.sealed import SealedAddress
from banstream_privacy.addresses import address_hash
from banstream_privacy.transit import seal, sealing_public_key
from banstream_runtime.identifiers import new_id
from banstream_testing.infractions import MASTER_KEY, MODERATOR, Bus, issue

OLD, NEW = b"o" * 32, b"n" * 32
BOTH = {"BANSTREAM_MASTER_KEY": MASTER_KEY.hex(), "BANSTREAM_ADDRESS_KEY": f"{NEW.hex()},{OLD.hex()}"}
NEW_ALONE = {**BOTH, "BANSTREAM_ADDRESS_KEY": NEW.hex()}

pytestmark = pytest.mark.integration


def under(key: bytes, address: str) -> SealedAddress:
    return SealedAddress(hash=address_hash(key, address), sealed=seal(sealing_public_key(MASTER_KEY), address))


def lifted(infraction_id: str) -> LiftInfraction:
    about = {"command_id": new_id(), "correlation_id": new_id(), "issued_at": datetime.now(UTC), "actor": MODERATOR}
    return LiftInfraction(infraction_id=infraction_id, reason="appeal", **about)


async def doctor(run: Run, **known: str) -> tuple[str, str]:
    outcome = await run("doctor", "--json", **known)
    (found,) = (each for each in outcome.json["checks"] if each["check"] == "restricted addresses")
    return found["state"], found["seen"]


async def test_an_address_key_that_a_ban_still_goes_by_is_told_until_that_ban_has_ended(
    infractions: Client, run: Run
) -> None:
    bus = Bus(infractions)
    assert await doctor(run) == ("ok", "none is restricted")
    before = issue("1", address=under(OLD, "192.0.2.1"))
    await bus.send_all([before, issue("2", address=under(NEW, "192.0.2.2")), issue("3")])
    assert (await doctor(run))[0] == "skipped"
    assert (await doctor(run, BANSTREAM_MASTER_KEY=MASTER_KEY.hex()))[0] == "skipped"
    assert await doctor(run, **BOTH) == ("ok", "2 of 2 that were looked at match, 1 with the first address key")
    assert await doctor(run, **NEW_ALONE) == ("wrong", "1 of 2 that were looked at match")
    both, alone = await run("keys", "check", **BOTH), await run("keys", "check", **NEW_ALONE)
    persons = "keys of persons: 2 by key 1, 0 by none\n"
    assert (both.code, both.out) == (0, f"{persons}restricted addresses: 1 by key 1, 1 by key 2, 0 by none\n")
    assert (alone.code, alone.out) == (1, f"{persons}restricted addresses: 1 by key 1, 1 by none\n")
    assert "restricted addresses go by none" in alone.complaint
    await bus.send(lifted(before.infraction_id))
    assert (await run("keys", "check", **NEW_ALONE)).code == 0
    assert await doctor(run, **NEW_ALONE) == ("ok", "1 of 1 that were looked at match")


async def test_what_gateways_know_of_an_address_alone_goes_by_its_key_and_what_they_do_not_know_by_none(
    infractions: Client, run: Run
) -> None:
    bus = Bus(infractions)
    voice_block: dict[str, Any] = {"punishments": (Punishment.VOICE_BLOCK,), "lifetime": Lifetime.SESSION}
    runs_down: dict[str, Any] = {"punishments": (), "lifetime": Lifetime.ONLINE, "duration_seconds": 600}
    of_address = issue(address=under(OLD, "192.0.2.1"), player=None, **runs_down)
    of_player = issue("1", address=under(OLD, "192.0.2.2"), **runs_down)
    await bus.send_all([of_player, issue(address=under(OLD, "192.0.2.3"), player=None, **voice_block)])
    assert await doctor(run, **NEW_ALONE) == ("ok", "none is restricted")
    await bus.send(of_address)
    assert await doctor(run, **NEW_ALONE) == ("wrong", "0 of 1 that were looked at match")
    assert (await run("keys", "check", **NEW_ALONE)).code == 1
    await bus.send(lifted(of_address.infraction_id))
    assert (await run("keys", "check", **NEW_ALONE)).code == 0


async def test_a_master_key_that_is_needed_is_found_wherever_it_is(infractions: Client, run: Run) -> None:
    await Bus(infractions).send(issue(address=under(NEW, "192.0.2.1")))
    known = {**BOTH, "BANSTREAM_MASTER_KEY": f"{OLD.hex()},{MASTER_KEY.hex()}"}
    kept = await run("keys", "check", "--json", **known)
    assert kept.json == {
        "keys of persons": {"by_key": [0, 1], "by_none": 0, "unknown": 0},
        "restricted addresses": {"by_key": [1, 0], "by_none": 0, "unknown": 0},
    }
    lost = await run("keys", "check", **{**known, "BANSTREAM_MASTER_KEY": OLD.hex()})
    unknown = "restricted addresses: 0 by key 1, 0 by key 2, 0 by none, 1 of which nobody can say\n"
    assert (lost.code, lost.out) == (1, f"keys of persons: 0 by key 1, 1 by none\n{unknown}")
    assert "some keys of persons go by none" in lost.complaint
