"""Accounts: signing in and out, joining by a link, one's own account, those of others, and old addresses."""

from banstream_console.access.routing import Entry, Page
from banstream_console.staff.guard import SIGN_IN
from banstream_console.staff.signing_in import account_page, accounts_page, join_page, legacy, login_page
from banstream_contracts.admins import Right

_OWN, _ALL = account_page.PATH, accounts_page.PATH
_ONE = f"{_ALL}/{{account_id:[0-9a-f]{{24}}}}"
_MANAGE = Right.MANAGE_ADMINS

PAGES = (
    Page("GET", SIGN_IN, login_page.show, who="everybody"),
    Page("POST", SIGN_IN, login_page.sign_in, who="everybody", has_csrf=False),
    Page("GET", "/logout", login_page.sign_out, who="everybody"),
    Page("POST", "/logout", login_page.sign_out, who="everybody"),
    Page("GET", "/join/{token}", join_page.show, who="everybody"),
    Page("POST", "/join/{token}", join_page.join, who="everybody", has_csrf=False),
    Page("GET", _OWN, account_page.show),
    Page("POST", f"{_OWN}/password", account_page.set_password),
    Page("GET", f"{_OWN}/totp", account_page.show_totp),
    Page("POST", f"{_OWN}/totp", account_page.enable_totp),
    Page("POST", f"{_OWN}/totp/disable", account_page.disable_totp),
    Page("POST", f"{_OWN}/recovery-codes", account_page.renew_recovery_codes),
    Page("POST", f"{_OWN}/sessions/others/end", account_page.end_other_sessions),
    Page("POST", f"{_OWN}/sessions/{{key:[0-9a-f]{{64}}}}/end", account_page.end_session),
    Page("GET", _ALL, accounts_page.show_all, _MANAGE),
    Page("POST", _ALL, accounts_page.invite, _MANAGE),
    Page("GET", _ONE, accounts_page.show, _MANAGE),
    Page("POST", f"{_ONE}/invitation", accounts_page.renew_invitation, _MANAGE),
    Page("POST", f"{_ONE}/role", accounts_page.change_role, _MANAGE),
    Page("POST", f"{_ONE}/disable", accounts_page.disable, _MANAGE),
    Page("POST", f"{_ONE}/{{what:enable|disable-totp|revoke-sessions}}", accounts_page.change_plainly, _MANAGE),
    *legacy.PAGES,
)
ENTRIES = (
    Entry("nav-account", _OWN, "nav-group-system"),
    Entry("nav-accounts", _ALL, "nav-group-system", _MANAGE),
)
