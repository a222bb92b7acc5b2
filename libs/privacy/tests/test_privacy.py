import contextlib
import hmac
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import example, given
from hypothesis import strategies as st

from banstream_privacy.addresses import InvalidAddress, address_hash, canonical_address, is_nobodys
from banstream_privacy.transit import seal, sealing_public_key, unseal
from banstream_privacy.vault import lock, lock_each, new_person_key, unlock, unwrap, wrap

MASTER = bytes(range(32))
OTHER = bytes(32)


@given(st.text())
def test_what_was_sealed_opens_with_the_master_key(text: str) -> None:
    assert unseal(MASTER, seal(sealing_public_key(MASTER), text)) == text


def test_sealed_text_does_not_open_with_another_master_key() -> None:
    with pytest.raises(InvalidTag):
        unseal(OTHER, seal(sealing_public_key(MASTER), "192.0.2.7"))


def test_sealing_twice_gives_different_text() -> None:
    public = sealing_public_key(MASTER)
    assert seal(public, "192.0.2.7") != seal(public, "192.0.2.7")


@given(st.text(), st.text(min_size=1))
def test_what_was_locked_opens_with_the_unwrapped_key(text: str, person: str) -> None:
    wrapped = wrap(MASTER, person, new_person_key())
    key = unwrap(MASTER, person, wrapped)
    assert unlock(key, person, lock(key, person, text)) == text


def test_values_that_are_locked_at_once_open_one_by_one_and_share_nothing_random() -> None:
    key = new_person_key()
    locked = lock_each([(key, "player:steam:1", b"the same")] * 20)
    assert {unlock(key, "player:steam:1", each) for each in locked} == {"the same"}
    assert len({each[:16] for each in locked}) == len(locked)  # the nonce
    assert lock_each([]) == []


def test_a_wrapped_key_of_one_person_does_not_open_for_another() -> None:
    wrapped = wrap(MASTER, "player:steam:1", new_person_key())
    with pytest.raises(InvalidTag):
        unwrap(MASTER, "player:steam:2", wrapped)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7:27015 ", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("[2001:DB8::7]:2302", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("2001:db8:0:0::7", "2001:db8::7"),
        ("fe80:0:0:0:0:0:0:1%eth0", "fe80::1"),
        ("[fe80::1%2]:25565", "fe80::1"),
        ("::ffff:192.0.2.7%x\ny", "192.0.2.7"),
    ],
)
def test_an_address_has_one_form(written: str, canonical: str) -> None:
    assert canonical_address(written) == canonical


@given(st.from_regex(r"[0-9.]{1,17}", fullmatch=True) | st.ip_addresses(v=4).map(str) | st.text(max_size=16))
def test_the_short_way_for_v4_reads_no_address_otherwise(text: str) -> None:
    try:
        canonical = str(ip_address(text))
    except ValueError:
        with contextlib.suppress(InvalidAddress):
            assert canonical_address(text) != text
        return
    if ":" not in text:
        assert canonical_address(text) == canonical


@pytest.mark.parametrize(
    "garbage",
    [
        *("", "localhost", "192.0.2", "192.0.2.7:", "192.0.2.7:x", "192.0.2.7:99999", "[::1", "1 2"),
        *("192.0.2.7%eth0", "fe80::1%", "fe80::1%a%b", "[fe80::1]%eth0"),
    ],
)
def test_garbage_is_no_address(garbage: str) -> None:
    with pytest.raises(InvalidAddress):
        canonical_address(garbage)


@given(st.ip_addresses() | st.ip_addresses(network="224.0.0.0/4") | st.ip_addresses(network="ff00::/8"))
@example(ip_address("0.0.0.0"))  # noqa: S104 - nothing is bound to it
@example(ip_address("::"))
@example(ip_address("255.255.255.255"))
@example(ip_address("ff::1"))
def test_nobody_comes_from_an_unspecified_multicast_or_broadcast_address(address: IPv4Address | IPv6Address) -> None:
    is_broadcast = address == ip_address("255.255.255.255")
    assert is_nobodys(address.compressed) == (address.is_unspecified or address.is_multicast or is_broadcast)


@pytest.mark.parametrize("length", [0, 1, 32, 64, 65, 200])
def test_the_hash_of_an_address_is_hmac_sha_256(length: int) -> None:
    key = bytes(range(length))
    for address in ("192.0.2.7", "2001:db8::1"):
        assert address_hash(key, address) == hmac.new(key, b"address\n" + address.encode(), "sha256").hexdigest()


def test_the_hash_of_an_address_depends_on_the_key() -> None:
    assert address_hash(MASTER, "192.0.2.7") != address_hash(OTHER, "192.0.2.7")
