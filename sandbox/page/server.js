// The page and its server: what everybody sees comes from there, what people do goes there. The page keeps
// no message of its own: what was sent appears when it really stands in the chat.

import { $ } from "./elements.js";

export let view = null;

export function listen(look) {
  const events = new EventSource("/events");
  events.addEventListener("message", (event) => { view = JSON.parse(event.data); look(); });
  events.addEventListener("open", () => { $("#link").textContent = ""; });
  events.addEventListener("error", () => { $("#link").textContent = "Connection lost: is the sandbox still running?"; });
}

// True when it was done; else the page says why not.
export async function act(path, wish = {}) {
  try {
    const answer = await fetch(`/do/${path}`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wish),
    });
    if (!answer.ok) toast((await answer.json()).error);
    return answer.ok;
  } catch {
    toast("The sandbox does not answer. Is it still running?");
    return false;
  }
}

let toastTimer = 0;
function toast(text) {
  const element = $(".toast");
  element.textContent = text;
  element.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { element.hidden = true; }, 6000);
}
