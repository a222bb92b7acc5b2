"""What infractions decide, and what its events come to. Pure: no database, bus or clock."""
