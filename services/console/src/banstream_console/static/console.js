// Keeps the wall in step without a reload. Everything works without this file too.

const POLL_MILLISECONDS = 30_000;
const RETRY_LIVE_MILLISECONDS = 300_000;
const RELATIVE_DAYS = 7;

const language = document.documentElement.lang;
const absolute = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const full = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" }); // what was 35 hours ago was not yesterday
const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

const live = document.getElementById("live");
let shown = live.dataset.version;
let refreshing = null;
let again = false;
let polling = null;

function say(state) {
  const text = live.dataset[state];
  const place = live.querySelector(".live-text");
  if (place.textContent !== text) place.textContent = text;
  live.dataset.state = state;
}

// Times of the viewer: how long ago, and the whole of it on hover.
function tellTimes() {
  for (const time of document.querySelectorAll("time")) {
    const moment = new Date(time.dateTime);
    const seconds = (moment - Date.now()) / 1000;
    const isNear = "relative" in time.dataset && Math.abs(seconds) < RELATIVE_DAYS * 86_400;
    const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS.at(-1);
    time.textContent = isNear ? relative.format(Math.round(seconds / size), unit) : absolute.format(moment);
    time.title = full.format(moment);
  }
}

const keyOf = (card) => `${card.querySelector("time").dateTime} ${card.querySelector(".name").textContent}`;

// Takes over the parts of a new page that change; what the viewer typed, opened or focused stays.
function replaceParts(page) {
  const before = new Set([...document.querySelectorAll(".card")].map(keyOf));
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = page.getElementById(part.id);
    if (!next || part.innerHTML === next.innerHTML) continue;
    const open = [...part.querySelectorAll("details")].map((each) => each.open);
    const focused = [...part.querySelectorAll("a, summary, [tabindex]")].indexOf(document.activeElement);
    part.replaceChildren(...next.childNodes);
    part.querySelectorAll("details").forEach((each, place) => { each.open = open[place] ?? false; });
    if (focused >= 0) part.querySelectorAll("a, summary, [tabindex]")[focused]?.focus({ preventScroll: true });
  }
  for (const card of document.querySelectorAll(".card")) {
    if (before.size && !before.has(keyOf(card))) card.classList.add("fresh");
  }
  tellTimes();
}

async function refresh() {
  if (refreshing) {
    again = true;
    return refreshing;
  }
  refreshing = (async () => {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      shown = page.getElementById("live").dataset.version;
      replaceParts(page);
    } catch {
      // The next change or the next poll tries again.
    } finally {
      refreshing = null;
    }
  })();
  await refreshing;
  if (again) {
    again = false;
    await refresh();
  }
}

function poll() {
  say("polling");
  polling ??= setInterval(refresh, POLL_MILLISECONDS);
  setTimeout(follow, RETRY_LIVE_MILLISECONDS);
}

function follow() {
  if (!("EventSource" in window)) return poll();
  const source = new EventSource(live.dataset.source);
  source.addEventListener("version", (event) => {
    clearInterval(polling);
    polling = null;
    say("on");
    if (event.data !== shown) refresh();
  });
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) poll();
    else say("lost");
  };
}

tellTimes();
setInterval(tellTimes, 60_000);
follow();
