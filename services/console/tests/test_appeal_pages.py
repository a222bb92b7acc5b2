"""The pages of appeals: whoever holds the code asks, reads and answers; nobody else learns anything."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from services.console.tests.conftest import Wall

from banstream_console.public.appeals.forms import LONGEST_TEXT
from banstream_contracts import subjects
from banstream_contracts.appeals import Appeal, Verdict
from banstream_contracts.commands.appeals import AnswerAppeal, DecideAppeal
from banstream_contracts.commands.infractions import ReinstateInfraction
from banstream_contracts.infractions import Actor
from banstream_contracts.queries.appeals import AppealPage, ListAppeals
from banstream_contracts.text import LINE_END
from banstream_privacy.appeal_codes import appeal_code, appeal_key
from banstream_privacy.transit import seal, sealing_public_key
from banstream_runtime.identifiers import new_id
from banstream_testing.browser import Page, browser_page
from banstream_testing.console import Console, console
from banstream_testing.infractions import MASTER_KEY

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = appeal_key(MASTER_KEY)
PUBLIC = sealing_public_key(MASTER_KEY)
ALICE = Actor(kind="token", id="5" * 24, name="Alice")
STORY = 'My <b>brother</b> & "friends" played\r\n\r\non that day'
WRONG = "do not go together"


@dataclass(frozen=True, slots=True)
class Answered:
    """What a form was answered with."""

    status: int
    text: str
    headers: Any

    @property
    def once(self) -> str:
        """The hidden field that makes a form count once."""
        found = re.search(r'name="once" value="([^"]+)"', self.text)
        return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at the pages with one infraction in hand."""

    console: Console
    infraction_id: str
    code: str

    async def send(self, headers: Any = None, path: str = "/appeal", **fields: str) -> Answered:
        """One form."""
        form = {"infraction": self.infraction_id, "code": self.code, **fields}
        async with self.console.http.post(f"{self.console.url}{path}", data=form, headers=headers) as answer:
            return Answered(answer.status, await answer.text(), answer.headers)

    async def open(self, **fields: str) -> Answered:
        """An appeal, by the form that is shown."""
        shown = await self.send()
        return await self.send(**{"do": "open", "reason": "not_me", "text": STORY, "once": shown.once, **fields})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pages(wall: Wall) -> AsyncIterator[Console]:
    async with console(wall.nats, sealing_public_key=PUBLIC.hex(), console_trusted_proxies=1) as made:
        yield made


async def visitor(pages: Console, wall: Wall, name: str = "Griefer", **changes: Any) -> Visitor:
    infraction_id = await wall.ban(name, **changes)
    return Visitor(pages, infraction_id, appeal_code(KEY, infraction_id))


def about(**values: Any) -> dict[str, Any]:
    return {
        "command_id": new_id(),
        "issued_at": datetime.now(UTC),
        "correlation_id": new_id(),
        "actor": ALICE,
        **values,
    }


async def appeal_of(wall: Wall, who: Visitor) -> Appeal:
    question = ListAppeals(infraction_id=who.infraction_id).model_dump_json(exclude_none=True).encode()
    reply = await wall.bus.client.request(subjects.QUERY_APPEALS, question, timeout=30)
    [found] = AppealPage.model_validate_json(reply.data).items
    return found


async def staff_says(wall: Wall, appeal: Appeal, text: str, **changes: Any) -> None:
    said = AnswerAppeal(**about(appeal_id=appeal.id, side="staff", sealed_text=seal(PUBLIC, text), **changes))
    assert (await wall.bus.send(said)).status == "applied"


async def decide(wall: Wall, appeal: Appeal, verdict: Verdict, text: str = "We <looked> again") -> None:
    decided = DecideAppeal(**about(appeal_id=appeal.id, verdict=verdict, text=text))
    assert (await wall.bus.send(decided)).status == "applied"


