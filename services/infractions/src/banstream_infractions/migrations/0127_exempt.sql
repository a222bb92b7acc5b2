-- Infractions are found by who is exempt from them, as `document -> 'exempt' @> '[{"service": …, "id": …}]'`.

create index infractions_by_exempt on infractions using gin ((document -> 'exempt') jsonb_path_ops)
    where jsonb_exists(document, 'exempt');
