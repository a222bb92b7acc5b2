"""Keys that take turns: what the older ones sealed still opens, what is new is of the first."""

from collections.abc import Callable

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from banstream_privacy.appeal_codes import appeal_code, appeal_key, is_appeal_code
from banstream_privacy.key_ring import KeyRing, keys_of, read_keys, written_keys
from banstream_privacy.sharing import accounts_key, ban_list_key, consoles_key, opened, share
from banstream_privacy.transit import seal, sealing_public_key, unseal
from banstream_privacy.vault import lock, new_person_key, opens, rewrapped, unlock, unwrap, unwrapped, wrap

OLD, NEW, STRANGER = bytes(range(32)), bytes(32), b"s" * 32
RING = KeyRing(NEW, OLD)
PERSON = "player:steam:1"


def test_what_either_key_wrapped_opens_and_nothing_else() -> None:
    key = new_person_key()
    assert [unwrap(RING, PERSON, wrap(each, PERSON, key)) for each in (OLD, NEW, RING)] == [key] * 3
    with pytest.raises(InvalidTag):
        unwrap(RING, PERSON, wrap(STRANGER, PERSON, key))


@pytest.mark.parametrize("damaged", [b"", b"cut", wrap(STRANGER, PERSON, bytes(32))], ids=["none", "cut", "strange"])
def test_a_new_key_in_front_of_what_does_not_open_locks_and_hides_nothing_behind_it(damaged: bytes) -> None:
    old, new = new_person_key(), new_person_key()
    kept = wrap(NEW, PERSON, new) + wrap(OLD, PERSON, old) + damaged
    key = unwrap(RING, PERSON, kept)
    assert [unlock(key, PERSON, lock(each, PERSON, "text")) for each in (new, old)] == ["text"] * 2
    assert unlock(new, PERSON, lock(key, PERSON, "text")) == "text"
    assert unwrapped(NEW, PERSON, kept) == new
    assert not any(opens(each, PERSON, kept) for each in (NEW, OLD))
    assert opens(RING, PERSON, kept) == (not damaged)


def test_what_is_wrapped_anew_opens_with_the_first_key_and_what_nobody_opens_stays() -> None:
    old, new, strange = new_person_key(), new_person_key(), wrap(STRANGER, PERSON, bytes(32))
    kept = wrap(NEW, PERSON, new) + wrap(OLD, PERSON, old) + strange
    anew = rewrapped(RING, PERSON, kept)
    assert keys_of(unwrap(NEW, PERSON, anew)) == (new, old)
    assert (anew[:60], anew[120:]) == (kept[:60], strange)
    assert rewrapped(RING, PERSON, anew) == anew
    assert opens(NEW, PERSON, anew[:120])
    assert not opens(NEW, PERSON, b"")


def test_what_is_new_is_of_the_first_key() -> None:
    key = new_person_key()
    assert unwrap(NEW, PERSON, wrap(RING, PERSON, key)) == key
    assert sealing_public_key(RING) == sealing_public_key(NEW)


def test_what_was_sealed_for_either_key_opens() -> None:
    assert [unseal(RING, seal(sealing_public_key(each), "192.0.2.7")) for each in (OLD, NEW)] == ["192.0.2.7"] * 2
    with pytest.raises(InvalidTag, match="none of the keys"):  # this is the reason in a dead letter
        unseal(RING, seal(sealing_public_key(STRANGER), "192.0.2.7"))


@pytest.mark.parametrize("derive", [ban_list_key, accounts_key, lambda key: consoles_key(accounts_key(key))])
def test_keys_that_are_made_of_a_ring_are_a_ring(derive: Callable[[bytes], bytes]) -> None:
    ring = derive(RING)
    assert keys_of(ring) == (derive(NEW), derive(OLD))
    assert opened(ring, "this", share(derive(OLD), "this", "text")) == "text"
    assert opened(derive(NEW), "this", share(ring, "this", "text")) == "text"


def test_codes_of_appeals_that_were_given_out_are_still_taken() -> None:
    ring = appeal_key(RING)
    assert appeal_code(ring, "a" * 20) == appeal_code(appeal_key(NEW), "a" * 20)
    assert all(is_appeal_code(ring, "a" * 20, 0, appeal_code(appeal_key(each), "a" * 20)) for each in (OLD, NEW))
    assert not is_appeal_code(ring, "a" * 20, 0, appeal_code(appeal_key(STRANGER), "a" * 20))


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=4, unique=True))
def test_keys_are_read_as_they_were_written(keys: list[bytes]) -> None:
    assert keys_of(read_keys(written_keys(KeyRing(*keys)))) == tuple(keys)


@pytest.mark.parametrize(
    "text",
    ["", ",", f"{OLD.hex()},", f"{OLD.hex()},{OLD.hex()}", f"{OLD.hex()},ab", ",".join(f"{n:064x}" for n in range(5))],
    ids=["empty", "comma", "open end", "twice", "short", "too many"],
)
def test_what_is_no_ring_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        read_keys(text)


def test_a_ring_shows_nothing_of_its_keys() -> None:
    assert OLD.hex() not in repr(RING)
    assert repr(RING) == "KeyRing of 2"
