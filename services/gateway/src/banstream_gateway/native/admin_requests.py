"""What clients send about admins."""

from banstream_contracts.admins import Rights
from banstream_contracts.text import Name, Reason
from banstream_gateway.request_forms import Request


class AdminRequest(Request):
    """What an admin is called and may do. What is not named may not be done."""

    name: Name
    rights: Rights
    """Which ones: see `banstream admins add --help`. None leaves an admin who may do nothing."""


class RemoveAdminRequest(Request):
    """Why; the body may be left out."""

    reason: Reason | None = None


class AdminQuery(Request):
    """Which admins."""

    include_removed: bool = False
    """Also those who are admins no more."""
