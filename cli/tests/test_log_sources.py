"""What `banstream log-sources` makes of secrets, and what it shows of rules."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cli.tests.conftest import Run, Start
from cli.tests.gateway_stand_in import StandIn

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nYWJj\n-----END OPENSSH PRIVATE KEY-----\n"
SOURCE = ("Chernarus", "--server", "1" * 24, "--kind", "sftp", "--host", "h", "--user", "u", "--folder", "/x")


@pytest.mark.parametrize(
    ("content", "secret"),
    [(KEY, KEY), ("hunter2\n", "hunter2"), ("hunter2\nof the next command\n", "hunter2")],
    ids=["key", "password", "first-line"],
)
async def test_a_secret_from_stdin_is_a_whole_key_or_one_line(
    gateway: StandIn, start: Start, tmp_path: Path, content: str, secret: str
) -> None:
    gateway.failures.append(web.json_response({"id": "2" * 24, "name": "Chernarus"}, status=201))
    (tmp_path / "secret").write_text(content)
    with (tmp_path / "secret").open("rb") as stdin:
        adding = start("log-sources", "add", *SOURCE, "--zone", "UTC", "--secret", "-", "--json", stdin=stdin)
        _, err = await asyncio.to_thread(adding.communicate, timeout=60)
    assert (adding.returncode, err) == (0, b"")
    assert gateway.requests[0][3]["secret"] == secret


async def test_a_secret_from_a_file_is_without_the_mark_of_its_encoding(
    gateway: StandIn, start: Start, tmp_path: Path
) -> None:
    gateway.failures.append(web.json_response({"id": "2" * 24, "name": "Chernarus"}, status=201))
    (tmp_path / "secret").write_bytes(b"\xef\xbb\xbfhunter2\r\n")
    adding = start("log-sources", "add", *SOURCE, "--zone", "UTC", "--secret", str(tmp_path / "secret"), "--json")
    await asyncio.to_thread(adding.communicate, timeout=60)
    assert gateway.requests[0][3]["secret"] == "hunter2"


async def shown(gateway: StandIn, run: Run, rules: dict[str, Any]) -> dict[str, str]:
    gateway.failures.append(web.json_response({"id": "2" * 24, "name": "Chernarus", "rules": rules}))
    outcome = await run("log-sources", "show", "2" * 24)
    assert outcome.code == 0
    return dict(line.split("\t", 1) for line in outcome.out.splitlines())


async def test_a_source_shows_the_rules_in_force_whether_its_own_name_them_or_not(gateway: StandIn, run: Run) -> None:
    facts = await shown(gateway, run, {})
    assert "altitude_high (alert)" in facts["Rules"].split(", ")
    assert "banned_class" in facts["Rules off"].split(", ")
    assert "Zones" not in facts
    zone = {"name": "Tisy", "x": 1, "northing": 2}
    own = {"altitude_high": {"mode": "act"}, "banned_class": {}, "relog": {"enabled": False}, "zones": [zone]}
    facts = await shown(gateway, run, own)
    assert {"altitude_high (act)", "banned_class (alert)", "speed (alert)"} <= {*facts["Rules"].split(", ")}
    assert "relog" in facts["Rules off"].split(", ")
    assert facts["Zones"] == "Tisy"


async def test_rules_of_another_release_are_named_and_not_guessed(gateway: StandIn, run: Run) -> None:
    facts = await shown(gateway, run, {"speed": {}, "of_later": {}})
    assert facts["Rules"] == "not known to this release: speed, of_later"
