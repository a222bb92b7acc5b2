"""What a list of networks may look like."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banstream_cli.arguments.network_files import LARGEST_FILE, BadLine, read_networks
from banstream_cli.direct.default_networks import default_networks
from banstream_cli.terminal.exits import Stuck
from banstream_contracts.commands.networks import MOST_NETWORKS
from banstream_contracts.networks import NetworkKind


def read(tmp_path: Path, content: str | bytes) -> tuple[list[tuple[str, str, str | None]], list[int]]:
    """The marks that a file names, and the numbers of its bad lines or elements."""
    path = tmp_path / "networks"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found = [*read_networks(path, NetworkKind.VPN)]
    marks = [(each.network, each.kind.value, each.owner) for each in found if not isinstance(each, BadLine)]
    return marks, [int(each.place.split()[1]) for each in found if isinstance(each, BadLine)]


def test_lines_hold_a_network_and_a_note(tmp_path: Path) -> None:
    lines = (
        "\ufeff# a list\r",
        "\r",
        "AS64496 Example VPN",
        'as64497,"Example, Inc."',
        "64498",
        "  192.0.2.0/24\t# ours",
        "2001:DB8::/32;x",
        "; end",
    )
    marks, bad = read(tmp_path, "\n".join(lines))
    assert bad == []
    assert marks == [
        ("AS64496", "vpn", "Example VPN"),
        ("AS64497", "vpn", "Example, Inc."),
        ("AS64498", "vpn", None),
        ("192.0.2.0/24", "vpn", "ours"),
        ("2001:db8::/32", "vpn", "x"),
    ]


@pytest.mark.parametrize(
    ("line", "owner"),
    [("AS1 " + "n" * 5000, "n" * 128), ("AS1 a\x1b[31mb\x00c", "a [31mb c"), ("AS1 \u2028", None)],
    ids=["long", "control", "blank"],
)
def test_a_note_is_short_and_without_control_characters(tmp_path: Path, line: str, owner: str | None) -> None:
    assert read(tmp_path, line)[0][0] == ("AS1", "vpn", owner)


@pytest.mark.parametrize("network", ["0.0.0.0/0", "0.0.0.0/7", "::/0", "2000::/3", "::ffff:0:0/96"])
def test_a_range_that_is_nearly_everything_is_a_bad_line(tmp_path: Path, network: str) -> None:
    assert read(tmp_path, f"3.0.0.0/8\n2a00::/16\n{network} all\n") == (
        [("3.0.0.0/8", "vpn", None), ("2a00::/16", "vpn", None)],
        [3],
    )


def test_lines_that_name_no_network_are_counted_with_their_numbers(tmp_path: Path) -> None:
    marks, bad = read(tmp_path, "AS0\nAS1\n192.0.2.1/24\nexample.net\n" + "9" * 100_000 + "\n300.0.0.0/8\n")
    assert (marks, bad) == ([("AS1", "vpn", None)], [1, 3, 4, 5, 6])


@pytest.mark.parametrize(
    "line",
    [
        "192.0.2.0 - 192.0.2.255",
        "192.0.2.0,192.0.2.255,Example",
        '"2001:db8::";"2001:db8::ffff"',
        "192.0.2.0\t192.0.2.9",
    ],
    ids=["dash", "columns", "quoted", "tab"],
)
def test_a_range_by_its_ends_is_not_taken_for_its_first_address(tmp_path: Path, line: str) -> None:
    assert read(tmp_path, f"192.0.2.7 Example\n{line}\n") == ([("192.0.2.7/32", "vpn", "Example")], [2])


@pytest.mark.parametrize(
    "content",
    [
        [64496, "192.0.2.0/24"],
        [{"asn": 64496}, {"cidr": "192.0.2.0/24"}],
        {"version": 1, "networks": [{"network": "AS64496"}, {"prefix": "192.0.2.0/24"}]},
    ],
    ids=["plain", "objects", "wrapped"],
)
def test_json_is_a_list_in_any_of_the_usual_shapes(tmp_path: Path, content: Any) -> None:
    assert read(tmp_path, json.dumps(content)) == (
        [("AS64496", "vpn", None), ("192.0.2.0/24", "vpn", None)],
        [],
    )


def test_elements_may_have_a_kind_and_a_note_of_their_own(tmp_path: Path) -> None:
    content = [
        {"asn": "64496", "name": "Example Play", "kind": "cloud_gaming"},
        {"asn": "AS64497", "is_cloud": True},
        {"asn": 64498, "kind": "proxy"},
        {"asn": 64499, "kind": ["vpn"]},
        {"asn": {"number": 1}},
        {},
        None,
        True,
        1.5,
        [1],
    ]
    assert read(tmp_path, json.dumps(content)) == (
        [("AS64496", "cloud_gaming", "Example Play"), ("AS64497", "cloud_gaming", None)],
        [3, 4, 5, 6, 7, 8, 9, 10],
    )


@pytest.mark.parametrize(
    ("content", "place"),
    [("AS1\n\nbad\n", "line 3"), (json.dumps(["AS1", "bad"], indent=1), "element 2")],
    ids=["lines", "json"],
)
def test_what_is_no_network_is_named_by_its_line_or_its_element(tmp_path: Path, content: str, place: str) -> None:
    path = tmp_path / "networks"
    path.write_text(content)
    (bad,) = (each for each in read_networks(path, NetworkKind.VPN) if isinstance(each, BadLine))
    assert bad.place == place


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00", b"[1, 2", b"{}", b'{"a": 1}', b"[" * 100_000, b"x" * (LARGEST_FILE + 1)],
    ids=["no-text", "cut", "empty", "no-list", "deep", "huge"],
)
def test_a_file_that_cannot_be_read_at_all_is_said_in_one_line(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Stuck) as caught:
        read(tmp_path, content)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_file_that_is_not_there_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(Stuck, match="cannot be read"):
        list(read_networks(tmp_path / name, NetworkKind.VPN))


@given(st.text())
def test_whatever_a_file_holds_is_marks_and_bad_lines_or_said(
    tmp_path_factory: pytest.TempPathFactory, content: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any-list"
    path.write_text(content, encoding="utf-8", errors="replace")
    with suppress(Stuck):
        found = [*read_networks(path, NetworkKind.VPN)]
        assert len(found) <= len(content)


def test_the_defaults_are_few_enough_for_one_command_and_each_names_its_operator() -> None:
    marks = default_networks()
    assert len({mark.network for mark in marks}) == len(marks) <= MOST_NETWORKS
    assert {mark.kind for mark in marks} == set(NetworkKind)
    assert all(mark.owner and mark.network.startswith("AS") for mark in marks)
