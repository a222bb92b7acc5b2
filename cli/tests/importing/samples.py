"""What a format makes of a small file."""

from pathlib import Path

from banstream_cli.importing.rows import Format, Options, Rejected, Row


def found_in(form: Format, path: Path, content: str | bytes, options: Options | None = None) -> list[Row | Rejected]:
    """Everything that a file of this content gives. No key tells an address: keys travel where addresses may not."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = list(form.read(path, options or Options()))
    for row in found:
        assert isinstance(row, Rejected) or row.address is None or row.address not in row.key
    return found


def rows_in(form: Format, path: Path, content: str | bytes, options: Options | None = None) -> list[Row]:
    """The rows of a file in which nothing is wrong."""
    found = found_in(form, path, content, options)
    wrong = [each for each in found if isinstance(each, Rejected)]
    assert wrong == []
    return [each for each in found if isinstance(each, Row)]


def row_in(form: Format, path: Path, content: str | bytes, options: Options | None = None) -> Row:
    """The only row of a file."""
    (row,) = rows_in(form, path, content, options)
    return row


def rejected_in(form: Format, path: Path, content: str | bytes, options: Options | None = None) -> Rejected:
    """The only thing that a file gives, which is wrong."""
    (wrong,) = found_in(form, path, content, options)
    assert isinstance(wrong, Rejected)
    return wrong


def batch(*rows: dict[str, object]) -> str:
    """Rows as `mysql --batch` prints them."""
    header = "\t".join(rows[0])
    return "\n".join([header, *("\t".join(_cell(value) for value in row.values()) for row in rows)]) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return "NULL"
    escaped = str(value).replace("\\", r"\\").replace("\n", r"\n").replace("\t", r"\t")
    return escaped.replace("\0", r"\0")
