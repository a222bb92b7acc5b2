"""Which pieces are ours, however many there are."""

import pytest

from banstream_ftp_sync.formats.editing import Desired, Found, edited

_MANY = 2000


class Counted(str):
    """A key that counts how often it is compared."""

    __slots__ = ()
    compared = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return str.__eq__(self, other)


@pytest.mark.parametrize("has_mark", [True, False])
def test_the_work_of_a_first_write_grows_with_the_bans_and_not_with_their_square(*, has_mark: bool) -> None:
    keys = [Counted(f"{number:040X}") for number in range(_MANY)]
    desired: dict[str, Desired] = {key: Desired(Found(key, "banned"), key) for key in keys}
    Counted.compared = 0
    edit = edited((), desired, (), (), has_mark=has_mark)
    assert (edit.added, len(edit.own), edit.covered) == (tuple(keys), _MANY, ())
    assert Counted.compared < 10 * _MANY
