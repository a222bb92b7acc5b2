"""The routes of imports from other systems."""

from banstream_gateway.answers import InfractionPageAnswer
from banstream_gateway.endpoints import ADMIN, Endpoint
from banstream_gateway.native import imports
from banstream_gateway.native.import_answers import (
    ImportPageAnswer,
    ImportStandsAnswer,
    RowsAnswer,
    UndonePageAnswer,
)
from banstream_gateway.native.import_requests import ImportedQuery, ImportRequest, UndoRequest
from banstream_gateway.requests import PageQuery

_ADMIN = frozenset({ADMIN})
_IMPORTS = "/v1/imports"
_IMPORT = "/v1/imports/{import_id}"

IMPORTS = [
    Endpoint(
        "GET",
        _IMPORTS,
        imports.search,
        "Imports of infractions from other systems, the newest id first.",
        _ADMIN,
        query=PageQuery,
        answers={200: ImportPageAnswer},
    ),
    Endpoint(
        "GET",
        _IMPORT,
        imports.find,
        "One import, and what stands of it.",
        _ADMIN,
        answers={200: ImportStandsAnswer},
    ),
    Endpoint(
        "POST",
        _IMPORT,
        imports.take_over,
        "Import infractions as they stand in another system, up to 100 at once, under an id of your own for the import."
        " The same again does nothing; what has changed there is taken over, unless it was changed here too.",
        _ADMIN,
        body=ImportRequest,
        answers={200: RowsAnswer},
    ),
    Endpoint(
        "GET",
        f"{_IMPORT}/infractions",
        imports.infractions,
        "The infractions of an import, by id.",
        _ADMIN,
        query=ImportedQuery,
        answers={200: InfractionPageAnswer},
    ),
    Endpoint(
        "POST",
        f"{_IMPORT}/undo",
        imports.undo,
        "Lift what an import brought and nobody has changed since, a page at a time, or up to 100 infractions of it:"
        " what is not of this import is not in the answer.",
        _ADMIN,
        body=UndoRequest,
        answers={200: UndonePageAnswer},
    ),
]
