"""The queries that the contracts promise are answered by each service, and no failure of one loses a message."""

import pytest
from faststream import AckPolicy
from faststream.nats import NatsRouter
from faststream.nats.subscriber.usecases import CoreSubscriber

from banstream_abuse_tracker import handlers as abuse_tracker
from banstream_contracts import streams
from banstream_contracts.queries.table import QUERIES
from banstream_dayz_feed import handlers as dayz_feed
from banstream_decider.queries import answering_router
from banstream_ftp_sync import handlers as ftp_sync
from banstream_infractions import handlers as infractions
from banstream_notifier import handlers as notifier

ROUTERS = {
    streams.INFRACTIONS: infractions.router,
    streams.ABUSE_TRACKER: abuse_tracker.router,
    streams.NOTIFIER: notifier.router,
    streams.FTP_SYNC: ftp_sync.router,
    streams.DAYZ_FEED: dayz_feed.router,
}

of_each_service = pytest.mark.parametrize(("service", "router"), ROUTERS.items(), ids=list(ROUTERS))


@of_each_service
def test_every_query_of_the_contracts_has_one_handler(service: str, router: NatsRouter) -> None:
    handled = [
        each.subject.template
        for each in (*router.subscribers, *answering_router(service).subscribers)
        if isinstance(each, CoreSubscriber)
    ]
    assert sorted(handled) == sorted(query.subject for query in QUERIES if f".{service}." in query.subject)


@of_each_service
def test_no_subscriber_rejects_on_error(service: str, router: NatsRouter) -> None:
    """FastStream's default would lose the message."""
    subscribers = (*router.subscribers, *answering_router(service).subscribers)
    assert {each.ack_policy for each in subscribers} == {AckPolicy.NACK_ON_ERROR}
