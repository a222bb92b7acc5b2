"""What is wrong with a form, in every language."""

from typing import Annotated, Any, get_args

import pytest
from pydantic import BaseModel, Field, ValidationError

from banstream_console.presentation.texts import LANGUAGES, Language, texts
from banstream_console.problems.exceptions import Away, Refused, Unfit
from banstream_console.problems.field_errors import Wrong, fields_said, wrongs_of
from banstream_console.problems.in_words import problem_said, wrong_of
from banstream_contracts.accounts import Login, PersonName
from banstream_contracts.infractions import DurationSeconds, Scope
from banstream_contracts.players import Player
from banstream_contracts.results import Refusal, RefusalCode
from banstream_contracts.text import Category, Name, Reason, ShortId


class Form(BaseModel):
    """One field of each kind that forms have."""

    reason: Reason = "x"
    name: Name = "x"
    person: PersonName = "x"
    category: Category = "x"
    login: Login = "xy"
    server: ShortId = "0" * 24
    seconds: DurationSeconds = 1
    scope: Scope = Scope.SERVER
    player: Player | None = None
    tags: tuple[str, ...] = ()
    servers: Annotated[tuple[ShortId, ...], Field(min_length=1)] = ("0" * 24,)


def wrong_with(**given: Any) -> dict[str, Wrong]:
    with pytest.raises(ValidationError) as error:
        Form.model_validate(given)
    return wrongs_of(error.value)


@pytest.mark.parametrize(
    ("given", "english"),
    [
        ({"reason": ""}, "is needed"),
        ({"reason": "x" * 1025}, "has at most 1,024 characters"),
        ({"name": "a\x07b"}, "holds the control character U+0007"),
        ({"person": "a\u202eb"}, "holds the invisible character U+202E"),
        ({"person": "W" * 65}, "has at most 64 characters"),
        ({"category": "Aim Bot"}, "is up to 64 of a-z, 0-9, - and _"),
        ({"login": "O"}, "is 2 to 32 of a-z, 0-9, dot, - and _"),
        ({"server": "nonsense"}, "is an id of 24 of the digits 0-9 and a-f"),
        ({"seconds": 0}, "is at least 1"),
        ({"seconds": "soon"}, "is a whole number"),
        ({"scope": "moon"}, "is none of the choices"),
        ({"player": {"service": "roblox", "id": "x"}}, "a Roblox user id is decimal digits"),
        ({"player": {"service": "steam", "id": "1"}}, "a Steam id is a SteamID64, STEAM_X:Y:Z or [U:1:N] of an "),
        ({"player": {"service": "xbox", "id": " "}}, "a player id is not blank"),
        ({"player": {"service": "xbox", "id": "a\x00"}}, "holds the control character U+0000"),
        ({"player": {"id": "1"}}, "is needed"),
        ({"tags": 5}, "cannot be meant like this"),
        ({"servers": ["nonsense"]}, "is an id of 24 of the digits 0-9 and a-f"),
    ],
    ids=[
        "empty",
        "long",
        "control",
        "invisible",
        "long-person",
        "category",
        "login",
        "id",
        "least",
        "number",
        "choice",
        "roblox",
        "steam",
        "blank",
        "player-control",
        "missing",
        "other",
        "all-of-a-list",
    ],
)
def test_what_a_contract_refuses_is_said_in_every_language(given: dict[str, Any], english: str) -> None:
    (wrong,) = wrong_with(**given).values()
    assert wrong.startswith(english)
    said = {language: wrong.said(texts(language)) for language in LANGUAGES}
    assert said["en"] == str(wrong)
    assert len(set(said.values())) == len(LANGUAGES)


def test_nothing_that_was_typed_is_repeated() -> None:
    assert "secret" not in "".join(wrong_with(server="secret", login="secret!", scope="secret").values())


def test_a_page_names_the_field_as_its_form_does() -> None:
    problem = Unfit({"reason": Wrong("say-why"), "": Wrong("no-change"), "odd": Wrong("needed")})
    assert problem.detail == "reason: say why; nothing would change; odd: is needed"
    assert problem_said(problem, texts("es")) == ["Motivo: di por qué", "nada cambiaría", "odd: es obligatorio"]
    assert fields_said(problem.fields, texts("pt-BR"))["reason"] == "diga por quê"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_is_said_by_its_code_and_one_of_many_reasons_with_its_reason_in_english(language: Language) -> None:
    said = texts(language)
    known = problem_said(Refused(Refusal(code="immune", message="Alyx is immune")), said)
    other = problem_said(Refused(Refusal(code="invalid-policy", message="name the servers")), said)
    away = problem_said(Away(), said)
    english = language == "en"
    assert known == (["Alyx is immune"] if english else [said.say("refused-immune")])
    assert other == (["name the servers"] if english else [said.say("refused-invalid-policy"), "name the servers"])
    assert away == (["the bans cannot be read right now"] if english else [said.say("error-away")])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", get_args(RefusalCode))
def test_every_code_of_a_refusal_has_a_text(code: RefusalCode, language: Language) -> None:
    assert texts(language).knows(f"refused-{code}")


@pytest.mark.parametrize(
    ("code", "message", "field", "begin"),
    [
        (
            "invalid-ban-file",
            "another server needs its password, key or token named with it",
            "secret",
            "otro servidor",
        ),
        ("invalid-ban-file", "sftp needs a password or a private key", "secret", "es obligatorio"),
        ("invalid-ban-file", "it was sealed for another key of ftp-sync", "secret", "la consola y el servicio"),
        ("invalid-ban-file", f"A (b) is the same file ({'0' * 24})", "path", "es el mismo archivo que A (b)"),
        ("invalid-ban-file", "a local path begins with / and has no ..", "path", "empieza por /"),
        ("invalid-target", "the URL names a private address", "url", "nombra una dirección privada"),
        ("invalid-target", "the URL begins with https://", "url", "es https:// y un host"),
        (
            "invalid-target",
            "no event is called x.y; did you mean x.z?",
            "events",
            "ningún evento se llama x.y; ¿querías",
        ),
        ("invalid-target", "no event is called x.y", "events", "ningún evento se llama x.y"),
    ],
    ids=["elsewhere", "secret", "key", "same", "local", "private", "url", "close", "event"],
)
def test_a_refusal_that_blames_one_field_is_said_there(code: RefusalCode, message: str, field: str, begin: str) -> None:
    refusal = Refusal(code=code, message=message)
    (found,) = wrong_of(refusal).items()
    assert (found[0], found[1].said(texts("es")).startswith(begin)) == (field, True)
    assert problem_said(Refused(refusal), texts("en")) == [message]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_console_says_itself_is_said_in_every_language(language: Language) -> None:
    said = problem_said(Away(Wrong("away", service="ftp-sync")), texts(language))
    assert said == [texts(language).say("wrong-away", service="ftp-sync")]
