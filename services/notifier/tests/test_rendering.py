"""Embeds: within Discord's limits whatever they hold, mentioning nobody, in every language."""

import re
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from fluent.syntax import ast
from fluent.syntax import parse as parse_fluent
from hypothesis import given, settings
from hypothesis import strategies as st

from banstream_contracts.calls import CallContent
from banstream_contracts.commands.infractions import InfractionChanges
from banstream_contracts.events import infractions as events
from banstream_contracts.events.abuse import AbuseThresholdReached
from banstream_contracts.events.calls import CallClaimed, CallOpened
from banstream_contracts.events.event import Event, stored
from banstream_contracts.events.infractions import InfractionIssued
from banstream_contracts.examples.every_message import EXAMPLES
from banstream_contracts.examples.parts import EVENT_ID
from banstream_contracts.infractions import Actor, Lifetime, Severity
from banstream_contracts.notifier_targets import Language, TargetDisplay
from banstream_contracts.players import Player
from banstream_contracts.public_events import EVENT_MODELS, PUBLIC_EVENT, published
from banstream_contracts.text import LINE_END
from banstream_notifier.envelope import Envelope
from banstream_notifier.rendering import call_cards, call_sheets, event_sheets, infraction_sheets
from banstream_notifier.rendering.cards import Card, fold
from banstream_notifier.rendering.escaping import escaped, in_code, units
from banstream_notifier.rendering.render import MOST_TEXT, Embed, render, size
from banstream_notifier.rendering.sheets import GREEN, ORANGE, Sheet
from banstream_notifier.texts import source, texts

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LANGUAGES = get_args(Language)
DISPLAY = TargetDisplay(footer="Serv Brasil Sul")
ISSUED: Any = EXAMPLES[InfractionIssued]
OTHERS = [
    model for model in EVENT_MODELS if not model.model_fields["type"].default.startswith(("infraction.", "call."))
]
CALLED: Any = EXAMPLES[CallOpened]
CLAIMED: Any = EXAMPLES[CallClaimed]
SERVED: Any = EXAMPLES[events.InfractionServed]
AMENDED: Any = EXAMPLES[events.InfractionAmended]
REINSTATED: Any = EXAMPLES[events.InfractionReinstated]
HOSTILE = st.text(
    st.sampled_from("\\`*_~|<>[]()@#:/ae \u0336\u200b\u202e🙂é\n") | st.characters(codec="utf-8"), max_size=1500
)


def told(event: Event) -> Envelope:
    body = published(stored(event))
    return Envelope(EVENT_ID, body["type"], {}, body, PUBLIC_EVENT.validate_python(body), NOW, 1)


def shown(sheet: Sheet, language: str = "en") -> Embed:
    return render(sheet, texts(language), DISPLAY)


def card(**values: Any) -> Card:
    return fold(None, ISSUED.model_copy(update=values))


def embed(made: Card, language: str = "en") -> Embed:
    return shown(infraction_sheets.sheet_of(made, DISPLAY, {}), language)


def is_within_limits(made: Embed) -> bool:
    fields = made["fields"]
    return (
        units(made["title"]) <= 256
        and len(fields) <= 25
        and units(made["footer"]["text"]) <= 2048
        and all(0 < units(each["name"].strip()) <= 256 and 0 < units(each["value"].strip()) <= 1024 for each in fields)
        and size(made) <= MOST_TEXT
    )


