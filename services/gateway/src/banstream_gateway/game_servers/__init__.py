"""What gateways know of the game servers that speak GFLBans: beats, RPC events, addresses, targets of calls."""
