// A little liveness for pages that work without it: times in the viewer's zone, forms that are sent once.
"use strict";

const UNITS = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
const language = document.documentElement.lang;
const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" }); // what is 47 hours away is not tomorrow
const absolute = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" }); // which names the zone
const brief = new Intl.DateTimeFormat(language, { year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short" });

function sayMoments(root) {
  for (const element of root.querySelectorAll("time[data-moment]")) {
    const moment = new Date(element.dateTime);
    const seconds = (moment - Date.now()) / 1000;
    const [unit, length] = UNITS.find(([, each]) => Math.abs(seconds) >= 2 * each) ?? ["second", 1];
    const ago = relative.format(Math.trunc(seconds / length), unit);
    element.textContent = element.closest(".facts, [data-exact]") ? `${ago} (${brief.format(moment)})` : ago;
    element.title = absolute.format(moment);
  }
}

sayMoments(document);
setInterval(() => sayMoments(document), 30000);
addEventListener("banstream:changed", (event) => sayMoments(event.target));

// Without cookies signing in would lead to signing in.
for (const notice of document.querySelectorAll("[data-without-cookies]")) notice.hidden = navigator.cookieEnabled;

// A second press while a form is on its way does nothing; coming back to the page frees it, and so does time: somebody may have stopped it.
const free = (form) => delete form.dataset.sent;
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
  } else if (form.method === "post") {
    form.dataset.sent = "yes";
    setTimeout(free, 8000, form);
  }
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(free));

// Pages that name an address in data-live are read anew when something has changed there.
// `data-live-part` names the elements (by id) that are replaced, `data-live-version` what they were read at. Changes while a page is being read make one more reading.
for (const element of document.querySelectorAll("[data-live]")) {
  const badge = document.querySelector(".live");
  const parts = element.dataset.livePart.split(" ");
  let [shown, told, isReading, isBehind] = [element.dataset.liveVersion ?? null, null, false, false];
  const isHeld = (part) => document.getElementById(part)?.contains(document.activeElement);
  const isTyping = () => document.activeElement?.matches("input, textarea, select");
  const hasEnded = () => [...document.querySelectorAll("[data-ends] time")].some((time) => new Date(time.dateTime) < Date.now());
  const readAnew = async () => {
    const address = location.href;
    const answer = await fetch(address, { headers: { Accept: "text/html", "X-By-Itself": "yes" } }); // which is no use of the session
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (address !== location.href) return; // a search has shown something else meanwhile
    isBehind = !answer.ok || parts.some(isHeld) || (answer.redirected && isTyping());
    if (answer.redirected) return isBehind || location.assign(answer.url); // signed out meanwhile; a search leads there with what was typed
    if (!answer.ok) return;
    for (const part of parts.filter((each) => !isHeld(each))) {
      const [old, fresh] = [document.getElementById(part), page.getElementById(part)];
      if (old && fresh) {
        old.replaceWith(fresh);
        fresh.dispatchEvent(new CustomEvent("banstream:changed", { bubbles: true }));
      }
    }
  };
  const read = async () => {
    if (isReading) return;
    isReading = true;
    try {
      do {
        shown = told;
        await readAnew();
      } while (shown !== told);
    } catch {
      isBehind = true;
    } finally {
      isReading = false;
    }
  };
  // What was held by the focus, could not be read, or has reached its end since.
  setInterval(() => (isBehind || hasEnded()) && !parts.some(isHeld) && read(), 5000);
  const say = (state) => {
    if (!badge) return;
    badge.dataset.state = state;
    badge.querySelector(".live-text").textContent = badge.dataset[state];
  };
  const follow = () => {
    const source = new EventSource(element.dataset.live);
    source.onopen = () => say("on");
    source.onerror = () => {
      say("lost");
      if (source.readyState !== EventSource.CLOSED) return;
      read(); // which says why, as where somebody was signed out
      setTimeout(follow, 5000); // the browser itself does not try again after an answer such as 502
    };
    source.addEventListener("version", (event) => {
      told = event.data;
      shown ??= told;
      if (shown !== told) read();
    });
  };
  follow();
}

// A list that is searched as one types: `data-search` names the element (by id) that is replaced. The address follows.
for (const form of document.querySelectorAll("form[data-search]")) {
  let timer = null;
  let number = 0;
  const search = async () => {
    const mine = ++number;
    const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    const address = asked.size ? `${form.action}?${asked}` : form.action;
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [old, fresh] = [document.getElementById(form.dataset.search), page.getElementById(form.dataset.search)];
    if (!old || mine !== number) return;
    if (!fresh) return location.assign(address); // signed out meanwhile, or something broke: that page says which
    const wrong = answer.ok ? [] : page.querySelectorAll("main > .notice.bad"); // results of another search would mislead
    old.replaceChildren(...wrong, ...fresh.childNodes);
    old.dispatchEvent(new CustomEvent("banstream:changed", { bubbles: true }));
    document.querySelectorAll(".languages a").forEach((link, place) => {
      link.href = page.querySelectorAll(".languages a")[place].getAttribute("href"); // what is shown now, in that language
    });
    history.replaceState(null, "", address);
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 250);
  });
}
