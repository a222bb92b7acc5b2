-- Warnings that run out while their player is connected: gateways know these of all warnings, to count the time.

create index infractions_online_warnings_by_player on infractions (player_token)
    where status = 'active' and is_warning and lifetime = 'online';
create index infractions_online_warnings_by_address on infractions (address_token)
    where status = 'active' and is_warning and lifetime = 'online' and address_token is not null;
