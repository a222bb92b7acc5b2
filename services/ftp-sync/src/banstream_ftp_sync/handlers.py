"""Queries over NATS: the annotation parses, one await, the answer goes back."""

from typing import Annotated

from faststream import AckPolicy, Context
from faststream.nats import NatsRouter

from banstream_contracts import streams, subjects
from banstream_contracts.queries.ban_files import (
    BanFileFound,
    BanFilePage,
    BanFileTested,
    GetBanFile,
    ListBanFiles,
    ListReceipts,
    ReceiptPage,
    TestBanFile,
)
from banstream_ftp_sync.reads import Reads

router = NatsRouter(ack_policy=AckPolicy.NACK_ON_ERROR)

ReadsInContext = Annotated[Reads, Context("reads")]


@router.subscriber(subjects.QUERY_BAN_FILE, queue=streams.FTP_SYNC)
async def on_ban_file(query: GetBanFile, reads: ReadsInContext) -> BanFileFound:
    """One ban file."""
    return await reads.ban_file(query)


@router.subscriber(subjects.QUERY_BAN_FILES, queue=streams.FTP_SYNC)
async def on_ban_files(query: ListBanFiles, reads: ReadsInContext) -> BanFilePage:
    """A page of ban files."""
    return await reads.ban_files(query)


@router.subscriber(subjects.QUERY_BAN_FILE_RECEIPTS, queue=streams.FTP_SYNC)
async def on_receipts(query: ListReceipts, reads: ReadsInContext) -> ReceiptPage:
    """What became of infractions in a ban file."""
    return await reads.receipts(query)


@router.subscriber(subjects.QUERY_BAN_FILE_TEST, queue=streams.FTP_SYNC)
async def on_test(query: TestBanFile, reads: ReadsInContext) -> BanFileTested:
    """What an attempt would do."""
    return await reads.test(query)
