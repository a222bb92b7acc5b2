-- Few infractions are of an address, and those of a console or a tool name no server: nobody looks for what names none,
-- so it has no entry. Made anew under their names: whatever asked them asks these.

drop index infractions_by_address;
drop index infractions_by_server;
drop index infractions_active_by_address;
create index infractions_by_address on infractions (address_token, id desc) where address_token is not null;
create index infractions_by_server on infractions (server_id, id desc) where server_id is not null;
create index infractions_active_by_address on infractions (address_token)
    where status = 'active' and not is_warning and address_token is not null;
