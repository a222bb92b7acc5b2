import json

import pytest

from banstream_dayz_feed.rules.memory import Memory
from banstream_dayz_feed.rules.rule_settings import RuleSettings, all_rules
from banstream_dayz_feed.rules.rules_file import RulesRefused, read_rules

FULL = """
[build_rate]
limit = 12
classes = ["FenceKit", "Watchtower*"]
mode = "act"

[raid_window]
windows = [{ begin = "Sat 20:00", end = "Sat 22:00" }]

[[zones]]
name = "fort"
x = 1000
northing = 5000
"""


def test_a_file_changes_what_it_names_and_turns_it_on() -> None:
    settings = read_rules(FULL)
    assert (settings.build_rate.limit, settings.build_rate.window_seconds) == (12, 60)
    assert settings.raid_window.enabled
    assert not settings.garden_plot.enabled
    assert settings.zones[0].radius == 100


def test_toml_and_json_say_the_same() -> None:
    assert read_rules(json.dumps({"speed": {"limit": 50}}), is_json=True) == read_rules("[speed]\nlimit = 50")


def test_nothing_said_is_the_default_set() -> None:
    assert read_rules("") == RuleSettings()
    fields = [name for name in RuleSettings.model_fields if name != "zones"]
    assert all(getattr(all_rules(), name).enabled for name in fields)
    modes = {getattr(RuleSettings(), name).mode.value for name in fields}
    assert modes == {"alert", "review"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[build_rates]", "unknown key 'build_rates' (did you mean 'build_rate'?)"),
        ("[speed]\nlimits = 3", "unknown key 'speed.limits' (did you mean 'limit'?)"),
        ("[[zones]]\nname='a'\nx=1\nnorth=2\nnorthing=2", "unknown key 'zones.0.north' (did you mean 'northing'?)"),
        ("[raid_window]\nwindows=[{begin='Fri 18:00', endd='Sun 24:00'}]", "(did you mean 'end'?)"),
        ("[raid_window]\nwindows=[{begin='Fri 18', end='Sun 24:00'}]", "write Fri 18:00"),
        ("[raid_window]\nzone='Mars/Base'", "is no time zone"),
        ("[speed]\nmode='act'", "speed.mode"),
        ("[head_share]\nmode='act'", "head_share.mode"),
        ("[build_rate]\nlimit='many'", "build_rate.limit"),
        ("[build_rate]\nlimit=0", "build_rate.limit"),
        ("[banned_class]\nzones=['fort']", "there is no zone 'fort'"),
        ("[[zones]]\nname='a'\nx=1\nnorthing=2\n[[zones]]\nname='a'\nx=1\nnorthing=2", "same name"),
        ("zones = 3", "zones"),
        ("= nothing", "no TOML"),
    ],
)
def test_what_is_wrong_is_said_by_name(text: str, complaint: str) -> None:
    with pytest.raises(RulesRefused) as refused:
        read_rules(text)
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["[]", "3", "{", '{"a":'])
def test_json_that_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(RulesRefused):
        read_rules(text, is_json=True)


def test_a_memory_forgets_the_least_recent() -> None:
    memory = Memory(int, most=2)
    memory.keep("a", 1)
    memory.keep("b", 2)
    memory.of("a", int)
    memory.keep("c", 3)
    assert list(memory) == ["a", "c"]
    again = Memory(int, most=2)
    again.load(json.loads(json.dumps(memory.dump())))
    assert list(again) == ["a", "c"]
