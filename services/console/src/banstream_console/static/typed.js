// Another language is another page: what was typed, ticked and chosen here is taken along to it, once.
// A form that was sent by nobody who is signed in comes back whole (data-kept), and is taken along to its page in the same way.
// What answers a form itself (data-answers-form) is left like any page: read again or gone back to, it sends nothing once more.
"use strict";

const [TYPED, ACCOUNT] = ["typed", "account"];
const KEPT_MILLISECONDS = 3_600_000;
const ALSO_HIDDEN = ["once", "seen", "version"]; // which say what the form was made for; all else that is hidden is the page's own
const NEVER = ["password", "file", "submit"];
const formsHere = () => [...document.querySelectorAll("main form[method=post]")];
const addressOf = (form) => form.getAttribute("action").split("?")[0];
const isSecret = (field) => NEVER.includes(field.type) || "secret" in field.dataset;
const isBox = (field) => field.type === "checkbox" || field.type === "radio";

const { account } = document.body.dataset; // of who is signed in here
const forget = () => sessionStorage.removeItem(TYPED);

function takeAlong() {
  const kept = {};
  for (const form of formsHere()) {
    const fields = (kept[addressOf(form)] ??= {});
    for (const field of form.elements) {
      if (!field.name || field.name === "csrf" || isSecret(field)) continue;
      fields[field.name] ??= [];
      if (!isBox(field) || field.checked) fields[field.name].push(field.value);
    }
  }
  sessionStorage.setItem(TYPED, JSON.stringify({ kept, at: Date.now(), account: account ?? sessionStorage.getItem(ACCOUNT) }));
  setTimeout(forget, KEPT_MILLISECONDS);
}

// What was taken along not long ago by whoever is signed in now, or was last.
function taken() {
  const found = JSON.parse(sessionStorage.getItem(TYPED) ?? "{}");
  const left = found.at + KEPT_MILLISECONDS - Date.now();
  const isTheirs = !account || !found.account || found.account === account;
  if (!(left > 0 && isTheirs)) return forget() ?? {};
  setTimeout(forget, left);
  return found.kept;
}

function putBack(kept) {
  for (const form of formsHere().filter((form) => addressOf(form) in kept)) {
    const fields = kept[addressOf(form)];
    for (const field of form.elements) {
      const values = fields[field.name] ?? (isBox(field) ? [] : null); // a form that was sent leaves out what is not ticked
      if (!values || isSecret(field) || (field.type === "hidden" && !ALSO_HIDDEN.includes(field.name))) continue;
      if (isBox(field)) field.checked = values.includes(field.value);
      else if (values.length && (!field.options || [...field.options].some((each) => each.value === values[0]))) field.value = values[0];
    }
  }
}

const kept = taken();
const answersForm = document.querySelector("[data-answers-form], form[data-kept]");
if (document.querySelector("form[data-kept]")) {
  takeAlong();
  for (const said of document.querySelectorAll("[data-unless-kept], [data-kept-said]")) said.hidden = !said.hidden;
} else if (account) { // what is wrong may stand between, as where nobody answers, or signing in
  putBack(kept);
  forget();
  sessionStorage.setItem(ACCOUNT, account);
}
if (answersForm) history.replaceState(null, "", location.href);
if (account && answersForm) {
  let isSent = false;
  addEventListener("submit", () => { isSent = true; });
  addEventListener("pagehide", () => isSent || takeAlong());
  addEventListener("pageshow", (event) => event.persisted && forget());
}
for (const link of document.querySelectorAll(".languages a")) {
  link.addEventListener("click", (event) => event.ctrlKey || event.metaKey || event.shiftKey || document.body.matches(".outside") || takeAlong());
}
