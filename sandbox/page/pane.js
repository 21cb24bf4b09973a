// A pane: a list of messages, and a composer under it. The phones and the desk say what is theirs in it.

import { $, make } from "./elements.js";
import { askEmoji, askKind } from "./menus.js";
import { day, inWords, render } from "./message.js";
import { Rows } from "./rows.js";
import { act, view } from "./server.js";

export class Pane {
  showsAuthors = false;
  constructor(id, platform, prefix) {
    Object.assign(this, { id, platform, prefix });
    this.root = document.getElementById(id);
    this.rows = new Rows($(".messages", this.root));
    this.chat = { messages: [] };
    this.mode = null;
    this.unread = 0;
    this.known = null;
    this.room = null;
    this.compose();
  }

  // What a message needs to know of its pane
  isMine(message) { return !message.from_bot; }
  isInternal() { return false; }
  isReceipt() { return false; }
  find(id) { return this.chat.messages.find((message) => message.id === id); }
  authorOf(message) { return message.from_bot ? view.bot.name : this.chat.name; }
  nameOf(by) { return by === view.bot.id || by === "business" ? view.bot.name : this.chat.name; }
  where() { return { user: this.chat.id }; }
  act(name, wish = {}) { return act(`${this.prefix}/${name}`, { ...this.where(), ...wish }); }

  toolsFor(message) {
    const own = this.isMine(message);
    const tools = [
      { name: "reply", title: "Reply", run: () => this.reply(message) },
      { name: "react", title: "React", run: (button) => askEmoji(button, (emoji) => this.act("react", { message: message.id, emoji })) },
    ];
    if (own && message.text) tools.push({ name: "edit", title: "Edit", run: () => this.enter({ kind: "edit", id: message.id }) });
    if (own && this.platform === "whatsapp") tools.push({ name: "undo", title: "Take back", run: () => this.act("withdraw", { message: message.id }) });
    return tools;
  }

  reply(message) { this.enter({ kind: "reply", id: message.id }); }

  // The composer
  compose() {
    this.form = $("#composer").content.cloneNode(true).firstElementChild;
    $(".chips", this.root).after(this.form);
    this.field = $("textarea", this.form);
    this.field.addEventListener("input", () => this.grow());
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.form.requestSubmit(); }
      if (event.key === "Escape" && this.mode) { event.preventDefault(); this.enter(null); }
    });
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    $(".mode .icon", this.form).addEventListener("click", () => this.enter(null));
    $(".attach", this.form).addEventListener("click", (event) => askKind(event.currentTarget, this));
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 140)}px`;
  }

  enter(mode) {
    const left = this.mode;
    this.mode = mode;
    const message = mode && this.find(mode.id);
    if (mode?.kind === "edit") this.field.value = message?.text ?? "";
    else if (left?.kind === "edit") this.field.value = "";
    this.showMode(message);
    this.grow();
    this.field.focus();
  }

  showMode(message) {
    const bar = $(".mode", this.form);
    bar.hidden = !this.mode;
    if (!this.mode) return;
    $("use", bar).setAttribute("href", `#i-${this.mode.kind}`);
    $("span", bar).textContent = `${this.mode.kind === "edit" ? "Editing" : "Replying to"} “${message ? inWords(message).replace(/\s+/g, " ").slice(0, 70) : "…"}”`;
  }

  async send() {
    const text = this.field.value.trim();
    if (!text) return;
    const mode = this.mode;
    const sent = mode?.kind === "edit"
      ? this.act("edit", { message: mode.id, text })
      : this.act("say", { text, ...this.answering() });
    this.rows.follows = true;
    if (await sent) { this.field.value = ""; this.mode = null; this.showMode(); this.grow(); }
  }

  answering() { return this.mode?.kind === "reply" ? { reply_to: this.mode.id } : {}; }

  async attach(kind, content) {
    const wish = { kind, caption: this.field.value, ...content, ...this.answering() };
    this.rows.follows = true;
    const done = kind === "place" || kind === "contact" ? this.act(kind) : this.act("send", wish);
    if (await done && kind !== "place" && kind !== "contact") { this.field.value = ""; this.enter(null); }
  }

  // The messages
  show(chat, room) {
    this.chat = chat;
    if (room !== this.room) { this.rows.clear(); this.room = room; if (this.mode) this.enter(null); }
    this.rows.show(this.wanted(), this.known !== null);
    this.count();
  }

  wanted() {
    const wanted = [];
    let today = "";
    for (const message of this.shown()) {
      const date = day(message.date);
      if (date !== today) wanted.push([`day ${date}`, date, () => dayLine(date)]);
      today = date;
      wanted.push([String(message.id), this.mark(message), () => render(message, this)]);
    }
    if (!wanted.length) wanted.push(["empty", this.emptyWords(), () => make("li", "empty", this.emptyWords())]);
    if (this.isTyping()) wanted.push(["typing", view.bot.name, typingLine]);
    return wanted;
  }

  shown() { return this.chat.messages; }
  mark(message) { return JSON.stringify([message, this.isInternal(message), this.find(message.reply_to)?.text]); }
  isTyping() { return false; }
  emptyWords() { return ""; }

  // What is new here, for the tabs' badges and for those who listen
  count() {
    const fromBot = this.chat.messages.filter((message) => message.from_bot && !message.service);
    const ids = new Set(fromBot.map((message) => message.id));
    const fresh = this.known && this.knownChat === this.chat.id ? fromBot.filter((message) => !this.known.has(message.id)) : [];
    this.known = ids;
    this.knownChat = this.chat.id;
    for (const message of fresh) announce(`${view.bot.name} to ${this.audience()}: ${inWords(message)}`);
    this.unread = this.isVisible() ? 0 : this.unread + fresh.length;
  }

  audience() { return this.chat.name; }
  isVisible() { return this.root.offsetParent !== null; }
}

const dayLine = (date) => {
  const line = make("li", "told");
  line.append(make("span", "", date));
  return line;
};

const typingLine = () => {
  const line = make("li", "message theirs typing");
  const bubble = make("div", "bubble");
  bubble.append(make("i"), make("i"), make("i"), make("span", "unseen", `${view.bot.name} is typing`));
  line.append(bubble);
  return line;
};

function announce(text) { $("#news").textContent = text.slice(0, 300); }
