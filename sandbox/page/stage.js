// The stage around the panes: how the platforms are today, what time it is, and who helps to answer.

import { $, $$, make } from "./elements.js";
import { act, view } from "./server.js";

const PLATFORMS = { telegram: "Telegram", whatsapp: "WhatsApp" };
const TROUBLES = { none: "Fine", slow: "Slow", busy: "Too many requests", down: "Down" };

for (const group of $$("[data-trouble]")) {
  for (const [kind, name] of Object.entries(TROUBLES)) {
    const label = make("label"), radio = make("input");
    Object.assign(radio, { type: "radio", name: `trouble-${group.dataset.trouble}`, value: kind });
    radio.addEventListener("change", () => act("stage/trouble", { platform: group.dataset.trouble, kind }));
    label.append(radio, name);
    group.append(label);
  }
}
$("#later").addEventListener("click", () => act("stage/later"));

export function showStage() {
  for (const element of $$("[data-bot]")) element.textContent = view.bot.name;
  $("#model").hidden = !view.stage.model;
  showTrouble(view.stage.trouble);
}

function showTrouble(trouble) {
  for (const [platform, kind] of Object.entries(trouble)) {
    $(`[name=trouble-${platform}][value=${kind}]`).checked = true;
  }
  const wrong = Object.entries(trouble).filter(([, kind]) => kind !== "none");
  $("#trouble-name").textContent = wrong.length
    ? wrong.map(([platform, kind]) => `${PLATFORMS[platform]}: ${TROUBLES[kind].toLowerCase()}`).join(", ") : "Make trouble";
  $("[popovertarget=trouble]").classList.toggle("alarm", wrong.length > 0);
}