def test_the_fields_of_the_seed_are_there_in_its_words() -> None:
    made = embed(
        card(
            player_name="NomeDoJogador",
            severity=Severity.CRITICAL,
            category="lag_machine",
            reason="Spam de construção: 15 itens/min",
            evidence="Placed FenceKit at (1234, 5678)",
            actor=Actor(kind="system", id="abuse-tracker"),
        ),
        "pt-BR",
    )
    fields = {each["name"]: each["value"] for each in made["fields"]}
    assert made["title"] == "🔨 BANIMENTO AUTOMÁTICO"
    assert made["color"] == 0xFF0000
    assert fields["👤 Jogador"] == "NomeDoJogador"
    assert fields["🆔 ID"] == "`roblox:156`"
    assert fields["⚠️ Severidade"] == "CRÍTICA"
    assert fields["🚨 Infração"] == "`lag_machine`"
    assert fields["📋 Motivo"] == "Spam de construção: 15 itens/min"
    assert fields["🔍 Evidência"] == "```\nPlaced FenceKit at (1234, 5678)\n```"
    assert made["footer"]["text"] == f"ID da infração: {ISSUED.infraction_id} · Serv Brasil Sul"


def test_an_end_is_said_for_every_lifetime() -> None:
    ends: list[dict[str, Any]] = [
        {"lifetime": Lifetime.PERMANENT, "expires_at": None, "duration_seconds": None},
        {"lifetime": Lifetime.ONLINE, "expires_at": None, "duration_seconds": 7200},
        {"lifetime": Lifetime.SESSION, "expires_at": None, "duration_seconds": None},
    ]
    made = [{each["name"]: each["value"] for each in embed(card(**end))["fields"]} for end in ends]
    assert [each["⏳ Ends"] for each in made] == ["never (permanent)", "after 2 h of play", "with the session"]


def test_ten_thousand_characters_of_evidence_and_a_name_full_of_markup_are_readable_and_ping_nobody() -> None:
    name = "**@everyone** [x](https://evil.example) <@123> ```a``` <#1> <@&2> \u202egnp.exe"
    evidence = " ".join(f"[19:45:{n % 60:02}] Placed FenceKit `@everyone` <@123>" for n in range(300))[:10_000]
    made = embed(card(player_name=name, evidence=evidence))
    assert is_within_limits(made)
    text = str(made)
    assert not re.search(r"@(everyone|here|!?\d|&)|(?<!\\)<#", text)
    assert "\u202e" not in text
    assert not re.search(r"(?<!\\)\[x", text)
    values = [each["value"] for each in made["fields"] if each["name"].startswith("🔍")]
    assert all(each.count("```") == 2 for each in values)
    assert values[0].startswith("```\n[19:45:00] Placed FenceKit")
    assert values[-1].endswith("more characters; the infraction has the whole text.")
    parts = "".join(re.sub("```\n?", "", each) for each in values)
    assert len(parts) > 3000


@pytest.mark.parametrize("language", LANGUAGES)
def test_evidence_says_what_is_left_of_it_however_much_there_is_besides(language: str) -> None:
    staff = Actor(kind="token", id="t", name="*" * 128)
    made = card(player_name="*" * 128, reason="*" * 1024, category="c" * 64, evidence="x y " * 2500, actor=staff)
    change = REINSTATED.model_copy(update={"reason": "*" * 1024, "actor": staff})
    display = TargetDisplay(footer="f" * 128)
    shown = render(infraction_sheets.sheet_of(fold(made, change), display, {}), texts(language), display)
    assert is_within_limits(shown)
    last = shown["fields"][-1]
    assert last["name"].startswith("🔍")
    assert re.search("[0-9]", last["value"].rpartition("```")[2])


