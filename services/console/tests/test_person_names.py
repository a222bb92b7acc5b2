"""What staff are called: a name is seen, and no two that look the same differ in what nobody sees."""

import sys
import unicodedata

import pytest
from pydantic import TypeAdapter, ValidationError

from banstream_contracts.accounts import PersonName
from banstream_contracts.events.accounts import AccountInvited
from banstream_privacy.visible import clean, visible

NAMES: TypeAdapter[str] = TypeAdapter(PersonName)


def taken(name: str) -> str | None:
    """As it is kept; None where it is refused."""
    try:
        return NAMES.validate_python(name)
    except ValidationError:
        return None


def test_a_character_that_shows_nothing_is_in_no_name() -> None:
    unseen = [each for each in map(chr, range(0x20, sys.maxunicode)) if not visible(each)]
    assert len(unseen) > 256
    assert {taken(f"An{each}n") for each in unseen} == {None, "Ann"}
    assert {taken(each) for each in unseen} == {None}


def test_every_blank_between_words_is_the_same_one_and_none_is_a_name() -> None:
    blanks = [each for each in map(chr, range(sys.maxunicode)) if unicodedata.category(each) == "Zs"]
    assert {taken(f"{each}Ann{each}Bee{each}") for each in blanks} == {"Ann Bee"}
    assert {taken(each) for each in blanks} == {None}


@pytest.mark.parametrize(
    "name", ["Zoë", "山田 太郎", "Иван", "שלום", "محمد", "한국인", "Ann ❤", "ไทย", "हिन्दी", "Ann 👍🏽"], ids=ascii
)
def test_names_of_every_language_stay_as_they_are(name: str) -> None:
    assert taken(name) == name == clean(name)


def test_what_a_phone_puts_behind_a_heart_is_left_out() -> None:
    assert taken("Ann ❤\ufe0f") == "Ann ❤"


def test_a_name_that_was_taken_before_can_still_be_read_in_the_log() -> None:
    fields = AccountInvited.model_fields["name"]
    assert TypeAdapter(fields.rebuild_annotation()).validate_python("\u3164") == "\u3164"
