// The four steps that a newcomer tries, ticked off as they are taken.

import { $$ } from "./elements.js";
import { view } from "./server.js";

export function showSteps() {
  const customers = [...view.telegram.users, ...view.whatsapp.users];
  document.body.classList.toggle("is-started", customers.some((user) => user.messages.length));
  const taken = stepsTaken(customers);
  let next = true;
  for (const step of $$("[data-step]")) {
    const done = taken[step.dataset.step];
    step.classList.toggle("done", done);
    step.classList.toggle("next", !done && next);
    if (!done) next = false;
  }
}

function stepsTaken(customers) {
  const replied = view.desk.messages.some((message) => message.author.id === view.desk.staff.id
    && message.reactions.some(({ by, emoji }) => by === view.bot.id && emoji !== "👌"));
  return {
    ask: customers.some((user) => user.messages.some((message) => message.from_bot)),
    unknown: view.desk.messages.some((message) => message.from_bot && message.buttons.length),
    reply: replied,
    read: replied && view.desk.messages.some((message) => message.reactions.some(({ emoji }) => emoji === "👍" || emoji === "👀")),
  };
}
