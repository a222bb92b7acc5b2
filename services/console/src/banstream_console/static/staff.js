// A little liveness for pages that work without it: times in the viewer's zone, forms that are sent once.
"use strict";

const UNITS = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
const language = document.documentElement.lang;
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const absolute = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
const brief = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

function sayMoments(root) {
  for (const element of root.querySelectorAll("time[data-moment]")) {
    const moment = new Date(element.dateTime);
    const seconds = (moment - Date.now()) / 1000;
    const [unit, length] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ["second", 1];
    const ago = relative.format(Math.trunc(seconds / length), unit);
    element.textContent = element.closest(".facts") ? `${ago} (${brief.format(moment)})` : ago;
    element.title = absolute.format(moment);
  }
}

sayMoments(document);
setInterval(() => sayMoments(document), 30000);
addEventListener("banstream:changed", (event) => sayMoments(event.target));

// A second press while a form is on its way does nothing; coming back to the page frees it.
addEventListener("submit", (event) => {
  if (event.target.dataset.sent) {
    event.preventDefault();
  } else if (event.target.method === "post") {
    event.target.dataset.sent = "yes";
  }
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

// Pages that name an address in data-live are read anew when something has changed there.
// `data-live-part` names the elements (by id) that are replaced, `data-live-version` what they were read at. Changes while a page is being read make one more reading.
for (const element of document.querySelectorAll("[data-live]")) {
  const source = new EventSource(element.dataset.live);
  const badge = document.querySelector(".live");
  let [shown, told, isReading] = [element.dataset.liveVersion ?? null, null, false];
  const readAnew = async () => {
    const address = location.href;
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (address !== location.href) return; // a search has shown something else meanwhile
    for (const part of element.dataset.livePart.split(" ")) {
      const [old, fresh] = [document.getElementById(part), page.getElementById(part)];
      if (old && fresh && !old.contains(document.activeElement)) {
        old.replaceWith(fresh);
        fresh.dispatchEvent(new CustomEvent("banstream:changed", { bubbles: true }));
      }
    }
  };
  source.onopen = () => badge && (badge.dataset.state = "on");
  source.onerror = () => badge && (badge.dataset.state = "lost");
  source.addEventListener("version", async (event) => {
    told = event.data;
    shown ??= told;
    if (isReading) return;
    isReading = true;
    try {
      while (shown !== told) {
        shown = told;
        await readAnew();
      }
    } finally {
      isReading = false;
    }
  });
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
    if (!answer.ok || mine !== number) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [old, fresh] = [document.getElementById(form.dataset.search), page.getElementById(form.dataset.search)];
    if (!old || !fresh || mine !== number) return;
    old.replaceChildren(...fresh.childNodes);
    old.dispatchEvent(new CustomEvent("banstream:changed", { bubbles: true }));
    history.replaceState(null, "", address);
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 250);
  });
}
