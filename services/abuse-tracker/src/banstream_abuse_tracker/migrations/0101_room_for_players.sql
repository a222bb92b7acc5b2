-- A player's row changes with each incident. With room left on its page the new row stays there, and the index as it is.

alter table players set (fillfactor = 70);
