"""How networks are written."""

import re
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from banstream_contracts import subjects
from banstream_contracts.commands.networks import MOST_NETWORKS, MarkNetworks, UnmarkNetworks
from banstream_contracts.events.networks import NetworkMarked
from banstream_contracts.examples.every_message import EXAMPLES
from banstream_contracts.networks import as_number, canonical_network, network_key
from banstream_contracts.players import Player

KV_KEY = re.compile(r"[-/_=A-Za-z0-9]+")
RANGES = st.builds(
    lambda bits, length: ip_network((ip_address(bits), length), strict=False).compressed,
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
) | st.builds(
    lambda bits, length: ip_network((ip_address(bits), length), strict=False).compressed,
    st.integers(2**32, 2**128 - 1),
    st.integers(0, 128),
)
NETWORKS = RANGES.map(canonical_network) | st.integers(1, 2**32 - 2).map(lambda number: f"AS{number}")


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("AS13335", "AS13335"),
        ("as013335", "AS13335"),
        (" 13335\n", "AS13335"),
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
        ("192.0.2.7", "192.0.2.7/32"),
        ("2001:DB8:0::/32", "2001:db8::/32"),
        ("2001:db8::7", "2001:db8::7/128"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("::ffff:0:0/95", None),
        ("::/0", "::/0"),
        ("", None),
        ("AS", None),
        ("AS0", None),
        ("AS4294967295", None),
        ("AS13335.1", None),
        ("AS-1", None),
        ("AS\u0661", None),
        ("192.0.2.7/24", None),
        ("192.0.2.0/33", None),
        ("192.0.2", None),
        ("fe80::%eth0/64", None),
        ("fe80::7%eth0", None),
        ("example.net", None),
        ("AS1 AS2", None),
    ],
)
def test_a_network_has_one_form(text: str, network: str | None) -> None:
    if network is None:
        with pytest.raises(ValueError, match=r"."):
            canonical_network(text)
    else:
        assert canonical_network(text) == network


@given(NETWORKS)
def test_the_form_is_its_own_form_and_its_key_is_one_of_a_bucket(network: str) -> None:
    assert canonical_network(network) == network
    assert KV_KEY.fullmatch(network_key(network))
    assert (as_number(network) is None) == ("/" in network)


@given(st.lists(NETWORKS, unique=True))
def test_no_two_networks_share_a_key(networks: list[str]) -> None:
    assert len({network_key(network) for network in networks}) == len(networks)


@pytest.mark.parametrize("value", [["AS1"] * 2, ["AS1", "as1"], [], [f"AS{n}" for n in range(1, MOST_NETWORKS + 2)]])
def test_a_command_names_each_network_once_and_not_too_many(value: list[str]) -> None:
    shown = EXAMPLES[UnmarkNetworks].model_dump(mode="json")
    with pytest.raises(ValidationError):
        UnmarkNetworks.model_validate({**shown, "networks": value})
    marks = [{"network": network, "kind": "vpn"} for network in value]
    with pytest.raises(ValidationError):
        MarkNetworks.model_validate({**EXAMPLES[MarkNetworks].model_dump(mode="json"), "marks": marks})


def test_no_player_shares_a_subject_with_a_network() -> None:
    player = Player(service="network", id="AS64496")
    event = EXAMPLES[NetworkMarked]
    assert isinstance(event, NetworkMarked)
    assert event.network == "AS64496"
    assert subjects.event("x.y", event.token) == "banstream.event.x.y.network=AS64496"
    assert player.token != event.token
