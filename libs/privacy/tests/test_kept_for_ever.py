"""What an earlier release has written opens and matches with every later one: nobody could write it anew."""

from collections.abc import Callable

import pytest

from banstream_privacy.addresses import address_hash
from banstream_privacy.sharing import accounts_key, ban_list_key, consoles_key
from banstream_privacy.transit import unseal
from banstream_privacy.vault import unlock, unwrap

MASTER, PERSONS = bytes(range(32)), bytes(range(32, 64))
PERSON = "player:roblox:1"
TEXT = "192.0.2.7 é 日"
WRAPPED = (
    "559e4eb6fd1a55d87c6c8bdeb7fc1f9002d019e2882eb4ca47f1f7dd23e5ec48"
    "f58dffbc28080c0bfe3942b9d287fa268e382a0571f513ca693beee7"
)
LOCKED = "8dmVpeidC7F2WcDPAz68vzB2aRkCBLTmjRvhukCDMg2VynLLWFM6kkxtDCI"
SEALED = "Ma8bPG4Vc7vEqDNVm3_MepOW7wbPqm7BU_bXL9xIWUq0-Zz9FwJiZcyql0v7uFbJUYdKZakletQQ2I2dOgoUag"


def test_what_was_kept_of_a_person_opens() -> None:
    key = unwrap(MASTER, PERSON, bytes.fromhex(WRAPPED))
    assert key == PERSONS
    assert unlock(key, PERSON, LOCKED) == TEXT


def test_what_was_sealed_for_infractions_opens() -> None:
    assert unseal(MASTER, SEALED) == TEXT


@pytest.mark.parametrize(
    ("derive", "made"),
    [
        (ban_list_key, "99922756d6f439e689cd2a56f045c3aa6b797d8d569f9e3c3db49399755e03ea"),
        (accounts_key, "e2d2ae99abcf3b9fb43c65b603cc680385fc70ce61480d985aff3bec5423b57d"),
        (consoles_key, "f87250e672dc62200a2da9de6ef0aaf8727be149253a507876dcfd36a9ee8413"),
    ],
)
def test_keys_that_are_made_of_another_stay_what_they_were(derive: Callable[[bytes], bytes], made: str) -> None:
    assert derive(MASTER).hex() == made


def test_an_address_that_was_banned_is_found_by_its_hash() -> None:
    assert address_hash(MASTER, "192.0.2.7") == "7f245b26c0d95cde9e2ae8bc5eb80c8647234284efbe24bc2a929e510c0ab034"
