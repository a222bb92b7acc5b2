"""Ids that are worked out: the same of the same things, in every process and release."""

from uuid import UUID

from banstream_runtime.identifiers import idempotent_command_id

CLIENT = "0" * 24


def test_a_key_that_is_sent_again_after_an_upgrade_is_the_same_command() -> None:
    """Outcomes are kept for ever: under another id the command would be carried out a second time."""
    assert idempotent_command_id(CLIENT, "k") == UUID("8d460d3a-9994-5d00-a716-e3dfa8f00f77")


def test_the_same_key_of_another_client_is_another_command() -> None:
    assert idempotent_command_id("1" * 24, "k") != idempotent_command_id(CLIENT, "k")