def test_an_amendment_that_sends_null_takes_away_what_can_be_taken_away() -> None:
    before = card(reason="was seen", category="aimbot", severity=Severity.HIGH, evidence="a line")
    nothing = dict.fromkeys(("reason", "scope", "category", "severity", "evidence"))
    amended = AMENDED.model_copy(update={"changes": InfractionChanges(**nothing)})
    after = fold(before, amended)
    assert (after.reason, after.scope) == ("was seen", amended.scope)
    assert (after.category, after.severity, after.evidence) == (None, None, None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_exemption_says_how_many_are_exempt_and_names_nobody(language: str) -> None:
    sheets = []
    for exempt in ((Player(service="roblox", id="90210"),), 2 * (Player(service="roblox", id="90210"),), None, ()):
        amended = AMENDED.model_copy(update={"removed": (), "changes": InfractionChanges(exempt=exempt)})
        sheets.append(str(embed(fold(card(), amended), language)))
    other = AMENDED.model_copy(update={"removed": (), "changes": InfractionChanges(reason=ISSUED.reason)})
    assert sheets[2] == sheets[3]
    assert len({*sheets, str(embed(fold(fold(card(), amended), other), language))}) == 4
    assert not any("90210" in each for each in sheets)


def test_long_evidence_is_parted_between_its_lines() -> None:
    lines = [
        f"[2026-02-07 19:45:{n:02}] Survivor <4117.{n}, 10504.5, 238.1> placed Fence Kit<FenceKit>" for n in range(20)
    ]
    made = embed(card(evidence=LINE_END.join(lines)))
    values = [each["value"] for each in made["fields"] if each["name"].startswith("🔍")]
    assert len(values) > 1
    assert [line for value in values for line in value.splitlines() if "`" not in line] == lines


@given(HOSTILE, HOSTILE, st.text(max_size=3000))
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_a_limit_or_mentions_anybody(name: str, reason: str, evidence: str) -> None:
    made = Card(
        infraction_id="0" * 24,
        state="lifted",
        player="x:1",
        player_name=name,
        reason=reason,
        evidence=evidence,
        punishments=(),
        changed_by=ISSUED.actor,
        changed_at=NOW,
        changed_reason=reason,
    )
    for language in LANGUAGES:
        rendered = embed(made, language)
        assert is_within_limits(rendered)
        assert not re.search(r"@(everyone|here|[0-9!&])", str(rendered))


@given(HOSTILE, st.integers(8, 1024))
def test_escaped_text_fits_and_formats_nothing(text: str, limit: int) -> None:
    made = escaped(text, limit)
    assert units(made) <= limit
    bare = re.sub(r"\\.", "", made, flags=re.DOTALL)
    assert not set(bare) & set("*_~|`<>[]()")
    code = in_code(text, limit)
    assert units(code) <= limit
    assert "`" not in code[1:-1]


@pytest.mark.parametrize("text", ["# x", "-# x", "- x", "+ x", "> x", " \u200b# x"], ids=ascii)
def test_a_line_of_others_is_no_heading_list_or_quote(text: str) -> None:
    made = embed(card(player_name=text, reason=text))
    values = [each["value"] for each in made["fields"] if each["name"].startswith(("👤", "📋"))]
    assert [value[0] for value in values] == ["\\", "\\"]


def test_a_link_in_a_reason_can_be_followed_and_one_in_a_name_cannot() -> None:
    made = embed(card(player_name="https://evil.example", reason="see https://clips.example/a_b_c*d"))
    fields = {each["name"]: each["value"] for each in made["fields"]}
    assert "https://clips.example/a_b_c" in fields["📋 Reason"]
    assert "https://" not in fields["👤 Player"]


UNSEEN = pytest.mark.parametrize("name", ["\u200b\u202e\u3164", "\ufe0f", "\u200d "], ids=ascii)


@UNSEEN
def test_a_name_that_cannot_be_seen_gives_way_to_the_id(name: str) -> None:
    names = [each["name"] for each in embed(card(player_name=name))["fields"]]
    assert "👤 Player" not in names
    assert "🆔 ID" in names


@UNSEEN
def test_staff_and_servers_of_such_a_name_go_by_the_id_too(name: str) -> None:
    made = embed(card(actor=Actor(kind="token", id="issuer-1", name=name)))
    assert {"name": "👮 Issued by", "value": "`issuer-1`", "inline": True} in made["fields"]
    of_call = call_cards.fold(None, CALLED).model_copy(update={"claimed_by": name})
    assert of_call.content
    content = of_call.content.model_copy(update={"server_name": name})
    sheet = call_sheets.sheet_of(of_call.model_copy(update={"content": content}), DISPLAY, {CALLED.server_id: name})
    fields = {each["name"]: each["value"] for each in shown(sheet)["fields"]}
    assert fields["🖥️ Server"] == f"`{CALLED.server_id}`"
    assert fields["👮 Admin"] == texts("en").say("call-taken")


def test_an_emoji_is_shown_as_it_was_joined_and_nothing_lets_accents_pile_up() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f"
    made = embed(card(player_name=family, reason="Z" + "\u0336\u200b" * 50, evidence="\u202ea\u0336\u2060" * 9))
    fields = {each["name"]: each["value"] for each in made["fields"]}
    assert fields["👤 Player"] == family
    assert fields["📋 Reason"] == "Z" + "\u0336" * 3
    assert "\u2060" not in fields["🔍 Evidence"]


def test_lines_of_evidence_stay_lines_whatever_is_not_seen_in_them() -> None:
    made = embed(card(evidence=LINE_END.join(["one\u200b", "\u202e", "two  three"])))
    fields = {each["name"]: each["value"] for each in made["fields"]}
    assert fields["🔍 Evidence"] == "```\none\n\ntwo three\n```"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("model", OTHERS, ids=lambda model: model.__name__)
def test_every_event_has_a_message_in_every_language(model: type[Event], language: str) -> None:
    example: Any = EXAMPLES[model]
    made = shown(event_sheets.sheet_of(told(example), DISPLAY, {}), language)
    assert example.type in event_sheets.TITLES
    assert is_within_limits(made)
    assert made["fields"]
    assert texts("en").say("title-other") != made["title"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "name", ["InfractionIssued", "InfractionAmended", "InfractionLifted", "InfractionReinstated", "InfractionExpired"]
)
def test_every_change_of_an_infraction_has_a_message_also_of_one_never_shown(name: str, language: str) -> None:
    event: Any = EXAMPLES[getattr(events, name)]
    assert is_within_limits(embed(fold(None, event), language))
    assert is_within_limits(embed(fold(card(), event), language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("is_known", [True, False], ids=["known", "never shown"])
def test_a_call_has_a_message_in_every_language(is_known: bool, language: str) -> None:
    opened, claimed = call_cards.fold(None, CALLED), call_cards.fold(None, CLAIMED)
    if is_known:
        claimed = call_cards.fold(opened, CLAIMED)
    made = [shown(call_sheets.sheet_of(each, DISPLAY, {}), language) for each in (opened, claimed)]
    assert all(is_within_limits(each) for each in made)
    assert [each["color"] for each in made] == [ORANGE, GREEN]
    assert made[0]["title"] != made[1]["title"]


def test_a_call_says_who_calls_whom_they_report_where_and_who_has_taken_it() -> None:
    card = call_cards.fold(None, CALLED)
    fields = {each["name"]: each["value"] for each in shown(call_sheets.sheet_of(card, DISPLAY, {}))["fields"]}
    assert fields == {
        "👤 Player": "builderman `roblox:156`",
        "🎯 Reported player": "Griefer `roblox:157`",
        "👮 Admin": "(nobody yet)",
        "📋 Reason": "flies through walls",
        "🖥️ Server": "EU 1 \\| Crossroads",
        "🗺️ Map": "`crossroads`",
        "🔗 Connect": "`steam://connect/192.0.2.10:27015`",
    }
    taken = shown(call_sheets.sheet_of(call_cards.fold(card, CLAIMED), DISPLAY, {}))
    assert {"name": "👮 Admin", "value": "Alyx", "inline": True} in taken["fields"]
    assert "flies through walls" in str(taken)


def test_a_call_without_a_report_and_a_beat_names_the_server_as_it_is_registered() -> None:
    bare = CallContent(caller=CALLED.content.caller, caller_name="builderman", message="help")
    card = call_cards.fold(None, CALLED.model_copy(update={"content": bare}))
    made = shown(call_sheets.sheet_of(card, DISPLAY, {CALLED.server_id: "EU 1"}))
    assert made["title"] == "🙋 An admin is needed"
    assert [each["name"] for each in made["fields"]] == ["👤 Player", "👮 Admin", "📋 Reason", "🖥️ Server"]
    assert {"name": "🖥️ Server", "value": "EU 1", "inline": True} in made["fields"]


def test_the_display_hides_ids_and_staff_of_a_call_too() -> None:
    display = TargetDisplay(player_id=False, staff=False)
    card = call_cards.fold(call_cards.fold(None, CALLED), CLAIMED)
    made = str(render(call_sheets.sheet_of(card, display, {}), texts("en"), display))
    assert "roblox:156" not in made
    assert "Alyx" not in made


@given(HOSTILE, HOSTILE)
@settings(max_examples=30)
def test_what_a_caller_says_mentions_and_formats_nothing(name: str, message: str) -> None:
    content = CALLED.content.model_copy(update={"caller_name": name, "message": message, "map": name})
    card = call_cards.fold(None, CALLED.model_copy(update={"content": content}))
    made = shown(call_sheets.sheet_of(card, DISPLAY, {}))
    assert is_within_limits(made)
    assert not re.search(r"@(everyone|here|[0-9!&])", str(made))


def test_time_served_shows_nothing_new() -> None:
    assert fold(card(), SERVED) == card()


def test_a_message_follows_its_infraction() -> None:
    first = card()
    amended = fold(first, EXAMPLES[events.InfractionAmended])  # type: ignore[arg-type] # the examples are of any model
    assert (amended.reason, amended.severity, amended.player_name) == ("aimbot and wallhack", "critical", "builderman")
    lift: Any = EXAMPLES[events.InfractionLifted]
    lifted = fold(amended, lift.model_copy(update={"ended": True, "remaining": ()}))
    made = embed(lifted)
    assert made["title"] == "✅ Ban lifted"
    assert "aimbot and wallhack" in str(made)
    assert "appeal granted" in str(made)
    assert f"<t:{int(lift.occurred_at.timestamp())}:F>" in str(made)


def test_what_is_hidden_by_the_display_is_not_there() -> None:
    display = TargetDisplay(player_id=False, evidence=False, staff=False)
    made = render(infraction_sheets.sheet_of(card(), display, {}), texts("en"), display)
    assert not {"🆔 ID", "🔍 Evidence", "👮 Issued by"} & {each["name"] for each in made["fields"]}
    assert "roblox:156" not in str(made)


def test_servers_go_by_their_names() -> None:
    event: Any = EXAMPLES[AbuseThresholdReached]
    made = shown(event_sheets.sheet_of(told(event), DISPLAY, {event.server_id: "EU 1"}))
    assert {"name": "🖥️ Server", "value": "EU 1", "inline": True} in made["fields"]


def test_an_event_of_a_later_release_is_told_by_its_type() -> None:
    unknown = Envelope(EVENT_ID, "appeal.opened", {}, {"type": "appeal.opened"}, None, NOW, 1)
    assert "`appeal.opened`" in str(shown(event_sheets.sheet_of(unknown, DISPLAY, {})))


def entries(language: str) -> dict[str, frozenset[str]]:
    """The texts of a language, each with the arguments it uses."""
    found = {}
    for entry in parse_fluent(source(language)).body:
        assert isinstance(entry, ast.Message), entry
        found[entry.id.name] = frozenset(re.findall(r"\$(\w+)", source_of(entry, language)))
    return found


def source_of(entry: ast.Message, language: str) -> str:
    assert entry.span is not None
    return source(language)[entry.span.start : entry.span.end]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_texts_with_the_same_arguments(language: str) -> None:
    assert entries(language) == entries("en")


def test_no_language_repeats_another() -> None:
    titles = {language: texts(language).say("title-target-broken") for language in LANGUAGES}
    assert len(set(titles.values())) == len(LANGUAGES)
