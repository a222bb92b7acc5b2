"""Reads: core request and reply. How pages are asked for, and what every service answers alike."""

from typing import Annotated

from pydantic import Field

from banstream_contracts.infractions import Contract

PageLimit = Annotated[int, Field(ge=1, le=500)]

TOO_LONG = "TooLong"
"""The error of an answer that does not fit into a message (`headers.QUERY_ERROR`): ask for a smaller page."""

Cursor = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class GetStatus(Contract):
    """How a service is."""


class ServiceStatus(Contract):
    """`head` is the last log position, `relayed` the last one published; their difference is the relay's lag."""

    head: int
    relayed: int
    leading: bool
    schema_version: int
