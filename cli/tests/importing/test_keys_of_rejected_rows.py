"""A row that cannot be imported is known by its key all the same, where that can be read."""

import json
from pathlib import Path
from typing import Any

import pytest
from cli.tests.importing import (
    test_banmanager,
    test_gflbans,
    test_libertybans,
    test_litebans,
    test_sourcebans,
    test_sourcebans_table,
    test_vanilla,
)
from cli.tests.importing.samples import batch, rejected_in, row_in

from banstream_cli.importing.formats import (
    banmanager,
    banstream,
    bigodetexas,
    csv_table,
    gflbans,
    libertybans,
    litebans,
    sourcebans,
    sourcebans_table,
    vanilla,
)
from banstream_cli.importing.rows import Format, Options

WHEN = "2023-11-14T22:13:20Z"
BIGODE = {"id": 7, "gamertag": "Ann", "xuid": "2535465465465465", "infraction_type": "fly", "severity": "GRAVE"}
BIGODE |= {"description": "", "detected_at": "2026-02-07 20:15:32", "evidence": ""}
EXPORTED = {"id": "64af", "player": {"service": "roblox", "id": "7"}, "punishments": ["ban"], "status": "active"}
EXPORTED |= {"lifetime": "permanent", "issued_at": WHEN}
RECORD = "infraction_id,player,punishments,status,lifetime,issued_at,reason\n64af,roblox:7,ban,{},permanent,{},x\n"


def cases(name: str, form: Format, good: str | bytes, *bad: str | bytes) -> list[Any]:
    return [pytest.param(form, good, each, id=f"{name}-{number}") for number, each in enumerate(bad)]


def of_table(name: str, form: Format, row: dict[str, Any], *changes: dict[str, Any]) -> list[Any]:
    return cases(name, form, batch(row), *(batch({**row, **each}) for each in changes))


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        *of_table("banmanager", banmanager.FORMAT, test_banmanager.BAN, {"online_only": 1}, {"expires": None}),
        *of_table("bigodetexas", bigodetexas.FORMAT, BIGODE, {"xuid": ""}),
        *of_table("libertybans", libertybans.FORMAT, test_libertybans.BAN, {"victim_name": None}, {"end": "soon"}),
        *of_table("litebans", litebans.FORMAT, test_litebans.BAN, {"name": None}, {"until": None}),
        *of_table(
            "sourcebans-table", sourcebans_table.FORMAT, test_sourcebans_table.BAN, {"authid": "STEAM_ID_PENDING"}
        ),
        *of_table("comms", sourcebans_table.FORMAT, {**test_sourcebans_table.COMM, "type": 1}, {"type": 4}),
        *cases(
            "sourcebans",
            sourcebans.FORMAT,
            test_sourcebans.bundle((test_sourcebans.BAN,)),
            test_sourcebans.bundle(({**test_sourcebans.BAN, "type": 7},)),
        ),
        *cases(
            "gflbans",
            gflbans.FORMAT,
            json.dumps(test_gflbans.KEPT),
            test_gflbans.dumped(flags=-1),
            test_gflbans.dumped(created="yesterday"),
        ),
        *cases(
            "vanilla",
            vanilla.FORMAT,
            json.dumps([test_vanilla.PLAYER]),
            json.dumps([{**test_vanilla.PLAYER, "name": None}]),
            json.dumps([{**test_vanilla.PLAYER, "expires": "soon"}]),
        ),
        *cases(
            "vanilla-address",
            vanilla.FORMAT,
            json.dumps([test_vanilla.ADDRESS]),
            json.dumps([{**test_vanilla.ADDRESS, "expires": "soon"}]),
        ),
        *cases(
            "banstream",
            banstream.FORMAT,
            json.dumps(EXPORTED),
            json.dumps({**EXPORTED, "player": None}),
            json.dumps({**EXPORTED, "status": "gone"}),
        ),
        *cases("banstream-csv", banstream.FORMAT, RECORD.format("active", WHEN), RECORD.format("gone", WHEN)),
    ],
)
def test_what_is_rejected_has_the_key_that_the_row_would_have(
    tmp_path: Path, form: Format, good: str | bytes, bad: str | bytes
) -> None:
    key = row_in(form, tmp_path / "good", good).key
    assert rejected_in(form, tmp_path / "bad", bad).key == key


def test_so_it_is_by_a_mapping_that_names_a_column_for_it(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    for columns, key in (('key = "No"\nplayer = "Id"', "7"), ('player = "Id"', None)):
        mapping.write_text(f'service = "steam"\npunishments = ["ban"]\n[columns]\n{columns}\n')
        options = Options(mapping=mapping)
        assert rejected_in(csv_table.FORMAT, tmp_path / "bans.csv", "No,Id\n7,STEAM_ID_PENDING\n", options).key == key


@pytest.mark.parametrize(
    ("form", "content"),
    [
        (sourcebans_table.FORMAT, batch({**test_sourcebans_table.BAN, "bid": ""})),
        (litebans.FORMAT, batch({**test_litebans.BAN, "id": None})),
        (vanilla.FORMAT, json.dumps([{"ip": "192.0.2.0/24"}])),
        (gflbans.FORMAT, test_gflbans.dumped(id=None)),
    ],
    ids=["sourcebans-table", "litebans", "vanilla", "gflbans"],
)
def test_a_row_without_a_key_is_nameless(tmp_path: Path, form: Format, content: str) -> None:
    assert rejected_in(form, tmp_path / "bad", content).key is None
