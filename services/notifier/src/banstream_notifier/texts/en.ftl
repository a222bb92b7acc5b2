title-infraction-issued = { $what ->
    [ban] { $automatic ->
        [1] 🔨 AUTOMATIC BAN
       *[0] 🔨 Player banned
    }
    [warning] ⚠️ Warning
    [block] 🔇 Player restricted
   *[other] 🔨 Infraction recorded
}
title-infraction-amended = { $what ->
    [ban] ✏️ Ban changed
    [warning] ✏️ Warning changed
    [block] ✏️ Restriction changed
   *[other] ✏️ Infraction changed
}
title-infraction-lifted = { $what ->
    [ban] ✅ Ban lifted
    [warning] ✅ Warning lifted
    [block] ✅ Restriction lifted
   *[other] ✅ Infraction lifted
}
title-infraction-reduced = ✅ Part of the punishment lifted
title-infraction-reinstated = { $what ->
    [ban] 🔁 Ban back in force
    [warning] 🔁 Warning back in force
    [block] 🔁 Restriction back in force
   *[other] 🔁 Infraction back in force
}
title-infraction-expired = { $what ->
    [ban] ⌛ Ban ended
    [warning] ⌛ Warning ended
    [block] ⌛ Restriction ended
   *[other] ⌛ Infraction ended
}
title-abuse-detected = 👁️ Incident detected
title-abuse-threshold_reached = { $threshold ->
    [ban] 🚨 Threshold reached: ban
    [kick] 🚨 Threshold reached: kick
   *[warn] 🚨 Threshold reached: warning
}
title-abuse-alert_raised = 👁️ Suspicion: a detector saw something
title-log_source-added = 📄 Log source added
title-log_source-changed = 📄 Log source changed
title-log_source-paused = ⏸️ Log source paused
title-log_source-resumed = ▶️ Log source resumed
title-log_source-removed = 📄 Log source removed
title-abuse-kick_requested = 👢 Automatic kick
title-abuse-dismissed = 🗑️ Incidents dismissed
title-abuse-restored = ↩️ Incidents restored
title-abuse-count_restarted = 🔄 Counting begins anew
title-abuse-protected = 🛡️ Player protected
title-abuse-unprotected = 🛡️ Protection ended
title-policy-set = 📜 Policy set
title-policy-removed = 📜 Policy removed
title-credential-created = 🔑 Credential created
title-credential-rotated = 🔑 Credential has a new key
title-credential-revoked = 🔑 Credential revoked
title-request-opened = 🙋 Review requested
title-request-commented = 💬 Comment on a review request
title-request-assigned = 🙋 Review request assigned
title-request-approved = { $wanted ->
    [lift] ✅ Review request approved
   *[punish] 🔨 Review request approved
}
title-request-rejected = 🕊️ Review request rejected
title-server-message_sent = 💬 Message sent to the game
title-player-kick_requested = 👢 Kick requested
title-player-erased = 🧽 Player erased
title-abuse-forgotten = 🧽 Player forgotten
title-target-created = 🔔 Notification target created
title-target-changed = 🔔 Notification target changed
title-target-paused = ⏸️ Notification target paused
title-target-resumed = ▶️ Notification target resumed
title-target-broken = ❌ Notification target broken
title-target-removed = 🔕 Notification target removed
title-target-test_requested = ✅ Test message
title-target-redelivery_requested = 🔁 Redelivery requested
title-admin-set = 🛂 Admin rights set
title-admin-removed = 🛂 No longer an admin
title-network-marked = 🌐 Network marked
title-network-unmarked = 🌐 Network no longer marked
title-tiering-registered = 📶 Tiering policy registered
title-tiering-unlinked = 📶 Tiering policy taken out of use
title-call-opened = { $report ->
    [1] 🚨 Player reported: an admin is needed
   *[0] 🙋 An admin is needed
}
title-call-claimed = ✅ An admin has taken the call
title-other = ℹ️ Event
footer-infraction = Infraction ID: { $id }
footer-request = Request ID: { $id }
label-player = 👤 Player
label-player-id = 🆔 ID
label-severity = ⚠️ Severity
label-infraction = 🚨 Infraction
label-reason = 📋 Reason
label-punishment = ⛔ Punishment
label-ends = ⏳ Ends
label-where = 🌐 Holds
label-issuer = 👮 Issued by
label-issued-at = 🕒 Issued at
label-evidence = 🔍 Evidence
label-amended = ✏️ Changed
label-lifted = ✅ Lifted
label-reduced = ✅ Lifted in part
label-reinstated = 🔁 Back in force
label-expired = ⌛ Ended
label-name = 🏷️ Name
label-policy = 📜 Policy
label-text = 💬 Text
label-address = 🔗 Address
label-game = 🎮 Game
label-host-key = 🔑 Host key
label-type = 🏷️ Type
label-count = 🔢 Count
label-incidents = 🔢 Incidents
label-action = ➡️ Action
label-duration = ⏳ Duration
label-suggested = ⏳ Suggested duration
label-assignee = 🔎 Looked at by
label-server = 🖥️ Server
label-by = 👮 By
label-reported = 🎯 Reported player
label-admin = 👮 Admin
label-map = 🗺️ Map
label-connect = 🔗 Connect
label-called-at = 🕒 Called at
label-rights = 🛂 Rights
label-tiering = 📶 Tiering policy
label-network = 🌐 Network
call-open = (nobody yet)
call-taken = taken
severity-low = LOW
severity-medium = MEDIUM
severity-high = HIGH
severity-critical = CRITICAL
punishment-none = warning only
punishment-ban = ban
punishment-voice_block = no voice
punishment-chat_block = no chat
punishment-admin_chat_block = no admin chat
punishment-call_admin_block = no calling admins
punishment-item_block = no items
ends-never = permanent
ends-permanent = never (permanent)
ends-online = after { $time } of play
ends-session = with the session
time-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
time-hours = { $count } h
time-minutes = { $count } min
time-seconds = { $count } s
scope-server = only on the server { $server }
scope-global = on all servers
scope-community = in the whole community
actor-system = Anti-cheat system
address-hidden = IP address (not shown)
player-hidden = not shown
player-erased = erased
change-by = by { $staff }
change-taken-off = taken off: { $punishments }
change-exempt = { $players ->
    [0] players exempt from it: none any more
   *[other] players exempt from it: { $players }
}
evidence-cut = … { $left } more { $left ->
    [one] character
   *[other] characters
}; the infraction has the whole text.
count-of = { $count } (limit { $limit })
action-none = warn in the game
action-told = none, the game is told
action-kick = kick
action-ban = ban
action-ban-reviewed = ban, then ask for a review
action-review = ask for a review
action-unsure = credentials under review reported it
withheld-shadow = none: the policy is on trial
withheld-protected = none: the player is protected
title-ban_file-created = 📄 Ban file added
title-ban_file-changed = 📄 Ban file changed
title-ban_file-paused = ⏸️ Ban file paused
title-ban_file-resumed = ▶️ Ban file resumed
title-ban_file-removed = 🗑️ Ban file removed
title-ban_file-sync_requested = 🔁 Check of a ban file requested
title-ban_file-host_key_accepted = 🔑 Host key accepted
title-ban_file-drifted = ✏️ Somebody edited the ban file
title-ban_file-protected_met = 🛡️ Protected player kept out of a ban file
title-ban_file-refused = ❌ Ban file not written
title-ban_file-failed = ❌ Bans do not reach the ban file
title-ban_file-recovered = ✅ Bans reach the ban file again
label-out-of-step = 🕒 Not in step since
label-lines = 📏 Lines
drift-of = { $missing } missing, { $changed } changed
drift-repaired = put right again
drift-left = left as it is
label-bans = 🔨 Bans
title-appeal-opened = ⚖️ Appeal opened
title-appeal-answered = 💬 Answer in an appeal
title-appeal-assigned = 🙋 Appeal assigned
title-appeal-decided = ⚖️ Appeal decided
title-appeal-code_renewed = 🔑 New code for an appeal
footer-appeal = Appeal ID: { $id }
label-verdict = ⚖️ Decision
appeal-not_me = It was not me
appeal-did_not_do_it = I did not do that
appeal-false_positive = The detection was wrong
appeal-too_harsh = It is too harsh
appeal-sorry = I am sorry and want to come back
appeal-other = Something else
verdict-upheld = The infraction stays
verdict-reduced = The infraction was reduced
verdict-overturned = The infraction was lifted
title-account-invited = 👤 Account created
title-account-invitation_renewed = 👤 New link for an account
title-account-joined = 👤 Account activated
title-account-password_set = 🔑 Password set
title-account-role_changed = 🛂 Role changed
title-account-totp_enabled = 🔒 Second factor set up
title-account-totp_disabled = 🔓 Second factor removed
title-account-recovery_codes_renewed = 🔑 Recovery codes renewed
title-account-recovery_code_used = 🔑 Recovery code used
title-account-disabled = ⛔ Account disabled
title-account-enabled = 👤 Account enabled
title-account-sessions_revoked = 🚪 Signed out everywhere
title-account-signed_in = 🚪 Signed in
title-account-locked_out = 🔒 Sign-in locked
title-evidence-attached = 📎 Evidence file added
label-account = 👤 Account
label-role = 🛂 Role
label-wanted = ➡️ Asked for
wanted-punish = a ban
wanted-lift = lifting of bans
