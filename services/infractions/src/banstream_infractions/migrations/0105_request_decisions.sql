-- Requests for review are found by how they stand and by who looks at them.

alter table review_requests
    add column status   text not null default 'open',
    add column assignee text;
create index review_requests_newest_first on review_requests (status, id desc);
create index review_requests_by_assignee on review_requests (assignee, id desc) where assignee is not null;
comment on column review_requests.status is 'open, approved or rejected';
comment on column review_requests.assignee is 'who looks at it; null is nobody';
