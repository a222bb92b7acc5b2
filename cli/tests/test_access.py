import pytest
from cli.tests.conftest import Run
from cli.tests.gateway_stand_in import StandIn


async def test_a_secret_is_shown_once_and_clearly(run: Run, gateway: StandIn) -> None:
    outcome = await run("servers", "create", "eu-1", "--game", "cs2")
    assert outcome.code == 0
    assert [line.split("\t")[0] for line in outcome.out.splitlines()] == ["Id", "Name", "Secret"]
    assert "this once" in outcome.complaint
    assert gateway.requests[0][3] == {"name": "eu-1", "game": "cs2"}
    secret = outcome.out.splitlines()[2].split("\t")[1]
    assert secret not in (await run("servers", "list")).out


@pytest.mark.usefixtures("gateway")
async def test_quiet_is_the_secret_alone(run: Run) -> None:
    for arguments in (("servers", "create", "eu-1"), ("tokens", "create", "bot", "--scope", "check")):
        outcome = await run(*arguments, "--quiet")
        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.out.startswith("bsx")
        assert len(outcome.out.split()) == 1


async def test_a_secret_that_got_lost_says_to_rotate(run: Run, gateway: StandIn) -> None:
    """The first answer was cut: the repeat finds the server made, without its key."""
    gateway.cut_after_storing = 1
    outcome = await run("servers", "create", "eu-1", "--quiet")
    assert (outcome.code, outcome.out, len(gateway.credentials)) == (1, "", 1)
    assert f"`banstream servers rotate {gateway.credentials[0]['id']}`" in outcome.complaint


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("servers", "create", "eu-1"), "`banstream servers rotate ID`"),
        (("tokens", "create", "bot", "--scope", "check"), "`banstream tokens rotate ID`"),
        (("servers", "rotate", "1" * 24), f"`banstream servers rotate {'1' * 24}` without it"),
        (("tokens", "rotate", "1" * 24), f"`banstream tokens rotate {'1' * 24}` without it"),
        (("targets", "add", "hook", "--webhook", "https://example.com"), "`banstream targets remove ID`"),
    ],
    ids=["server", "token", "server-rotated", "token-rotated", "webhook"],
)
async def test_a_secret_that_no_answer_will_show_says_how_to_get_one(
    run: Run, gateway: StandIn, arguments: tuple[str, ...], said: str
) -> None:
    gateway.accepts_only = True
    outcome = await run(*arguments, "--key", "mine")
    assert (outcome.code, outcome.out) == (3, "")
    assert "--key mine, which shows" in outcome.complaint
    assert said in outcome.complaint


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("servers", "create", "eu-1"), "key"),
        (("tokens", "create", "bot", "--scope", "check"), "key"),
        (("servers", "rotate", "1" * 24), "key"),
        (("targets", "add", "hook", "--webhook", "https://example.com"), "secret"),
    ],
    ids=["server", "token", "server-rotated", "webhook"],
)
async def test_a_secret_of_what_is_only_accepted_is_shown_as_no_repeat_will(
    run: Run, gateway: StandIn, arguments: tuple[str, ...], name: str
) -> None:
    gateway.accepts_only, gateway.shows_at_once = True, {"id": "2" * 24, name: "shown-this-once"}
    outcome = await run(*arguments, "--key", "mine")
    assert (outcome.code, outcome.out) == (3, f"Id\t{'2' * 24}\nSecret\tshown-this-once\n")
    assert "keep it now" in outcome.err
    assert "not confirmed yet; see again with --key mine" in outcome.err
    assert (await run(*arguments, "--json")).json[name] == "shown-this-once"


async def test_quiet_is_the_secret_alone_of_what_is_only_accepted_too(run: Run, gateway: StandIn) -> None:
    gateway.accepts_only, gateway.shows_at_once = True, {"id": "2" * 24, "key": "shown-this-once"}
    outcome = await run("servers", "create", "eu-1", "--quiet")
    assert (outcome.code, outcome.out) == (3, "shown-this-once\n")


async def test_scopes_are_sent_once_each(run: Run, gateway: StandIn) -> None:
    await run("tokens", "create", "bot", "--scope", "check", "--scope", "punish", "--scope", "check")
    assert gateway.requests[0][3]["scopes"] == ["check", "punish"]


async def test_lists_show_what_is_valid(run: Run, gateway: StandIn) -> None:
    token = (await run("tokens", "create", "[b]bot[/b]", "--scope", "check", "--json")).json["id"]
    assert (await run("tokens", "revoke", token)).code == 0
    gateway.credentials.append({"id": "1" * 24, "name": "x", "scopes": [], "expires_at": "2030-01-02T03:04:05Z"})
    rows = [line.split("\t") for line in (await run("tokens", "list")).out.splitlines()[1:]]
    assert rows[0][1] == "[b]bot[/b]"
    assert rows[0][4] == "revoked 2026-01-03 03:04:05Z"
    assert rows[1][4] == "until 2030-01-02 03:04:05Z"


@pytest.mark.usefixtures("gateway")
async def test_none_yet_says_how_to_make_one(run: Run) -> None:
    outcome = await run("servers", "list")
    assert (outcome.code, outcome.out) == (0, "")
    assert "banstream servers create" in outcome.complaint
