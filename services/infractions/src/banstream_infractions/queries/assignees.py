"""Whose a request or an appeal is: of an account, or of a name where whoever took it named no account."""

from banstream_contracts.queries.appeals import ListAppeals
from banstream_contracts.queries.infractions import ListRequests
from banstream_decider.paging import Condition

_OF_ANY = "coalesce(document ->> 'assignee_id', 'name ' || assignee) = any(?)"
"""An id holds no blank, so nobody gets at another's by being called like it."""


def looked_at_by(query: ListRequests | ListAppeals) -> Condition:
    """What is asked for; its value is None where everybody's is."""
    if query.assignee_id is None:
        return "assignee = ?", query.assignee
    return _OF_ANY, [query.assignee_id, *([f"name {query.assignee}"] if query.assignee else [])]
