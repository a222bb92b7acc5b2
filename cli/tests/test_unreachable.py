import time

import pytest
from cli.tests.conftest import Run


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "roblox:1"),
        ("ban", "roblox:1", "--reason", "x"),
        ("servers", "list"),
        ("events", "tail"),
        ("dead", "list"),
        ("streams", "apply"),
        ("streams", "refill"),
        ("tokens", "create", "x", "--scope", "admin", "--bootstrap"),
        ("log", "verify"),
        ("log", "export"),
        ("rebuild",),
        ("migrate",),
    ],
)
async def test_it_is_said_in_one_line_soon(run: Run, nowhere: str, arguments: tuple[str, ...]) -> None:
    began = time.monotonic()
    outcome = await run(
        *arguments,
        BANSTREAM_URL=f"http://{nowhere}",
        BANSTREAM_TOKEN="secret-word",
        BANSTREAM_NATS_URL=f"nats://operator:secret-word@{nowhere}",
        BANSTREAM_ADMIN_DATABASE_URL=f"postgresql://admin:secret-word@{nowhere}/none",
        BANSTREAM_INFRACTIONS_PASSWORD="secret-word",
        BANSTREAM_ABUSE_TRACKER_PASSWORD="secret-word",
        BANSTREAM_NOTIFIER_PASSWORD="secret-word",
        BANSTREAM_FTP_SYNC_PASSWORD="secret-word",
        BANSTREAM_DAYZ_FEED_PASSWORD="secret-word",
    )
    assert (outcome.code, outcome.out) == (2, "")
    assert nowhere in outcome.complaint
    assert "secret-word" not in outcome.err
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("name", "value", "arguments"),
    [
        ("BANSTREAM_URL", "not a url", ("check", "roblox:1")),
        ("BANSTREAM_URL", "ftp://x", ("check", "roblox:1")),
        ("BANSTREAM_NATS_URL", "nats://a b", ("dead", "list")),
        ("BANSTREAM_NATS_URL", "nats://x:port", ("dead", "list")),
        ("BANSTREAM_ADMIN_DATABASE_URL", "mysql://x", ("log", "verify")),
        ("BANSTREAM_ADMIN_DATABASE_URL", "postgresql://x:port/y", ("log", "verify")),
    ],
)
async def test_nonsense_is_said_in_one_line(run: Run, name: str, value: str, arguments: tuple[str, ...]) -> None:
    outcome = await run(*arguments, BANSTREAM_TOKEN="x", **{name: value})
    assert (outcome.code, outcome.out) == (2, "")
    assert name in outcome.complaint


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "localhost", "ftp://x"], ids=["port", "host", "scheme"])
async def test_what_is_no_url_of_a_gateway_is_not_called_away(run: Run, url: str) -> None:
    outcome = await run("check", "roblox:1", BANSTREAM_URL=url, BANSTREAM_TOKEN="x")
    assert outcome.code == 2
    assert f"'{url}' is no URL of a gateway" in outcome.complaint
    assert "set BANSTREAM_URL" in outcome.complaint


async def test_a_login_that_postgres_refuses_is_said(postgres_url: str, run: Run) -> None:
    wrong = postgres_url.replace("//", "//nobody:secret-word@", 1) if "@" not in postgres_url else postgres_url
    host = wrong.rsplit("@", 1)[1]
    outcome = await run("log", "verify", BANSTREAM_ADMIN_DATABASE_URL=f"postgresql://nobody:secret-word@{host}")
    assert (outcome.code, outcome.out) == (2, "")
    assert "does not let us in" in outcome.complaint
    assert "secret-word" not in outcome.err
