-- Requests for review; worked out of the log like the rest.

create table review_requests (
    id           text   primary key,
    player_token text   not null,
    position     bigint not null,
    document     jsonb  not null
);
comment on table review_requests is 'One row a request; document is banstream_contracts.queries.ReviewRequest.';
create index review_requests_by_player on review_requests (player_token, id desc);

grant select, insert, update, delete on review_requests to :role;
