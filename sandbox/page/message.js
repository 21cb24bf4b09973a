// One message as an element: the same for all three panes.

import { icon, make } from "./elements.js";
import { fromEntities, fromSigns } from "./words.js";

export const RECEIPTS = { "🕊": "on its way", "👍": "delivered", "👀": "read", "💔": "not delivered", "👌": "done" };
const FAILED = RECEIPTS["💔"];
const TICKS = { accepted: "…", sent: "✓ sent", delivered: "✓✓ delivered", read: "✓✓ read", played: "✓✓ played", failed: "failed" };
const NAMES = {
  photo: "Picture", image: "Picture", video: "Video", voice: "Voice message", audio: "Voice message",
  document: "Document", sticker: "Sticker", animation: "Animation", video_note: "Round video",
  location: "Location", venue: "Location", contact: "Contact", contacts: "Contact",
};
const PICTURES = /^image\/(png|jpe?g|webp|gif)/;

export const clock = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export const day = (seconds) => {
  const date = new Date(seconds * 1000), today = new Date();
  if (date.toDateString() === today.toDateString()) return "Today";
  return date.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
};

export const inWords = (message) => message.text || NAMES[message.kind] || message.service || "Message";

// Telegram's heart comes without the sign that makes it red.
export const shown = (emoji) => (emoji === "❤" ? "❤\uFE0F" : emoji);

export const initials = (name) => name.split(/\s+/).map((word) => [...word][0] ?? "").join("").slice(0, 2).toUpperCase();

// `side` knows whose messages are "mine", what may be done to one, and how to do it.
export function render(message, side) {
  if (message.service) {
    const told = make("li", "told");
    told.append(make("span", "", message.service));
    return told;
  }
  const mine = side.isMine(message);
  const item = make("li", `message ${mine ? "mine" : "theirs"}`);
  item.dataset.id = message.id;
  const internal = side.isInternal(message);
  if (internal) item.classList.add("internal");
  if (!message.text && message.kind === "sticker") item.classList.add("bare");
  const bubble = make("div", "bubble");
  if (side.showsAuthors && !mine) bubble.append(make("p", "author", message.author.name));
  item.tabIndex = -1;
  const parts = [quote(message, side), media(message, side), words(message, side)].filter(Boolean);
  bubble.append(...parts);
  if ($picture(parts)) bubble.classList.add("pictured");
  (parts.at(-1)?.matches(".words") && !internal ? parts.at(-1) : bubble).append(meta(message, side, mine, internal));
  item.append(bubble, ...[reactions(message, side), buttons(message, side), tools(message, side)].filter(Boolean));
  return item;
}

const $picture = (parts) => parts.some((part) => part.matches(".picture"));

function quote(message, side) {
  if (!message.reply_to) return null;
  const quoted = side.find(message.reply_to);
  const element = make("p", "quoted");
  element.append(make("b", "", quoted ? side.authorOf(quoted) : "Earlier message"));
  if (quoted) element.append(make("span", "", inWords(quoted).replace(/\s+/g, " ").slice(0, 90)));
  return element;
}

function media(message, side) {
  if (message.place) return card("place", message.place.title || message.place.name || "Location", message.place.address || coordinates(message.place));
  if (message.contact) return visiting(message.contact);
  if (!message.media) return null;
  const { file_id, name, mime, size } = message.media;
  const address = `/media/${side.platform}/${encodeURIComponent(file_id)}`;
  if (PICTURES.test(mime)) {
    const picture = make("img", message.kind === "sticker" ? "sticker" : "picture");
    picture.addEventListener("load", () => side.rows.toEnd());
    picture.src = address;
    picture.alt = NAMES[message.kind] ?? "Picture";
    return picture;
  }
  if (message.kind === "voice" || message.kind === "audio") return voice();
  const element = card("document", name || NAMES[message.kind] || "File", `${Math.max(1, Math.round(size / 1024))} kB`, "a");
  element.href = address;
  element.download = name || "file";
  return element;
}

