import json
from pathlib import Path

import pytest
from cli.tests.conftest import Run
from cli.tests.gateway_stand_in import StandIn, problem

from banstream_contracts.infractions import Severity
from banstream_contracts.policies import AtOnce, Policy, Thresholds

SERVER = "01948a00000000000000beef"
DEFAULTS = Policy().model_dump(mode="json")


def written(folder: Path, text: str, name: str = "policy.json") -> str:
    file = folder / name
    file.write_text(text)
    return str(file)


async def test_a_file_is_read_in_every_spelling(run: Run, gateway: StandIn, tmp_path: Path) -> None:
    toml = "banDuration = 60\n[thresholds]\nwarn = 2\nban = 4\n[weights]\naimbot = 3\n"
    games = '{"warnAt": 2, "banAt": 4, "banDuration": 60, "weights": {"aimbot": 3}}'
    expected = Policy(thresholds=Thresholds(warn=2, ban=4), ban_duration_seconds=60, weights={"aimbot": 3})
    marked = written(tmp_path, f"\ufeff{toml}", "marked.toml")  # as editors on Windows write it
    for file in (written(tmp_path, toml, "policy.toml"), written(tmp_path, games), marked):
        outcome = await run("policy", "set", "default", file, "--json")
        assert (outcome.code, outcome.err) == (0, "")
        assert gateway.requests[-1][:2] == ("PUT", "/v1/policies/default")
        assert Policy.model_validate(gateway.requests[-1][3]) == expected
        assert gateway.if_match[-1] is None
    assert outcome.json["version"] == 3


async def test_what_cannot_be_taken_is_named_and_nothing_is_sent(run: Run, gateway: StandIn, tmp_path: Path) -> None:
    for text, said in (
        ('{"tresholds": {"warn": 2}}', "tresholds is not known; did you mean thresholds?"),
        ('{"warnAt": 2, "thresholds": {"warn": 2}}', "says the same as"),
        ('{"thresholds": {"ban": 0}}', "thresholds.ban"),
        ("[]", "holds no policy"),
        ("{", "is no JSON"),
    ):
        outcome = await run("policy", "set", "default", written(tmp_path, text))
        assert (outcome.code, outcome.out) == (2, ""), text
        assert said in outcome.complaint
    assert (await run("policy", "set", "default", str(tmp_path / "none.json"))).code == 2
    assert gateway.requests == []


async def test_options_change_what_is_named_of_the_policy_in_force(run: Run, gateway: StandIn) -> None:
    assert (await run("policy", "set", "strict", "--server", SERVER, "--ban", "4", "--warn", "never")).code == 0
    assert gateway.if_match[-1] == "0"
    options = ("--ban-for", "permanent", "--no-auto-kick", "--weight", "aimbot=3", "--reset-after", "7d", "--shadow")
    outcome = await run("policy", "set", "strict", *options)
    assert (outcome.code, gateway.if_match[-1]) == (0, "1")
    assert Policy.model_validate(gateway.requests[-1][3]) == Policy(
        servers=(SERVER,),
        thresholds=Thresholds(warn=None, ban=4),
        auto_kick=False,
        ban_duration_seconds=None,
        reset_after_seconds=7 * 86_400,
        weights={"aimbot": 3},
        shadow=True,
    )
    assert [line.split("\t") for line in outcome.out.splitlines()] == [
        ["Policy", "strict"],
        ["Version", "2"],
        ["Servers", SERVER],
        ["Warn", "never"],
        ["Kick", "at 5"],
        ["Ban", "at 4"],
        ["Automatic", "ban"],
        ["Bans", "for good, global"],
        ["Resets", "after 7d"],
        ["Weights", "aimbot 3"],
        ["At once", "critical for good, high for good and review"],
        ["Shadow", "yes: nothing is done"],
    ]


async def test_severities_that_ban_at_once_are_set_and_shown(run: Run, gateway: StandIn) -> None:
    outcome = await run("policy", "set", "default", "--severity", "critical=permanent", "--severity", "high=7d+review")
    assert outcome.code == 0
    expected = {Severity.CRITICAL: AtOnce(), Severity.HIGH: AtOnce(ban_duration_seconds=7 * 86_400, review=True)}
    assert Policy.model_validate(gateway.requests[-1][3]).severities == expected
    assert ["At once", "critical for good, high for 7d and review"] in [
        line.split("\t") for line in outcome.out.splitlines()
    ]
    assert "high for 7d and review" in (await run("policy", "list")).out
    assert (await run("policy", "set", "default", "--severity", "none")).code == 0
    assert Policy.model_validate(gateway.requests[-1][3]).severities == {}
    assert "nothing at once" in (await run("policy", "list")).out


async def test_what_somebody_else_changed_meanwhile_is_not_overwritten(run: Run, gateway: StandIn) -> None:
    await run("policy", "set", "strict", "--server", SERVER)
    outcome = await run("policy", "set", "strict", "--ban", "4", "--if-version", "7")
    assert (outcome.code, gateway.if_match[-1]) == (1, "7")
    assert "version 1, not 7" in outcome.complaint


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--ban", "many"),
        ("--weight", "aimbot"),
        ("--reset-after", "soon"),
        ("--severity", "grave=7d"),
        ("--severity", "high=7d+later"),
        ("x.json", "--ban", "3"),
    ],
)
async def test_wrong_use_is_2(run: Run, gateway: StandIn, arguments: tuple[str, ...]) -> None:
    outcome = await run("policy", "set", "strict", *arguments)
    assert (outcome.code, outcome.out, len(outcome.err.splitlines())) == (2, "", 1)
    assert gateway.requests == []


async def test_policies_are_listed_shown_and_removed(run: Run, gateway: StandIn) -> None:
    await run("policy", "set", "default", "--ban", "20")
    await run("policy", "set", "strict", "--server", SERVER, "--no-auto-ban")
    rows = [line.split("\t") for line in (await run("policy", "list")).out.splitlines()]
    assert rows == [
        ["POLICY", "VERSION", "SERVERS", "WHAT IT DOES"],
        ["default", "1", "all others", "warn 3, kick 5, ban 20 for 7d"],
        ["strict", "1", SERVER, "warn 3, kick 5, ban 10 for 7d, bans reviewed"],
    ]
    assert (await run("policy", "list", "--json")).json["items"][0]["policy"]["thresholds"]["ban"] == 20
    shown = await run("policy", "show", "strict", "--version", "1", "--json")
    assert (shown.json["policy_id"], gateway.requests[-1][1]) == ("strict", "/v1/policies/strict?version=1")
    removed = await run("policy", "remove", "strict")
    assert (removed.code, removed.out) == (0, "policy strict removed\n")
    for arguments in (("show", "strict"), ("remove", "strict")):
        assert (await run("policy", *arguments)).code == 1


async def test_a_shown_policy_can_be_set_again(run: Run, gateway: StandIn, tmp_path: Path) -> None:
    await run("policy", "set", "default", "--ban", "20")
    shown = (await run("policy", "show", "default", "--json")).out
    assert (await run("policy", "set", "default", written(tmp_path, shown))).code == 0
    assert gateway.requests[-1][3] == {**DEFAULTS, "thresholds": {"warn": 3, "kick": 5, "ban": 20}}


async def test_a_refusal_is_1(run: Run, gateway: StandIn, tmp_path: Path) -> None:
    gateway.failures = [problem(409, "server-taken", "The command was refused", detail="the policy x holds already")]
    outcome = await run("policy", "set", "strict", written(tmp_path, json.dumps({"servers": [SERVER]})))
    assert (outcome.code, outcome.out) == (1, "")
    assert "x holds already" in outcome.complaint
