// Another language is another page: what was typed, ticked and chosen here is taken along to it, once.
// A form that was sent by nobody who is signed in comes back whole (data-kept), and is taken along to its page in the same way.
"use strict";

const TYPED = "typed";
const ALSO_HIDDEN = ["once", "seen", "version"]; // which say what the form was made for; all else that is hidden is the page's own
const NEVER = ["password", "file", "submit"];
const formsHere = () => [...document.querySelectorAll("main form[method=post]")];
const addressOf = (form) => form.getAttribute("action").split("?")[0];
const isBox = (field) => field.type === "checkbox" || field.type === "radio";

function takeAlong() {
  const kept = {};
  for (const form of formsHere()) {
    const fields = (kept[addressOf(form)] ??= {});
    for (const field of form.elements) {
      if (!field.name || field.name === "csrf" || NEVER.includes(field.type)) continue;
      fields[field.name] ??= [];
      if (!isBox(field) || field.checked) fields[field.name].push(field.value);
    }
  }
  sessionStorage.setItem(TYPED, JSON.stringify(kept));
}

function putBack() {
  const kept = JSON.parse(sessionStorage.getItem(TYPED) ?? "{}");
  const forms = formsHere().filter((form) => addressOf(form) in kept);
  if (document.body.matches(".staff")) sessionStorage.removeItem(TYPED); // what is wrong may stand between, as where nobody answers
  for (const form of forms) {
    const fields = kept[addressOf(form)];
    for (const field of form.elements) {
      const values = fields[field.name] ?? (isBox(field) ? [] : null); // a form that was sent leaves out what is not ticked
      if (!values || NEVER.includes(field.type) || (field.type === "hidden" && !ALSO_HIDDEN.includes(field.name))) continue;
      if (isBox(field)) field.checked = values.includes(field.value);
      else if (values.length && (!field.options || [...field.options].some((each) => each.value === values[0]))) field.value = values[0];
    }
  }
}

if (document.querySelector("form[data-kept]")) {
  takeAlong();
  for (const said of document.querySelectorAll("[data-unless-kept], [data-kept-said]")) said.hidden = !said.hidden;
} else {
  putBack();
}
for (const link of document.querySelectorAll(".languages a")) {
  link.addEventListener("click", (event) => event.ctrlKey || event.metaKey || event.shiftKey || takeAlong());
}
