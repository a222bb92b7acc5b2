"""What is said, and what Discord is told of the commands, in every language."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from banstream_contracts.infractions import Actor, Infraction, Lifetime, Punishment, Scope, Severity
from banstream_contracts.players import Player
from banstream_contracts.public_events import EVENT_MODELS
from banstream_contracts.queries.infractions import HistoryEntry
from banstream_gateway.discord import cards, registration
from banstream_gateway.discord.escaping import escaped
from banstream_gateway.discord.texts import LANGUAGES, source, texts, texts_for
from banstream_gateway.held.standings import Restriction
from banstream_runtime.identifiers import new_id
from banstream_testing.discord_app import command_problem, message_problem

NASTY = "@everyone <@&1> **b** `c` [x](https://evil.example) ||s||\u202e" + "🔨*" * 600
PLAYER = Player(service="psn", id="*_~" * 42)
NOW = datetime.now(UTC)


def ids(language: str) -> dict[str, set[str]]:
    """Each text, and the arguments that it takes."""
    lines = [line for line in source(language).splitlines() if "=" in line]
    return {line.partition(" =")[0]: set(re.findall(r"\{ \$(\w+) \}", line)) for line in lines}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_with_the_same_arguments(language: str) -> None:
    assert ids(language) == ids("en")


def test_every_event_of_an_infraction_is_said_in_words() -> None:
    kinds = [str(model.model_fields["type"].default) for model in EVENT_MODELS]
    infractions = [kind for kind in kinds if kind.startswith("infraction.")]
    assert "infraction.imported" in infractions
    assert all(texts("en").knows(f"event-{kind.replace('.', '-')}") for kind in infractions)


@pytest.mark.parametrize(
    ("locale", "name"),
    [
        *(("pt-BR", "banir"), ("es-ES", "banear"), ("es-419", "banear"), ("zh-CN", "封禁"), ("zh-TW", "封禁")),
        *(("en-GB", "ban"), ("en-US", "ban"), ("de", "ban"), ("", "ban"), ("../..", "ban")),
    ],
)
def test_a_locale_of_discord_is_answered_in_the_nearest_language(locale: str, name: str) -> None:
    assert texts_for(locale).say("command-ban-name") == name


def test_the_commands_are_what_discord_takes() -> None:
    told = registration.definitions(is_global=True)
    assert [each["name"] for each in told] == ["ban", "unban", "check", "history"]
    assert [command_problem(each) for each in told] == [None] * 4
    assert told[0]["name_localizations"] == {"pt-BR": "banir", "es-ES": "banear", "es-419": "banear", "zh-CN": "封禁"}
    assert [option["name"] for option in told[0]["options"]] == [
        *("player", "duration", "reason", "service", "category", "severity")
    ]
    for locale in registration.LOCALES:
        names = [each["name_localizations"][locale] for each in told]
        options = [option["name_localizations"][locale] for option in told[0]["options"]]
        assert len(set(names)) == len(names)
        assert len(set(options)) == len(options)
    assert all("contexts" not in each for each in registration.definitions(is_global=False))


def test_what_discord_adds_to_a_command_is_no_difference() -> None:
    ours = registration.definitions(is_global=True)[0]
    theirs: dict[str, Any] = {**ours, "id": "1", "version": "2", "nsfw": False, "default_member_permissions": None}
    theirs["options"] = [{"required": False, "choices": [], **option} for option in ours["options"]]
    assert registration.compared(theirs) == registration.compared(ours)
    assert registration.compared({**theirs, "description": "x"}) != registration.compared(ours)


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_others_wrote_fits_and_formats_nothing(language: str) -> None:
    say = texts(language)
    restriction = Restriction("0" * 24, ("ban",), "permanent", NASTY[:1024], "global", issuer_name=NASTY[:128])
    shown = [
        cards.banned(say, infraction()),
        cards.unbanned(say, PLAYER, NASTY[:1024], [infraction()] * 100),
        cards.unbanned(say, PLAYER, NASTY[:1024], []),
        cards.checked(say, PLAYER, dict.fromkeys(Punishment, restriction), 5),
        cards.checked(say, PLAYER, {}, 0),
        cards.history(say, PLAYER, [entry()] * 5, {"older": "x" * 100}),
        cards.history(say, PLAYER, [], {}),
        cards.wrong(say, "player", "why-player", NASTY),
        cards.said(say, "refused", why=NASTY),
    ]
    for each in shown:
        assert message_problem(each) is None
        text = str(each["embeds"])
        assert "@everyone" not in text
        assert "<@&" not in text
        assert "](" not in text.replace("\\]\\(", "")
        assert "https://" not in text
        assert "\u202e" not in text


def test_text_is_cut_to_what_is_left_of_it() -> None:
    assert escaped("a_b", 100) == r"a\_b"
    for limit in range(1, 12):
        cut = escaped("🔨*" * 50, limit)
        assert len(cut.encode("utf-16-le")) // 2 <= limit
        assert cut.endswith("…")
        assert not cut.endswith("\\…")


def test_a_name_is_shown_without_what_hides_in_it_and_an_emoji_as_it_was_joined() -> None:
    assert escaped("Z" + "\u0336\u200b" * 50, 900) == "Z" + "\u0336" * 3
    assert escaped("a\u17b5b\x07\u2003c", 900) == "ab c"
    assert escaped("\U0001f468\u200d\U0001f469 \u2764\ufe0f", 900) == "\U0001f468\u200d\U0001f469 \u2764\ufe0f"


@pytest.mark.parametrize("name", ["\u200b\u202e", "\ufe0f", "\u3164 "], ids=ascii)
def test_who_has_a_name_that_cannot_be_seen_goes_by_the_id_or_is_left_out(name: str) -> None:
    say, by = texts("en"), Actor(kind="person", id="discord:1", name=name)
    unnamed = infraction().model_copy(update={"issuer": by.model_copy(update={"name": None})})
    assert cards.banned(say, infraction().model_copy(update={"issuer": by})) == cards.banned(say, unnamed)
    told = cards.history(say, PLAYER, [entry().model_copy(update={"actor": by})], {})
    assert say.say("by", name=escaped("discord:1", 100)) in told["embeds"][0]["description"]


def infraction() -> Infraction:
    return Infraction(
        id="0" * 24,
        player=PLAYER,
        punishments=(Punishment.BAN,),
        lifetime=Lifetime.TIMED,
        reason=NASTY[:1024],
        scope=Scope.GLOBAL,
        category="aimbot",
        severity=Severity.HIGH,
        issuer=Actor(kind="person", id="discord:1", name=NASTY[:128].replace("\u202e", "")),
        issued_at=NOW,
        expires_at=NOW + timedelta(days=7),
    )


def entry() -> HistoryEntry:
    event = {"type": "x", "punishments": [each.value for each in Punishment], "reason": NASTY[:1024]}
    return HistoryEntry(
        position=1,
        event_id=new_id(),
        type="infraction.issued",
        occurred_at=NOW,
        recorded_at=NOW,
        actor=Actor(kind="person", id="discord:1", name="*" * 128),
        event=event,
    )
