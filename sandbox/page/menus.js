// What opens over the page: menus beside their buttons, the choice of an emoji, the choice of a file.

import { $, $$, icon, make } from "./elements.js";
import { shown } from "./message.js";

const EMOJI = ["👍", "❤", "🔥", "😁", "🙏", "👎"];

function stand(menu, by) {
  menu.showPopover();
  const at = by.getBoundingClientRect(), own = menu.getBoundingClientRect(), gap = 6;
  const below = at.bottom + gap + own.height < innerHeight;
  menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - own.width - 8))}px`;
  menu.style.top = `${Math.max(8, below ? at.bottom + gap : at.top - own.height - gap)}px`;
}

for (const button of $$("[popovertarget]")) {
  const menu = document.getElementById(button.getAttribute("popovertarget"));
  menu.addEventListener("toggle", (event) => {
    button.setAttribute("aria-expanded", String(event.newState === "open"));
    if (event.newState === "open") stand(menu, button);
  });
}

let chosenEmoji = () => {};
export function askEmoji(button, chosen) {
  chosenEmoji = chosen;
  stand($("#emoji"), button);
  $("#emoji button").focus();
}
$("#emoji").append(...[...EMOJI, ""].map((emoji) => {
  const button = make("button", "", shown(emoji));
  button.type = "button";
  if (!emoji) button.append(icon("close"));
  button.setAttribute("aria-label", emoji || "Take the reaction back");
  button.addEventListener("click", () => { chosenEmoji(emoji); $("#emoji").hidePopover(); });
  return button;
}));

let attachTo = null;
export function askKind(button, pane) {
  attachTo = pane;
  for (const item of $$("[data-kind=place], [data-kind=contact]", $("#attach"))) item.hidden = pane.id === "desk";
  stand($("#attach"), button);
  $("#attach button").focus();
}
for (const button of $$("#attach button")) {
  button.addEventListener("click", () => {
    $("#attach").hidePopover();
    if (button.dataset.kind === "own") $("#own").click();
    else attachTo.attach(button.dataset.kind);
  });
}
$("#own").addEventListener("change", (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  const reader = new FileReader();
  reader.addEventListener("load", () => attachTo.attach("photo", { content: reader.result.split(",")[1], name: file.name, mime: file.type }));
  reader.readAsDataURL(file);
});