async def test_an_appeal_is_opened_answered_and_decided(pages: Console, wall: Wall) -> None:
    who = await visitor(pages, wall, "<script>alert(1)</script>")
    seen = await who.send(code=who.code.lower().replace("-", ""))
    assert (seen.status, "&lt;script&gt;alert(1)" in seen.text, "<script>" in seen.text) == (200, True, False)
    opened = await who.open()
    assert (opened.status, "The appeal was sent" in opened.text) == (200, True)
    assert "My &lt;b&gt;brother&lt;/b&gt; &amp; &#34;friends&#34; played</p>" in opened.text
    assert "on that day" in opened.text
    appeal = await appeal_of(wall, who)
    await staff_says(wall, appeal, "he is lying", internal=True)
    await staff_says(wall, appeal, "Which day was it?")
    read = await who.send()
    assert ("Which day was it?" in read.text, "he is lying" in read.text, "Alice" in read.text) == (True, False, False)
    answered = await who.send(do="answer", text="Monday", once=read.once)
    assert ("Monday" in answered.text, "Your answer was sent" in answered.text) == (True, True)
    await decide(wall, appeal, Verdict.OVERTURNED)
    decided = await who.send()
    assert all(each in decided.text for each in ("the ban was lifted", "We &lt;looked&gt; again", "It has ended"))
    assert 'name="text"' not in decided.text
    late = await who.send(do="answer", text="thanks", once="x")
    assert (late.status, "has been decided" in late.text) == (409, True)
    assert "thanks</textarea>" in late.text


async def test_a_ban_that_is_put_back_after_the_decision_is_said_to_be_in_force(pages: Console, wall: Wall) -> None:
    who = await visitor(pages, wall)
    await who.open()
    await decide(wall, await appeal_of(wall, who), Verdict.OVERTURNED)
    again = "put back in force"
    assert again not in (await who.send()).text
    back = ReinstateInfraction(**about(infraction_id=who.infraction_id, reason="the account was stolen"))
    assert (await wall.bus.send(back)).status == "applied"
    seen = (await who.send()).text
    assert (again in seen, "It has ended" in seen) == (True, False)


async def test_the_same_form_twice_is_one_appeal_and_one_answer(pages: Console, wall: Wall) -> None:
    who = await visitor(pages, wall)
    once = (await who.send()).once
    for _ in range(2):
        assert (await who.open(once=once)).status == 200
    once = (await who.send()).once
    for _ in range(2):
        assert (await who.send(do="answer", text="again", once=once)).status == 200
    assert (await appeal_of(wall, who)).answer_count == 2


async def test_an_answer_that_is_gone_back_to_and_written_anew_is_another_one(pages: Console, wall: Wall) -> None:
    who = await visitor(pages, wall)
    await who.open()
    once = (await who.send()).once
    for text in ("It was Monday", "It was Monday", "It was Monday. My brother can tell you."):
        read = await who.send(do="answer", text=text, once=once)
        assert (read.status, f'<p dir="auto">{text}</p>' in read.text) == (200, True)
    assert (await appeal_of(wall, who)).answer_count == 3


async def test_names_and_reasons_turn_nothing_around_and_hide_nothing(pages: Console, wall: Wall) -> None:
    who = await visitor(pages, wall, "abc\u202egnp.exe\u200b", reason="Z" + "\u0336" * 40)
    text = (await who.send()).text
    assert "abcgnp.exe" in text
    assert not {sign for sign in ("\u202e", "\u200b", "\u0336" * 5) if sign in text}


async def test_what_was_said_keeps_its_lines_and_turns_nothing_around(pages: Console, wall: Wall) -> None:
    who = await visitor(pages, wall)
    await who.open(text="It was\u202e me.\r\nNot my brother.")
    appeal = await appeal_of(wall, who)
    await staff_says(wall, appeal, "Which\u202e day?")
    await decide(wall, appeal, Verdict.OVERTURNED, f"It was lag.{LINE_END}We are\u202e sorry.")
    shown = (await who.send()).text
    for line in ("It was me.", "Not my brother.", "Which day?", "It was lag.", "We are sorry."):
        assert f'<p dir="auto">{line}</p>' in shown
    assert "\u202e" not in shown


async def test_after_an_upheld_ban_the_page_says_when_to_come_back(pages: Console, wall: Wall) -> None:
    who = await visitor(pages, wall)
    await who.open()
    await decide(wall, await appeal_of(wall, who), Verdict.UPHELD)
    seen = await who.send()
    assert ("the ban stays" in seen.text, "A new one is possible from" in seen.text) == (True, True)
    again = await who.send(do="open", reason="sorry", text="please", once="y")
    assert (again.status, "Come back later" in again.text) == (409, True)


