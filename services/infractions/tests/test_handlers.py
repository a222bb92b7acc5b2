"""The queries that the contracts promise are answered, and no failure of one loses a message."""

from faststream import AckPolicy
from faststream.nats.subscriber.usecases import CoreSubscriber

from banstream_contracts import streams, subjects
from banstream_contracts.query_table import QUERIES
from banstream_infractions.handlers import router

SUBSCRIBERS = [each for each in router.subscribers if isinstance(each, CoreSubscriber)]


def test_every_query_of_the_contracts_has_a_handler() -> None:
    assert {each.subject.template for each in SUBSCRIBERS} == {
        query.subject for query in QUERIES if ".infractions." in query.subject
    } - {subjects.query_events(streams.INFRACTIONS)}, "the frame answers for the log"


def test_no_subscriber_rejects_on_error() -> None:
    """FastStream's default would lose the message."""
    assert {each.ack_policy for each in SUBSCRIBERS} == {AckPolicy.NACK_ON_ERROR}
