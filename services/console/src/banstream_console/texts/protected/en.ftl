protected-lead = No policy bans or kicks them by itself; what it would have done is reported.
protected-none = Nobody is protected
protected-none-text = Protect somebody whose reports you want to look at by hand, such as a streamer.
protected-add = Protect a player
protected-end = End the protection
protected-end-text = Policies act on { $player } again.