async def test_a_wrong_code_and_an_unknown_infraction_look_the_same(pages: Console, wall: Wall) -> None:
    who = await visitor(pages, wall)
    answers = [
        await who.send({"X-Forwarded-For": "192.0.2.50"}, **wrong)
        for wrong in ({"code": "00000-00000"}, {"infraction": "f" * 24}, {"infraction": "x"}, {"code": ""})
    ]
    assert [each.status for each in answers] == [403] * 4
    assert all(WRONG in each.text and "Griefer" not in each.text for each in answers)
    bare = [re.sub(r'value="[^"]*"', "", each.text) for each in answers]
    assert len(set(bare)) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": "because", "text": "x"}, "Choose why"),
        ({"reason": "not_me", "text": " \n "}, "Write what happened"),
        ({"reason": "not_me", "text": "x" * (LONGEST_TEXT + 1)}, "too long"),
        ({"reason": "not_me", "text": "\n".join(["x"] * (LONGEST_TEXT // 2))}, "each new line counts as three"),
    ],
    ids=["no-reason", "no-text", "long", "lines"],
)
async def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    pages: Console, wall: Wall, fields: dict[str, str], said: str
) -> None:
    who = await visitor(pages, wall)
    refused = await who.send(do="open", once="z", **fields)
    assert (refused.status, said in refused.text) == (422, True)
    assert fields["text"].strip() in refused.text


async def test_what_another_site_sends_is_refused(pages: Console, wall: Wall) -> None:
    who = await visitor(pages, wall)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        refused = await who.send(headers)
        assert (refused.status, "Griefer" in refused.text) == (403, False)
    own = {"Sec-Fetch-Site": "same-origin", "Origin": pages.url}
    assert (await who.send(own)).status == 200


async def test_who_tries_codes_is_stopped_and_others_are_not(pages: Console, wall: Wall) -> None:
    who = await visitor(pages, wall)
    evil = {"X-Forwarded-For": "203.0.113.66"}
    tried = [await who.send(evil, code=f"00000-0000{number}") for number in range(10)]
    assert {each.status for each in tried} == {403}
    stopped = await who.send(evil)
    assert (stopped.status, int(stopped.headers["Retry-After"]) > 3000) == (429, True)
    assert "Wait 60 minutes" in stopped.text
    assert (await who.send({"X-Forwarded-For": "203.0.113.67"})).status == 200


async def test_nothing_of_an_appeal_is_kept_or_told_elsewhere(pages: Console, wall: Wall) -> None:
    who = await visitor(pages, wall)
    for answer in (await who.send(), await pages.get("/appeal")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Appeal"), ("es", "Apelación"), ("pt-BR", "Recurso"), ("zh-CN", "申诉")]
)
async def test_the_form_speaks_every_language(pages: Console, language: str, said: str) -> None:
    answer = await pages.get(f"/appeal/{'a' * 24}?lang={language}")
    assert (answer.status, f'<h1 class="heading">{said}</h1>' in answer.text) == (200, True)
    assert f'value="{"a" * 24}"' in answer.text


async def test_another_language_shows_the_door_as_it_was_filled_in_and_tries_no_code(
    pages: Console, wall: Wall
) -> None:
    who, somewhere = await visitor(pages, wall), {"X-Forwarded-For": "203.0.113.68"}
    for _ in range(12):
        door = await who.send(somewhere, "/appeal?lang=es", again="door", code="HALF-")
        kept = 'value="HALF-"' in door.text, f'value="{who.infraction_id}"' in door.text
        assert (door.status, *kept) == (200, True, True)
    assert ('lang="es"' in door.text, "Griefer" in door.text) == (True, False)
    assert (await who.send(somewhere)).status == 200


async def test_another_language_shows_the_case_as_it_was_filled_in_and_sends_nothing(
    pages: Console, wall: Wall
) -> None:
    who = await visitor(pages, wall)
    typed = {"do": "open", "reason": "not_me", "text": "It was & half", "once": "x", "again": "case"}
    case = await who.send(path="/appeal?lang=pt-BR", **typed)
    assert (case.status, "It was &amp; half</textarea>" in case.text) == (200, True)
    assert ('<html lang="pt-BR">' in case.text, 'value="not_me" selected' in case.text) == (True, True)
    assert "appeal-done" not in case.text
    assert (await who.send(path="/appeal?lang=pt-BR", **{**typed, "code": "00000-00000"})).status == 403
    opened = await who.open()
    answer = {"do": "answer", "text": "and half of this", "once": opened.once, "again": "case"}
    again = await who.send(path="/appeal?lang=es", **answer)
    assert (again.status, "and half of this</textarea>" in again.text) == (200, True)
    assert (await appeal_of(wall, who)).answer_count == 1
    await decide(wall, await appeal_of(wall, who), Verdict.UPHELD)
    assert "We &lt;looked&gt; again" in (await who.send(path="/appeal?lang=es", again="case")).text


async def test_without_a_key_there_are_no_appeals(wall: Wall) -> None:
    async with console(wall.nats) as made:
        assert (await made.get("/appeal")).status == 404
        assert "/appeal" not in (await made.get("/hall-of-shame")).text


async def test_while_infractions_is_away_nothing_is_claimed(wall: Wall) -> None:
    async with console(wall.nats, sealing_public_key=PUBLIC.hex(), query_timeout_seconds=0.000_001) as made:
        answered = await Visitor(made, "a" * 24, "x").send()
        assert answered.status == 503
        assert WRONG not in answered.text


async def _fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        await page.until(f"!!document.querySelector('#{name}')")
        await page.value(f"document.querySelector('#{name}').value = {value!r}")
    await page.value("document.querySelector('.appeal-form').requestSubmit()")


async def _shows(page: Page, text: str) -> None:
    """Wait for it on a page that is whole."""
    await page.until(f"document.readyState === 'complete' && document.body.textContent.includes({text!r})")


async def test_in_a_browser_an_appeal_fits_a_phone_and_needs_no_script(pages: Console, wall: Wall) -> None:
    who = await visitor(pages, wall)
    async with browser_page(width=320) as page:
        await page.open(f"{pages.url}/appeal/{who.infraction_id}?lang=en")
        await _shows(page, "Type the two things")
        assert await page.value("document.scripts.length") == 0
        await _fill(page, code=who.code)
        await _shows(page, "Open an appeal")
        assert await page.value("document.documentElement.scrollWidth") <= 320
        await _fill(page, reason="not_me", story="A" * 60 + " it was my brother")
        await _shows(page, "The appeal was sent")
        assert await page.value("document.documentElement.scrollWidth") <= 320


async def test_in_a_browser_another_language_loses_neither_the_code_nor_the_case(pages: Console, wall: Wall) -> None:
    who = await visitor(pages, wall)
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
    async with browser_page(width=320) as page:
        await page.open(f"{pages.url}/appeal/{who.infraction_id}?lang=en")
        await _shows(page, "Type the two things")
        await page.value(f"document.querySelector('#code').value = {who.code!r}")
        await _speak(page, "es")
        assert await page.value("document.querySelector('#code').value") == who.code
        await page.value("document.querySelector('#code').focus()")
        await page.call("Input.dispatchKeyEvent", type="keyDown", **enter)
        await page.until("!!document.querySelector('#story')")
        assert await page.value("document.documentElement.lang") == "es"
        form = "document.querySelector('.appeal-form')"
        await page.value(f"{form}.reason.value = 'not_me'; {form}.text.value = 'a\\nb'")
        await _speak(page, "pt-BR")
        assert await page.value(f"[{form}.reason.value, {form}.text.value]") == ["not_me", "a\nb"]
        assert await page.value("document.documentElement.scrollWidth") <= 320
        await page.value("document.querySelector('.appeal-form').requestSubmit()")
        await page.until("!!document.querySelector('.appeal-answers')")
        assert await page.value("document.documentElement.lang") == "pt-BR"


async def _speak(page: Page, language: str) -> None:
    await page.value(f"document.querySelector('.languages [lang=\"{language}\"]').click()")
    await page.until(f"document.readyState === 'complete' && document.documentElement.lang === {language!r}")
