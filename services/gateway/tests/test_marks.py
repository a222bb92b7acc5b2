"""Which mark holds for an address."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from services.gateway.tests.known_networks import NOW, marked

from banstream_contracts.networks import MarkedNetwork, NetworkKind
from banstream_contracts.streams import POSITION_KEY
from banstream_gateway.vpn.marks import Marks
from banstream_gateway.vpn.verdicts import Address, is_of_the_internet, read_address

# Few places and few lengths, so that ranges hold each other.
_PLACES = range(4)
V4 = st.builds(
    lambda place, length: IPv4Network((place << 30, length), strict=False),
    st.sampled_from(_PLACES),
    st.sampled_from([0, 1, 2, 8, 24, 31, 32]),
)
V6 = st.builds(
    lambda place, length: IPv6Network((place << 126, length), strict=False),
    st.sampled_from(_PLACES),
    st.sampled_from([0, 1, 2, 32, 48, 49, 64, 127, 128]),
)
ADDRESSES: list[Address] = [
    *(IPv4Address(place << 30 | rest) for place in _PLACES for rest in (0, 1, 1 << 7, 1 << 20)),
    *(IPv6Address(place << 126 | rest) for place in _PLACES for rest in (0, 1, 1 << 20, 1 << 70, 1 << 79, 1 << 90)),
]
STEPS = st.lists(st.tuples(V4 | V6, st.sampled_from(NetworkKind), st.sampled_from([True, True, False])), max_size=30)


def scanned(ranges: dict[str, NetworkKind], address: Address) -> str | None:
    """The longest of all ranges that hold an address, by looking at every one."""
    holding = [
        network for text in ranges if (network := ip_network(text)).version == address.version and address in network
    ]
    return max(holding, key=lambda network: network.prefixlen).compressed if holding else None


@settings(deadline=None)
@given(STEPS)
def test_a_lookup_finds_what_a_scan_of_every_range_finds(
    steps: list[tuple[IPv4Network | IPv6Network, NetworkKind, bool]],
) -> None:
    marks, ranges = Marks(), dict[str, NetworkKind]()
    for position, (network, kind, is_marked) in enumerate(steps, start=1):
        ended = None if is_marked else NOW
        marks.apply_own(marked(str(network), kind, position, unmarked_at=ended))
        if is_marked:
            ranges[str(network)] = kind
        else:
            ranges.pop(str(network), None)
    for address in ADDRESSES:
        found = marks.find(address, None)
        expected = scanned(ranges, address)
        assert (found.network if found else None) == expected
        assert found is None or found.kind is ranges[found.network]


def test_the_mark_of_the_autonomous_system_comes_first() -> None:
    marks = held(marked("AS64496", "hosting"), marked("192.0.2.0/24", "vpn"))
    assert found(marks, "192.0.2.9", 64496) == "AS64496"
    assert found(marks, "192.0.2.9", 64497) == "192.0.2.0/24"
    assert found(marks, "192.0.2.9", None) == "192.0.2.0/24"
    assert found(marks, "198.51.100.9", None) is None


@pytest.mark.parametrize("address", ["::ffff:192.0.2.9", "[::ffff:192.0.2.9]:27015", "192.0.2.9:27015", "192.0.2.9"])
def test_an_address_that_is_mapped_into_v6_is_found_in_v4_ranges(address: str) -> None:
    for written in ("192.0.2.0/24", "::ffff:192.0.2.0/120"):
        assert found(held(marked(written)), address) == "192.0.2.0/24"


def test_a_network_that_is_unmarked_is_not_found_and_an_older_mark_does_not_bring_it_back() -> None:
    marks = held(marked("AS64496", position=3), marked("2001:db8::/32", position=4))
    for network in ("AS64496", "2001:db8::/32"):
        marks.apply_own(marked(network, position=5, unmarked_at=NOW))
        marks.apply_own(marked(network, position=4))
    assert found(marks, "2001:db8::9", 64496) is None


def test_the_end_of_a_kept_entry_and_a_new_pass_take_marks_away() -> None:
    marks = Marks()
    marks.begin()
    for mark in (marked("AS64496"), marked("192.0.2.0/24"), marked("198.51.100.0/24", position=9)):
        marks.apply(mark.key, mark.model_dump_json().encode())
    marks.apply(POSITION_KEY, b"5")
    marks.complete()
    marks.apply("AS64496", None)
    assert found(marks, "192.0.2.9", 64496) == "192.0.2.0/24"
    marks.begin()
    marks.apply(POSITION_KEY, b"6")
    marks.complete()
    assert found(marks, "192.0.2.9", 64496) is None
    assert found(marks, "198.51.100.1") == "198.51.100.0/24"  # ahead of the bucket: an own write


def test_an_entry_that_cannot_be_read_changes_nothing() -> None:
    marks = held(marked("192.0.2.0/24"))
    for value in (b"", b"{", b"[]", b'{"network": "x"}', b"\xff"):
        with pytest.raises(ValueError, match=r".*"):
            marks.apply("AS1", value)
    assert found(marks, "192.0.2.9") == "192.0.2.0/24"


@pytest.mark.parametrize(
    "address",
    [
        *("10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "127.0.0.1", "169.254.1.1"),
        *("0.0.0.0", "224.0.0.1", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1"),  # noqa: S104 - nobody listens here
    ],
)
def test_an_address_inside_is_not_of_the_internet(address: str) -> None:
    assert not is_of_the_internet(read_address(address))


@pytest.mark.parametrize(
    "address", ["172.32.0.1", "100.128.0.1", "1.1.1.1", "192.0.2.1", "2001:db8::1", "2606:4700::1"]
)
def test_every_other_address_is_of_the_internet(address: str) -> None:
    assert is_of_the_internet(read_address(address))


def held(*marks: MarkedNetwork) -> Marks:
    holder = Marks()
    for mark in marks:
        holder.apply_own(mark)
    return holder


def found(marks: Marks, address: str, asn: int | None = None) -> str | None:
    mark = marks.find(read_address(address), asn)
    return mark.network if mark else None
