"""DayZ admin logs: their grammar, rules over them, and what the rules find."""
