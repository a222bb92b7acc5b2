// Many boxes of one form ticked at once, and how many are. Each works by itself without this file.
"use strict";

for (const bar of document.querySelectorAll(".ticks")) {
  const form = bar.closest("form");
  const boxes = [...form.querySelectorAll(`input[type=checkbox][name="${bar.dataset.of}"]`)];
  const all = bar.querySelector("[data-tick-all]");
  const told = bar.querySelector("[role=status]");
  const buttons = [...form.querySelectorAll("button[data-counted]")].map((button) => [button, button.textContent]);
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const count = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && !all.checked;
    const text = bar.dataset.told.replace("#", number.format(ticked)).replace("#", number.format(boxes.length));
    if (told.textContent !== text) told.textContent = text;
    for (const [button, name] of buttons) button.textContent = ticked ? `${name} (${number.format(ticked)})` : name;
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    count();
  });
  form.addEventListener("change", count);
  addEventListener("pageshow", count); // browsers fill in again what was ticked before somebody left
  bar.hidden = false;
  count();
}
