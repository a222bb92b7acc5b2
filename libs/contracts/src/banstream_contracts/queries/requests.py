"""Reads of one request for review."""

from banstream_contracts.infractions import Contract
from banstream_contracts.queries.infractions import ReviewRequest
from banstream_contracts.text import ShortId


class GetRequest(Contract):
    """One request by its id, with its comments."""

    request_id: ShortId


class RequestFound(Contract):
    """The request, or null."""

    request: ReviewRequest | None