const coordinates = (place) => {
  const at = place.location ?? place;
  return `${at.latitude.toFixed(4)}, ${at.longitude.toFixed(4)}`;
};

function visiting(contact) {
  const first = Array.isArray(contact) ? contact[0] : contact;
  const name = first.name?.formatted_name ?? [first.first_name, first.last_name].filter(Boolean).join(" ");
  return card("contact", name, first.phones?.[0]?.phone ?? first.phone_number ?? "");
}

function card(sign, title, note, tag = "div") {
  const element = make(tag, "card");
  const text = make("span");
  text.append(make("b", "", title), make("small", "", note));
  element.append(icon(sign), text);
  return element;
}

function voice() {
  const element = make("div", "voice");
  element.append(icon("voice"));
  for (let bar = 0; bar < 22; bar++) element.append(make("i", `h${(bar * 7 + bar * bar) % 5}`));
  element.append(make("small", "", "0:03"), make("span", "unseen", "Voice message"));
  return element;
}

function words(message, side) {
  if (message.deleted) return make("p", "words gone", "This message was taken back");
  if (!message.text || message.place || message.contact) {
    const known = message.media || message.place || message.contact || message.text;
    return known ? null : make("p", "words gone", NAMES[message.kind] ?? message.kind);
  }
  const element = make("div", "words");
  element.append(message.entities ? fromEntities(message.text, message.entities) : fromSigns(message.text));
  return element;
}

function meta(message, side, mine, internal) {
  const line = make("p", "meta");
  if (internal) {
    const tag = make("span", "inside");
    tag.append(icon("lock"), "stays inside");
    line.append(tag);
  }
  if (message.edited) line.append(make("span", "", "edited"));
  if (message.status) line.append(make("span", `status ${message.status}`, TICKS[message.status] ?? message.status));
  line.append(make("time", "", clock(message.date)));
  if (mine && side.platform === "whatsapp") line.append(ticks(message.read));
  return line;
}

function ticks(read) {
  const element = make("span", read ? "ticks read" : "ticks", read ? "✓✓" : "✓");
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", read ? "read" : "sent");
  return element;
}

function buttons(message, side) {
  const all = message.buttons.flat();
  if (!all.length) return null;
  const row = make("div", "keys");
  if (side.showsAuthors) {
    const key = make("button", "key prime", "Reply");
    key.type = "button";
    key.prepend(icon("reply"));
    key.addEventListener("click", () => side.reply(message));
    row.append(key);
  }
  for (const button of all) {
    const key = make(button.url ? "a" : "button", "key", button.text);
    if (button.url) { key.href = button.url; key.target = "_blank"; key.rel = "noopener noreferrer"; }
    else { key.type = "button"; key.addEventListener("click", () => side.act("press", { message: message.id, button: button.data })); }
    row.append(key);
  }
  return row;
}

function reactions(message, side) {
  if (!message.reactions.length) return null;
  const row = make("div", "reactions");
  for (const { by, emoji } of message.reactions) {
    const receipt = side.isReceipt(by, message) ? RECEIPTS[emoji] : "";
    const chip = make("span", receipt ? "reaction receipt" : "reaction", receipt ? `${shown(emoji)} ${receipt}` : shown(emoji));
    chip.classList.toggle("failed", receipt === FAILED);
    chip.title = receipt ? `The bot’s receipt: ${receipt}` : side.nameOf(by);
    row.append(chip);
  }
  return row;
}

function tools(message, side) {
  if (message.deleted) return null;
  const row = make("div", "tools");
  for (const { name, title, run } of side.toolsFor(message)) {
    const button = make("button", name === "reply" && side.showsAuthors ? "tool prime" : "tool");
    button.type = "button";
    button.title = title;
    button.setAttribute("aria-label", `${title}: ${inWords(message).slice(0, 40)}`);
    button.append(icon(name));
    if (button.classList.contains("prime")) button.append(title);
    button.addEventListener("click", () => run(button));
    row.append(button);
  }
  return row;
}
