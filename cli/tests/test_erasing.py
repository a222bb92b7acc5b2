"""`banstream erase`: it shows what it is about, asks, and does nothing by accident."""

from cli.tests.conftest import Run
from cli.tests.gateway_stand_in import StandIn

ERASE = ("erase", "roblox:156", "--reason", "asked for")


def erasures(gateway: StandIn) -> list[object]:
    return [body for method, path, _, body in gateway.requests if path.endswith("/erase") and method == "POST"]


async def test_an_erasure_is_sent_whole_and_its_answer_is_shown(run: Run, gateway: StandIn) -> None:
    outcome = await run(*ERASE, "--lift", "--yes", "--key", "k")
    assert (outcome.code, erasures(gateway)) == (0, [{"reason": "asked for", "lift": True}])
    assert "roblox:156" in outcome.out
    assert "is erased" in outcome.out


async def test_who_is_restricted_is_a_no_and_the_answer_says_so(run: Run, gateway: StandIn) -> None:
    await run("ban", "roblox:156", "--reason", "aimbot")
    outcome = await run(*ERASE, "--yes")
    assert (outcome.code, outcome.out) == (1, "")
    assert "refused" in outcome.complaint
    lifted = await run(*ERASE, "--yes", "--lift", "--json")
    assert [each["reason"] for each in lifted.json["infractions"]] == ["aimbot"]
    assert len(erasures(gateway)) == 2


async def test_nothing_is_erased_by_whoever_does_not_say_yes(run: Run, gateway: StandIn) -> None:
    await run("ban", "roblox:156", "--reason", "aimbot")
    asked = await run(*ERASE)
    assert asked.code == 130
    assert "aimbot" in asked.out
    assert "This erases roblox:156" in asked.err
    unasked = await run(*ERASE, "--json")
    assert (unasked.code, unasked.out) == (2, "")
    assert erasures(gateway) == []
