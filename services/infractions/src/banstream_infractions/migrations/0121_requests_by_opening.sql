-- Requests of the last days, to be counted without the others. Times in documents are of UTC: they sort as they are.

create index review_requests_by_opening on review_requests (((document ->> 'opened_at') collate "C"));
