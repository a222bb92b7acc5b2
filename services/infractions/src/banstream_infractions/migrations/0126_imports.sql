-- Infractions that came from another system are found by the import that brought them.

create index infractions_by_import on infractions ((document #>> '{imported,import_id}'), id)
    where jsonb_exists(document, 'imported');
