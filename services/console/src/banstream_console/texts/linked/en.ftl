linked-title = Others at the same address
linked-nobody = Nobody else is known at an address of this player.
linked-hint = It is no proof: a home, a school, a provider and a VPN have one address for many.
linked-strength-strong = Strong link
linked-strength-weak = Weak link
linked-strength-none = No link
linked-why-different_people = Staff let one of them in from the address of the other: they are different people.
linked-why-shared = Staff let somebody in from there: more than one person comes from it.
linked-why-crowd = { $players } players are known there.
linked-why-old = One of them was last known there more than 30 days ago.
linked-why-together = Both were known there in the last 30 days, and nothing speaks against it.
linked-binds = binds others now
linked-theirs = The other
linked-own = This player
linked-infractions = { $count ->
    [one] 1 infraction
   *[other] { $count } infractions
}
linked-let-in = let in by staff
linked-apart = They are different people: let one of them in
linked-more = The newest { $shown } of { $total } are shown.
linked-addresses = Of { $total } addresses the newest { $shown } were looked at.
linked-binds-also = Binds also
linked-known-there = { $players ->
    [one] 1 other player known at this address
   *[other] { $players } other players known at this address
}
