"""How long a file that fails waits for its next attempt."""

from banstream_ftp_sync.applying.receipts import Outcome, Receipt
from banstream_ftp_sync.worker import pause_of

LONGEST = 300.0


def failed(seconds: float | None = None) -> Receipt:
    return Receipt(Outcome.FAILED, "down", retry_after_seconds=seconds)


def test_what_fails_is_tried_soon_and_then_more_and_more_seldom() -> None:
    pauses = [pause_of(failed(), failures, LONGEST) for failures in range(1, 40)]
    assert 0 < pauses[0] < 10
    assert pauses[-1] > 10 * pauses[0]
    assert max(pauses) <= LONGEST


def test_a_pause_that_the_other_side_asks_for_is_kept_and_shortens_none_of_ours() -> None:
    assert pause_of(failed(1234.0), 1, LONGEST) == 1234.0
    assert pause_of(failed(0.001), 30, LONGEST) > LONGEST / 10
