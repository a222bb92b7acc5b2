"""What the replay of a DayZ log prints: no server of any kind is needed."""

import subprocess
from pathlib import Path

import pytest
from cli.tests.conftest import Run, Start

ID = "r" * 43 + "="
PLAYER = f'Player "Ann" (id={ID} pos=<1000, 5000.5, 200.1>)'
HIGH = f'Player "Bob \x1b[31m" (id={"b" * 43}= pos=<1000, 5000.5, 1523>)'


def log(day: str = "2026-08-24", kits: int = 15, more: str = "") -> str:
    lines = "".join(f"12:00:{second:02} | {PLAYER} placed Fence Kit<FenceKit>\n" for second in range(kits))
    return f"\n\n{'*' * 78}\nAdminLog started on {day} at 11:59:00\n{lines}{more}"


@pytest.fixture
def burst(tmp_path: Path) -> Path:
    path = tmp_path / "burst.ADM"
    path.write_text(log(more=f"12:30:00 | {HIGH} placed Watchtower Kit<WatchtowerKit>\nnothing known\n"))
    return path


async def test_a_finding_is_told_with_its_evidence(run: Run, burst: Path) -> None:
    outcome = await run("dayz", "replay", str(burst))
    lines = outcome.out.splitlines()
    assert (outcome.code, outcome.err) == (0, "")
    assert lines[0] == "lag_machine  Ann  2026-08-24 12:00:10 UTC"
    assert lines[1] == "  build_rate, critical: 11 placements within 60 s; limit 10 per 60 s"
    assert lines[3] == f"    12:00:00 | {PLAYER} placed Fence Kit<FenceKit>"
    assert "    and 7 more (all with --json)" in lines
    assert lines[-1].startswith("21 lines: 20 parsed, 1 unknown (4.8 %); 2 findings by ")
    assert lines[-1].endswith("altitude_high 1, build_rate 1")
    assert "\x1b" not in outcome.out


async def test_json_is_one_finding_a_line_and_nothing_else(run: Run, burst: Path) -> None:
    outcome = await run("dayz", "replay", str(burst), "--json", "--server", "one")
    first, second = outcome.lines
    assert list(first)[:8] == [
        "rule", "infraction_type", "player", "player_id", "at", "measured", "limit", "evidence"
    ]  # fmt: skip
    assert (first["rule"], first["infraction_type"], first["player"]) == ("build_rate", "lag_machine", "Ann")
    assert (first["player_id"], first["at"], first["server"]) == (ID, "2026-08-24T12:00:10+00:00", "one")
    assert (first["measured"], first["limit"], len(first["evidence"])) == (11, 10, 11)
    assert first["evidence"][0] == f"12:00:00 | {PLAYER} placed Fence Kit<FenceKit>"
    assert (second["infraction_type"], second["measured"], second["limit"]) == ("sky_base", 1523, 1000)
    assert outcome.complaint.startswith("banstream: 21 lines: ")


async def test_the_clock_of_the_log_has_a_zone(run: Run, burst: Path) -> None:
    outcome = await run("dayz", "replay", str(burst), "--json", "--zone", "Europe/Berlin")
    assert outcome.lines[0]["at"] == "2026-08-24T12:00:10+02:00"
    assert (await run("dayz", "replay", str(burst), "--zone", "Mars/Base")).code == 2


