"""What clients send to import infractions of other systems, and to take that back."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from banstream_contracts.infractions import Punishments, Scope, Severity
from banstream_contracts.text import Category, Evidence, Name, Note, Reason, RowId, ShortId, SourceName
from banstream_gateway.request_forms import Request
from banstream_gateway.requests import Address, Moment, PageQuery, PunishedPlayer

MOST_ROWS = 100


class LiftedRequest(Request):
    """Who lifted it there; what is not known is left out."""

    at: Moment | None = None
    by: Name | None = None
    reason: Reason | None = None


class RowRequest(Request):
    """An infraction as it stands in the other system. What has no `expires_at` never ends; no `punishments`: a warning.

    That it has expired follows from `expires_at`.
    """

    row: RowId
    """Its id there: it is known by this and by `source`, and by when it was issued."""
    player: PunishedPlayer | None = None
    ip: Address | None = None
    """Instead of a player: of the address alone."""
    punishments: Punishments
    reason: Reason
    note: Note | None = None
    """For staff only."""
    evidence: Evidence | None = None
    category: Category | None = None
    severity: Severity | None = None
    scope: Scope = Scope.GLOBAL
    server_id: ShortId | None = None
    issued_at: Moment | None = None
    issued_by: Name | None = None
    """Who issued it there."""
    expires_at: Moment | None = None
    lifted: LiftedRequest | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.player is None) == (self.ip is None):
            raise ValueError("either player or ip is needed (an address of the player goes into player.ip)")
        if self.issued_at and self.expires_at and self.expires_at <= self.issued_at:
            raise ValueError("it ends before it begins")
        if self.scope is Scope.SERVER and self.server_id is None:
            raise ValueError("scope server needs server_id")
        return self


class ImportRequest(Request):
    """Infractions to import, each once. `dry_run`: only say what would become of each."""

    source: SourceName
    infractions: Annotated[tuple[RowRequest, ...], Field(min_length=1, max_length=MOST_ROWS)]
    dry_run: bool = False

    @model_validator(mode="after")
    def _are_each_once(self) -> Self:
        seen = set[str]()
        for index, each in enumerate(self.infractions):
            if each.row in seen:
                raise ValueError(f"infractions.{index}.row comes twice")
            seen.add(each.row)
        return self


class UndoRequest(Request):
    """Take an import back, a page of its infractions at a time, or only some of them.

    `dry_run`: only say what would become of each.
    """

    reason: Reason
    cursor: ShortId | None = None
    """The `next` of the page before."""
    only: Annotated[tuple[ShortId, ...], Field(min_length=1, max_length=MOST_ROWS)] | None = None
    """The ids of these infractions, each once, and no others of the import; there is one page of them."""
    dry_run: bool = False

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        if self.only is None:
            return self
        if self.cursor is not None:
            raise ValueError("only has one page: it goes without a cursor")
        if len(set(self.only)) < len(self.only):
            raise ValueError("only names an infraction twice")
        return self


class ImportedQuery(PageQuery):
    """Which page of an import's infractions, by id."""
