"""GFLBans' plugin API: what SourceMod and CS2 plugins in the field speak (docs/gflbans.md)."""