async def test_all_rules_are_more_than_the_default(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.ADM"
    path.write_text(log(kits=0, more=f"12:00:00 | {PLAYER}Dismantled Base from Gate with Axe\n"))
    assert (await run("dayz", "replay", str(path), "--json")).out == ""
    (finding,) = (await run("dayz", "replay", str(path), "--json", "--all-rules")).lines
    assert (finding["rule"], finding["infraction_type"], finding["mode"]) == ("raid_window", "raid_exploit", "alert")


@pytest.mark.parametrize(
    ("name", "text"), [("r.toml", "[build_rate]\nlimit = 20"), ("r.json", '{"build_rate":{"limit":20}}')]
)
async def test_limits_come_from_a_file(run: Run, burst: Path, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    outcome = await run("dayz", "replay", str(burst), "--json", "--rules", str(tmp_path / name))
    assert [finding["rule"] for finding in outcome.lines] == ["altitude_high"]


async def test_a_wrong_key_is_named_with_the_right_one(run: Run, burst: Path, tmp_path: Path) -> None:
    rules = tmp_path / "r.toml"
    rules.write_text("[build_rate]\nlimt = 20")
    outcome = await run("dayz", "replay", str(burst), "--rules", str(rules))
    assert (outcome.code, outcome.out) == (2, "")
    assert "unknown key 'build_rate.limt' (did you mean 'limit'?)" in outcome.complaint


async def test_files_are_read_in_the_order_they_were_written(run: Run, tmp_path: Path) -> None:
    left, back = f"{PLAYER} has been disconnected\n", f"{PLAYER} is connected\n"
    (tmp_path / "b.ADM").write_text(log("2026-08-24", 6))
    (tmp_path / "a.ADM").write_text("".join(log("2026-08-25", 6).splitlines(keepends=True)[4:]))
    (tmp_path / "x_2026-08-24_12-00-06.ADM").write_text("".join(
        f"12:00:{second:02} | {PLAYER} placed Fence Kit<FenceKit>\n" for second in range(6, 12)
    ) + f"12:10:00 | {left}12:10:01 | {back}")  # fmt: skip
    both = [str(tmp_path / "x_2026-08-24_12-00-06.ADM"), str(tmp_path / "b.ADM")]
    (finding,) = (await run("dayz", "replay", *both, both[0], "--json")).lines
    assert finding["file"] == "b.ADM"
    assert finding["evidence"][-1].startswith("12:00:10")
    undated = await run("dayz", "replay", str(tmp_path / "a.ADM"))
    assert undated.code == 2
    assert "--date 2026-01-31" in undated.complaint
    assert (await run("dayz", "replay", str(tmp_path / "a.ADM"), "--date", "2026-08-25")).code == 0
    assert (await run("dayz", "replay", str(tmp_path / "a.ADM"), "--date", "soon")).code == 2


async def test_unknown_lines_are_listed(run: Run, burst: Path) -> None:
    outcome = await run("dayz", "replay", str(burst), "--unknown")
    assert "1\tnothing known" in outcome.out.splitlines()
    assert (await run("dayz", "replay", str(burst), "--unknown", "--json")).code == 2


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"\0\1\2\3", "is no admin log but something binary"),
        (b"Dear reader,\n\nthis is a letter.\n", "no line of it is a line of an admin log"),
    ],
)
async def test_what_is_no_log_is_refused(run: Run, tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "x.ADM").write_bytes(content)
    outcome = await run("dayz", "replay", str(tmp_path / "x.ADM"))
    assert (outcome.code, outcome.out) == (2, "")
    assert complaint in outcome.complaint


async def test_missing_files_and_folders_are_said(run: Run, burst: Path, tmp_path: Path) -> None:
    assert (await run("dayz", "replay")).code == 2
    for name, complaint in ((tmp_path / "no", "No such file"), (tmp_path, "Is a directory")):
        outcome = await run("dayz", "replay", str(burst), str(name))
        assert (outcome.code, outcome.out) == (2, "")
        assert complaint in outcome.complaint
    outcome = await run("dayz", "replay", str(burst), "--rules", str(tmp_path / "no.toml"))
    assert "No such file" in outcome.complaint
    assert (await run("dayz", "replay", str(burst), "--rules", str(burst), "--all-rules")).code == 2


async def test_an_empty_log_holds_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.ADM").write_text(f"\n\n{'*' * 34}EOF{'*' * 40}\n")
    outcome = await run("dayz", "replay", str(tmp_path / "x.ADM"))
    assert outcome.code == 0
    assert outcome.out.startswith("3 lines: 3 parsed, 0 unknown; 0 findings by ")


def test_a_pipe_is_read_as_a_file_is(start: Start) -> None:
    process = start("dayz", "replay", "-", "--json", stdin=subprocess.PIPE)
    out, _ = process.communicate(log().encode(), timeout=60)
    assert (process.returncode, out.count(b"\n")) == (0, 1)
    assert b'"file":"stdin"' in out
