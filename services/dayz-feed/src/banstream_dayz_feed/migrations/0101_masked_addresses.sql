-- Addresses that the rule alt_account of an earlier release showed and remembered; it now masks and hashes them.

update findings
set document = regexp_replace(document::text, '\((\d{1,3}\.){3}\d{1,3}:\d{1,5}\)', '(▒▒▒)', 'g')::jsonb
where document ->> 'rule' = 'alt_account';

update positions
set memory = (nullif(memory, '')::jsonb - 'alt_account')::text,
    memory_at_begin = (nullif(memory_at_begin, '')::jsonb - 'alt_account')::text;
