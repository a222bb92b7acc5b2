"""What is decided without a network: masking, cells, languages, questions, charts, faces."""

import csv
import re
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fluent.syntax import ast
from fluent.syntax import parse as parse_fluent
from hypothesis import given
from hypothesis import strategies as st

from banstream_console.presentation import charts
from banstream_console.presentation.csv_cells import harmless
from banstream_console.presentation.long_texts import cut
from banstream_console.presentation.texts import LANGUAGES, accepted, language_of, sources, texts
from banstream_console.presentation.wording import Wording
from banstream_console.problems.exceptions import BadQuestion
from banstream_console.public.wall import bans_csv
from banstream_console.public.wall.filters import question_of, statistics_of
from banstream_console.public.wall.portraits import SIDE, portrait
from banstream_console.public.wall.shown_bans import ShownBan, Shows, shown
from banstream_contracts.infractions import Lifetime, Severity
from banstream_contracts.players import Player
from banstream_contracts.queries.wall import WallBan
from banstream_privacy.masking import MASK, masked

NOW = datetime(2026, 2, 7, 19, 45, 23, tzinfo=UTC)


def ban(**changes: Any) -> WallBan:
    values: dict[str, Any] = {
        "infraction_id": "0" * 24,
        "player": Player(service="xbox", id="2535465465465465"),
        "player_name": "Cheater123",
        "category": "aimbot",
        "severity": Severity.CRITICAL,
        "reason": "aimbot",
        "lifetime": Lifetime.PERMANENT,
        "issued_at": NOW,
    }
    return WallBan(**{**values, **changes})


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Placed FenceKit at (1234, 5678)", f"Placed FenceKit at {MASK}"),
        ("base em <4512.3, 9981.7, 12.0>", f"base em {MASK}"),
        ("base em 4512.3 / 9981.7", f"base em {MASK}"),
        ("x: 4512 y=9981 z: 3", MASK),
        ("pos 4512", MASK),
        ("coordenadas: 4512 9981", MASK),
        ("grid 045 102", MASK),
        ("alt of 2535465465465465", f"alt of {MASK}"),
        ("STEAM_0:1:12345 again", f"{MASK} again"),
        ("[U:1:12345678]", MASK),
        ("from 192.0.2.7:2302 and 2001:db8::7", f"from {MASK} and {MASK}"),
        ("mail a.b@example.org", f"mail {MASK}"),
        ("<@1187654321098765432>", f"<@{MASK}>"),
        ("id 0123456789abcdef0123456789abcdef01234567", f"id {MASK}"),
        ("uuid 01948f6e-79f0-7ddd-8eee-ffffffffffff", f"uuid {MASK}"),
        ("Spam de construção: 15 itens/min", "Spam de construção: 15 itens/min"),
        ("Headshot rate: 95% (suspeito acima de 60%)", "Headshot rate: 95% (suspeito acima de 60%)"),
        ("altura 1523m, nível 4", "altura 1523m, nível 4"),
        ("19:45:23 and 2026-02-07", "19:45:23 and 2026-02-07"),
        ("10,000 shots, 3/4 heads", "10,000 shots, 3/4 heads"),
        ("deadbeef facade", "deadbeef facade"),
    ],
)
def test_places_ids_and_addresses_are_taken_out_and_nothing_else(text: str, left: str) -> None:
    assert masked(text) == left


PAIRS = st.sampled_from(("({0:.1f}, {1:.1f})", "<{0:.0f}/{1:.0f}>"))
METRES = st.floats(-20_000, 20_000)


@given(METRES, METRES, PAIRS)
def test_no_pair_of_coordinates_in_brackets_is_left(x: float, y: float, form: str) -> None:
    assert masked(f"base at {form.format(x, y)} there") == f"base at {MASK} there"


@given(st.text(max_size=1024))
def test_masking_takes_any_text_and_lets_no_long_number_through(text: str) -> None:
    assert not re.search(r"\d{7}", masked(text))


def test_the_players_own_id_is_taken_out_unless_it_is_the_name() -> None:
    roblox = ban(player=Player(service="roblox", id="15612"), reason="15612 again", player_name="Bob 15612")
    told = shown(roblox, Shows())
    assert (told.name, told.reason, told.player, told.infraction_id) == (f"Bob {MASK}", f"{MASK} again", None, None)
    minecraft = ban(player=Player(service="minecraft", id="Notch99"), player_name="Notch99")
    assert shown(minecraft, Shows()).name == "Notch99"


