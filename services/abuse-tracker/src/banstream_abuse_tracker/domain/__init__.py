"""What the abuse tracker counts and decides, and what its events come to. Pure: no database, bus or clock."""
