"""BattleMetrics: answers of `GET /bans`, pages of JSON:API, one or many in a file.

Source: facts peers 5.8: `attributes` with `uid, timestamp, reason, note, expires, identifiers` (objects, or numbers of
identifiers that stand in `included`), `meta.player` for the name, `relationships.user` for who issued it. The names of
types of identifiers are those that its documentation and clients use; only some of them are complete lists.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from banstream_cli.arguments.validation import first_message
from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.json_reading import documents
from banstream_cli.importing.rows import Format, Found, Options, Rejected, Row, Source, Unreadable, as_text, rejected
from banstream_cli.importing.text_lists import key_of_address
from banstream_cli.importing.values import address, end_of_text, is_never, members, of_text, player, shown, text
from banstream_contracts.infractions import Punishment

_WHAT = "answer of BattleMetrics' GET /bans"
_SERVICES = {
    "steamid": "steam",
    "beguid": "battleye",
    "legacybeguid": "battleye",
    "eosid": "eos",
    "7dtdeos": "eos",
    "playfabid": "playfab",
}
_MOST_NOTED = 20


def read(source: Source, options: Options) -> Found:
    """Bans, a row for each identifier that can be banned; the others are noted. Exemptions are left."""

    def rows(entry: Entry) -> Iterator[Row | Rejected]:
        return _rows(entry, options)

    return converted(_bans(source), rows)


def _bans(source: Source) -> Iterator[Entry | Rejected]:
    """Each ban with what its page includes, by type and id."""
    is_any = False
    for document in documents(source, _WHAT):
        if isinstance(document, Rejected):
            yield document
            continue
        pages = document.value if isinstance(document.value, list) else [document.value]
        for number, page in enumerate(pages):
            where = document.place if len(pages) == 1 else f"{document.place}, page {number}"
            if not isinstance(page, dict) or "data" not in page:
                if not is_any:
                    raise Unreadable(f"this is no {_WHAT}: {where} has no data; an error was saved, or something else")
                yield rejected(where, "it has no data: an error was saved in place of a page", page)
                continue
            is_any = True
            yield from _of_page(page, where)


def _of_page(page: dict[str, Any], where: str) -> Iterator[Entry]:
    included = {(str(each.get("type")), str(each.get("id"))): each for each in _objects(page.get("included"))}
    bans = page["data"] if isinstance(page["data"], list) else [page["data"]]
    for number, ban in enumerate(bans):
        yield Entry(f"{where}: data[{number}]", (ban, included), as_text(ban))


def _objects(value: object) -> Iterable[dict[str, Any]]:
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else ()


def _rows(entry: Entry, options: Options) -> Iterator[Row | Rejected]:
    ban, included = entry.value
    ban = members(ban)
    if ban.get("type", "ban") != "ban":
        return
    key, attributes = text(ban.get("id")), members(ban.get("attributes"))
    if key is None:
        raise ValueError("it has no id")
    identifiers, unknown = _identifiers(attributes.get("identifiers"), included)
    wanted = list(dict.fromkeys(each for each in identifiers if each[0] in _SERVICES or each[0] == "ip"))
    others = [f"{kind}: {value}" for kind, value in identifiers if (kind, value) not in wanted]
    if not wanted and not unknown:
        raise ValueError(f"it names no identifier that can be banned, only {', '.join(others) or 'none'}")
    told = _told(ban, attributes, included, others[:_MOST_NOTED], options)
    for each in unknown:
        why = f"identifier {each} stands nowhere in the page: get it with its identifiers included, or ban it by hand"
        yield rejected(entry.place, why, entry.raw)
    for kind, value in wanted:
        try:
            yield _of(kind, value, key, told)
        except ValueError as error:
            yield rejected(f"{entry.place}, {kind}", first_message(error), entry.raw)


def _identifiers(given: object, included: dict[Any, dict[str, Any]]) -> tuple[list[tuple[str, str]], list[str]]:
    """`(type in lower case, identifier)`, and the numbers of those that are nowhere."""
    found, unknown = [], []
    for each in given if isinstance(given, list) else []:
        stands = (
            each if isinstance(each, dict) else members(included.get(("identifier", str(each)), {})).get("attributes")
        )
        kind, value = (
            (text(stands.get(name)) for name in ("type", "identifier")) if isinstance(stands, dict) else (None,) * 2
        )
        if kind and value:
            found.append((kind.lower(), value))
        else:
            unknown.append(shown(each))
    return found, unknown


def _told(
    ban: dict[str, Any],
    attributes: dict[str, Any],
    included: dict[Any, dict[str, Any]],
    others: list[str],
    options: Options,
) -> dict[str, Any]:
    """What every row of a ban says."""
    timestamp, meta = attributes.get("timestamp"), ban.get("meta")
    notes = [text(attributes.get("note")), *others]
    return {
        "punishments": (Punishment.BAN,),
        "name": text(meta.get("player")) if isinstance(meta, dict) else None,
        "reason": text(attributes.get("reason")),
        "note": "\n".join(note for note in notes if note) or None,
        "issued_at": None if is_never(timestamp) else of_text(timestamp, options.zone, "its timestamp"),
        "issued_by": _issuer(ban, included),
        "expires_at": end_of_text(attributes.get("expires"), options.zone),
    }


def _issuer(ban: dict[str, Any], included: dict[Any, dict[str, Any]]) -> str | None:
    match ban.get("relationships"):
        case {"user": {"data": {"id": user_id}}}:
            match included.get(("user", str(user_id))):
                case {"attributes": {"nickname": str(nickname)}}:
                    return text(nickname)
                case _:
                    return f"BattleMetrics user {user_id}"
        case _:
            return None


def _of(kind: str, value: str, key: str, told: dict[str, Any]) -> Row:
    if kind == "ip":
        return Row(key=f"{key}/{key_of_address(address(value))}", address=address(value), **told)
    banned = player(_SERVICES[kind], value.lower() if _SERVICES[kind] in {"battleye", "eos"} else value)
    return Row(key=f"{key}/{banned}", player=banned, **told)


FORMAT = Format("battlemetrics", "BattleMetrics: pages of GET /bans, in one file", read)