def test_an_operator_can_show_ids_and_places_or_hide_names_and_reasons() -> None:
    told = shown(ban(reason="at (1234, 5678) by 2535465465465465"), Shows(ids=True, coordinates=True))
    assert told.reason == "at (1234, 5678) by 2535465465465465"
    assert (told.player, told.infraction_id) == ("xbox:2535465465465465", "0" * 24)
    hidden = shown(ban(), Shows(names=False, reasons=False))
    assert (hidden.name, hidden.reason) == (None, None)
    assert "player" not in hidden.document()


def test_nothing_invisible_hides_what_is_masked() -> None:
    assert shown(ban(reason="at (12\u200b34, 56\u202e78)"), Shows()).reason == f"at {MASK}"
    assert shown(ban(reason="at (12\u200d34, 56\ufe0f78)"), Shows()).reason == f"at {MASK}"
    assert shown(ban(player_name="alt of 25354\u200d65465465465"), Shows()).name == f"alt of {MASK}"


def test_an_emoji_is_shown_as_it_was_joined_where_nothing_is_masked() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f"
    assert shown(ban(player_name=family), Shows()).name == family


@pytest.mark.parametrize("name", ["\ufe0f", "\u200d\u200c", " \U000e0100 ", "\u200b\ufe0f"], ids=ascii)
def test_a_name_of_what_only_shapes_others_is_none(name: str) -> None:
    assert shown(ban(player_name=name), Shows()).name is None


def test_a_long_text_is_cut() -> None:
    assert cut("x" * 10_000, 48) == "x" * 47 + "…"
    assert cut("short", 48) == "short"


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " ="])  # noqa: RUF001 - these are meant
def test_no_cell_is_a_formula(begin: str) -> None:
    assert harmless(f"{begin}cmd|' /C calc'!A0").startswith("'")


@given(st.lists(st.text(max_size=40), min_size=2, max_size=2))
def test_a_row_reads_back_whole_whatever_a_name_holds(texts_of: list[str]) -> None:
    name, reason = texts_of
    told = ShownBan(name, "aimbot", "high", reason, NOW, NOW + timedelta(days=1), is_permanent=False)
    table = bans_csv.header(ids=False) + bans_csv.row(told, ids=False)
    (header, row) = csv.reader(StringIO(table, newline=""))
    assert header == ["name", "category", "severity", "reason", "issued_at", "expires_at", "permanent"]
    assert row[0].removeprefix("'") == name.removeprefix("'")
    assert row[3].removeprefix("'") == reason.removeprefix("'")
    assert row[4:] == ["2026-02-07T19:45:23Z", "2026-02-08T19:45:23Z", "no"]
    assert not row[0].lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def _messages(language: Any) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for entry in (entry for text in sources(language).values() for entry in parse_fluent(text).body):
        assert isinstance(entry, ast.Message | ast.ResourceComment | ast.GroupComment | ast.Comment), entry
        if isinstance(entry, ast.Message):
            assert entry.id.name not in found, "said twice"
            found[entry.id.name] = _variables(entry)
    return found


def _variables(node: Any) -> set[str]:
    if isinstance(node, ast.VariableReference):
        return {node.id.name}
    if isinstance(node, ast.BaseNode):
        return {name for value in vars(node).values() for name in _variables(value)}
    return {name for each in node for name in _variables(each)} if isinstance(node, list) else set()


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_every_language_says_everything_with_the_same_facts(language: Any) -> None:
    theirs, ours = _messages(language), _messages("en")
    assert theirs.keys() == ours.keys()
    plural = {"bans", "minutes"}
    assert {name: facts - plural for name, facts in theirs.items()} == {
        name: facts - plural for name, facts in ours.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [0, 1, 2, 1_000_000])
