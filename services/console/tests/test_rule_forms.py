"""Forms of policies: everything that is wrong is said at once, each by its field."""

import re

import pytest

from banstream_console.presentation.texts import LANGUAGES, Language, texts
from banstream_console.problems.exceptions import Unfit
from banstream_console.problems.in_words import problem_said
from banstream_console.staff.policies.forms import policy_of
from banstream_console.staff.tiers.forms import terms_of

POLICY = {
    "name": "x" * 200,
    "servers": "EU1",
    "warn": "often",
    "kick": "0",
    "ban": "-3",
    "ban_duration": "a while",
    "ban_scope": "global",
    "reset_after": "9999999d",
    "weights": "speed_hack",
    "coalesce_seconds": "-1",
    "reasons": "Not A Reason",
    "at_once_critical": "1x",
    "at_once_low": "soon",
}
TIERS = {
    "name": "",
    "counts": "a while",
    "default_reason": "",
    "what0": "burn",
    "lasts0": "soon",
    "what2": "ban",
    "lasts2": "never",
    "what3": "ban",
    "lasts3": "1d",
    "online3": "on",
}


def wrong_policy() -> Unfit:
    with pytest.raises(Unfit) as raised:
        policy_of({name: [value] for name, value in POLICY.items()})
    return raised.value


def wrong_tiers() -> Unfit:
    with pytest.raises(Unfit) as raised:
        terms_of({name: [value] for name, value in TIERS.items()})
    return raised.value


def test_every_wrong_field_of_a_policy_is_named_at_once() -> None:
    assert wrong_policy().fields.keys() == POLICY.keys() - {"ban_scope"}


def test_every_wrong_field_of_tiers_is_named_at_once() -> None:
    expected = {"name", "counts", "default_reason", "what0", "lasts0", "lasts2", "what3"}
    assert wrong_tiers().fields.keys() == expected


def test_what_is_named_twice_counts_once() -> None:
    form = {"ban_duration": ["7d"], "ban_scope": ["global"], "servers": [f"{'a' * 24}\n{'a' * 24}"]}
    assert policy_of(form).servers == ("a" * 24,)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_field_is_called_as_on_its_form(language: Language) -> None:
    for problem in (wrong_policy(), wrong_tiers()):
        for line in problem_said(problem, texts(language)):
            assert not re.match(r"[a-z_0-9]+: ", line), line


def test_a_tier_is_called_by_its_number() -> None:
    lines = problem_said(wrong_tiers(), texts("en"))
    assert "Tier 3, How long: is written like 7d, 12h or 1d 12h" in lines