def test_counts_are_said_in_every_language(language: Any, count: int) -> None:
    assert str(count) in texts(language).say("results-count", bans=count, shown=str(count))
    assert texts(language).say("delay-note", minutes=count)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("pt", "pt-BR"),
        ("pt-PT,pt;q=0.9", "pt-BR"),
        ("fr,es;q=0.5,en;q=0.8", "en"),
        ("zh-Hans-CN", "zh-CN"),
        ("de", None),
        ("", None),
        ("en;q=nonsense", None),
        ("en;q=0,es", "es"),
        (";;;,,,=" * 500, None),
    ],
)
def test_a_browser_gets_the_language_it_likes_best(header: str, language: str | None) -> None:
    assert accepted(header) == language


def test_a_tag_that_is_no_language_of_ours_is_none() -> None:
    assert (language_of("klingon"), language_of(None), language_of("ZH-cn")) == (None, None, "zh-CN")


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Oct 24"), ("es", "24 oct"), ("pt-BR", "24 de out."), ("zh-CN", "10月24日")]
)
def test_a_day_without_its_year_reads_as_people_write_it(language: Any, said: str) -> None:
    assert Wording(texts(language), ZoneInfo("UTC")).day(date(2026, 10, 24), "short") == said


@pytest.mark.parametrize(
    "parameters",
    [
        {"page": "2"},
        {"cursor": "../../etc/passwd"},
        {"cursor": "x" * 65},
        {"search": "ab"},
        {"search": "x" * 101},
        {"search": "a\u0000bc"},
        {"category": "Aim Bot"},
        {"severity": "deadly"},
        {"since": "yesterday"},
        {"since": "2026-01-01"},
        {"until": "2026-01-01T00:00:00"},
        {"since": "0001-01-01T00:00:00+23:59"},
        {"until": "9999-12-31T23:59:59-23:59"},
        {"limit": "0"},
        {"limit": "501"},
        {"limit": "many"},
    ],
)
def test_a_parameter_that_means_nothing_is_refused_with_what_it_may_be(parameters: dict[str, str]) -> None:
    with pytest.raises(BadQuestion) as refused:
        question_of(parameters, 24)
    assert str(refused.value)


def test_parameters_that_are_empty_or_of_others_are_left_out() -> None:
    question = question_of({"search": " ", "category": "", "utm_source": "x", "severity": "high"}, 24)
    assert question.given == {"severity": "high"}
    assert question.address("/bans.csv", cursor=None, severity="low") == "/bans.csv?severity=low"
    with pytest.raises(BadQuestion):
        statistics_of({"days": "367"}, "UTC")


def test_two_characters_are_enough_where_they_are_words() -> None:
    assert question_of({"search": "作弊"}, 24).wall.search == "作弊"


@given(st.lists(st.integers(0, 10**9), max_size=40))
def test_bars_stay_in_the_picture(values: list[int]) -> None:
    counts = [(str(number), value) for number, value in enumerate(values)]
    for chart in (charts.rows(counts), charts.columns(counts)):
        assert [bar.value for bar in chart.bars] == values
        for bar in chart.bars:
            assert 0 <= bar.x <= bar.x + bar.width <= charts.WIDTH + 0.01
            assert 0 <= bar.y <= bar.y + bar.height <= chart.height + 0.01


@given(st.text(max_size=60))
def test_a_name_always_has_the_same_face_with_two_eyes(name: str) -> None:
    face = portrait(name)
    assert face == portrait(name)
    assert len(face.eyes) == 2
    assert not set(face.eyes) & set(face.pixels)
    assert all(0 <= x < SIDE and 0 <= y < SIDE for x, y in face.pixels)
    assert {(SIDE - 1 - x, y) for x, y in face.pixels} == set(face.pixels)


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_text_has_the_contrast_that_people_need(scheme: int) -> None:
    """WCAG 2.2, 1.4.3 (AA): 4.5 for text."""
    css = files("banstream_console").joinpath("static", "tokens.css").read_text("utf-8")
    tokens = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", css.split("prefers-color-scheme: dark")[scheme]))
    texts_of = [name for name in tokens if name in {"ink", "muted", "accent"} or name.startswith("severity-")]
    assert len(texts_of) == 8
    for name in texts_of:
        assert min(_contrast(tokens[name], tokens[ground]) for ground in ("ground", "surface", "raised")) >= 4.5, name
    assert _contrast(tokens["on-accent"], tokens["accent"]) >= 4.5
    assert min(_contrast(tokens["focus"], tokens[each]) for each in ("ground", "surface", "raised")) >= 3
