// The staff's group: its topics, and what of all that is written there reaches a customer.

import { $, $$, make } from "./elements.js";
import { initials, inWords } from "./message.js";
import { Pane } from "./pane.js";
import { view } from "./server.js";

const firstLine = (message) => inWords(message).trim().split("\n")[0].slice(0, 60);

export class Desk extends Pane {
  showsAuthors = true;
  constructor() {
    super("desk", "telegram", "staff");
    this.topic = 0;
    this.seen = new Map();
    this.commands();
    for (const button of $$("[data-topics]", this.root)) {
      button.addEventListener("click", () => this.act("topics", { on: button.dataset.topics === "true" }));
    }
  }

  isMine(message) { return message.author.id === view.desk.staff.id; }
  isInternal(message) {
    return !message.from_bot && !message.service && !message.text.startsWith("/") && !this.find(message.reply_to)?.from_bot;
  }
  isReceipt(by, message) { return by === view.bot.id && !message.from_bot; }
  authorOf(message) { return message.author.name; }
  nameOf(by) { return by === view.bot.id ? view.bot.name : view.desk.staff.name; }
  where() { return { topic: this.topic }; }
  toolsFor(message) { return super.toolsFor(message).filter(({ name }) => name !== "reply" || !message.buttons.length); }
  audience() { return "staff"; }

  shown() {
    return this.chat.forum ? this.chat.messages.filter((message) => message.topic === this.topic) : this.chat.messages;
  }

  emptyWords() {
    return this.chat.forum && this.chat.topics.length
      ? "Nothing here. Each new request gets a topic of its own."
      : `When ${view.bot.name} cannot answer, a card appears here. Reply to it, and the customer reads your words.`;
  }

  update() {
    const desk = view.desk;
    this.chooseTopic(desk);
    this.show(desk, `${desk.forum} ${this.topic}`);
    this.seen.set(this.topic, this.shown().at(-1)?.id ?? 0);
    this.topics(desk);
    const topic = desk.topics.find((one) => one.id === this.topic);
    $(".chat-title", this.root).textContent = desk.forum ? topic?.name ?? "General" : desk.title;
    $(".chat-sub", this.root).textContent = desk.forum
      ? `You are ${desk.staff.name} · ${topic?.closed ? "this topic is closed" : topic ? "one request, one topic" : this.generalWords(desk)}`
      : `You are ${desk.staff.name}`;
    for (const button of $$("[data-topics]", this.root)) {
      button.setAttribute("aria-pressed", String((button.dataset.topics === "true") === desk.forum));
    }
    this.field.setAttribute("aria-label", `Write as ${desk.staff.name} in the staff’s group`);
    this.showMode(this.mode && this.find(this.mode.id));
  }

  // A request from before the group had topics stays where it is.
  generalWords(desk) {
    return this.shown().some((message) => message.from_bot && message.buttons.length) ? "requests without a topic" : desk.title;
  }

  chooseTopic(desk) {
    if (!desk.forum) { this.topic = 0; return; }
    const newest = desk.topics.at(-1)?.id ?? 0;
    const isNew = newest > (this.newest ?? 0);
    this.newest = newest;
    const busy = this.field.value.trim() || this.mode;
    if (isNew && !busy) this.topic = newest;
    if (this.topic && !desk.topics.some((one) => one.id === this.topic)) this.topic = 0;
  }

  topics(desk) {
    const nav = $(".topics", this.root);
    nav.hidden = !desk.forum;
    if (!desk.forum) return;
    const all = [...desk.topics].reverse().concat({ id: 0, name: "General", closed: false });
    const rows = all.map((topic) => ({ ...topic, unread: this.unreadIn(desk, topic.id), last: this.lastIn(desk, topic.id) }));
    const mark = JSON.stringify([rows, this.topic]);
    if (nav.dataset.mark === mark) return;
    nav.dataset.mark = mark;
    const focused = nav.contains(document.activeElement) ? document.activeElement.dataset.topic : null;
    nav.replaceChildren(...rows.map((row) => this.topicButton(row)));
    if (focused !== null) $(`[data-topic="${focused}"]`, nav)?.focus();
  }

  unreadIn(desk, id) {
    const seen = this.seen.get(id) ?? 0;
    return desk.messages.filter((message) => message.topic === id && message.from_bot && !message.service && message.id > seen).length;
  }

  lastIn(desk, id) {
    const last = desk.messages.filter((message) => message.topic === id && !message.service).at(-1);
    if (!last) return "";
    const asked = last.entities.find(({ type }) => type.endsWith("blockquote"));
    const words = asked ? last.text.slice(asked.offset, asked.offset + asked.length) : inWords(last);
    return `${last.from_bot ? "" : `${last.author.name}: `}${words.replace(/\s+/g, " ")}`.slice(0, 60);
  }

  topicButton({ id, name, icon: sign, closed, unread, last }) {
    const button = make("button", closed ? "topic closed" : "topic");
    button.type = "button";
    button.dataset.topic = id;
    button.setAttribute("aria-current", String(id === this.topic));
    const avatar = make("span", "avatar", id ? sign || initials(name.replace(/^\S+\s+/, "")) : "#");
    avatar.setAttribute("aria-hidden", "true");
    const text = make("span", "topic-text");
    text.append(make("b", "", name), make("small", "", closed ? "closed" : last));
    button.append(avatar, text);
    if (unread) button.append(make("span", "badge", String(unread)));
    button.addEventListener("click", () => { this.topic = id; this.update(); });
    return button;
  }

  commands() {
    $(".chips", this.root).replaceChildren(...["/status", "/tickets", "/resolve"].map((text) => {
      const chip = make("button", "chip", text);
      chip.type = "button";
      chip.addEventListener("click", () => { this.rows.follows = true; this.act("say", { text, ...this.answering() }); });
      return chip;
    }));
  }

  showMode(message) {
    const bar = $(".mode", this.form), editing = this.mode?.kind === "edit";
    const goesOut = this.mode?.kind === "reply" && (message?.from_bot ?? false);
    const isCommand = this.field.value.startsWith("/");
    bar.hidden = false;
    this.form.classList.toggle("goes-out", goesOut);
    this.form.classList.toggle("stays-in", !goesOut && !editing);
    $(".icon", bar).hidden = !this.mode;
    $("use", bar).setAttribute("href", `#i-${editing ? "edit" : goesOut ? "out" : "lock"}`);
    $("span", bar).textContent = editing ? "Editing: a reply changes at the customer’s too"
      : goesOut ? `To the customer: ${firstLine(message)}`
      : isCommand ? "A command to the bot" : "Stays inside. Only a reply reaches a customer";
    this.field.placeholder = goesOut ? "Write to the customer …" : "Write to your colleagues …";
  }

  grow() { super.grow(); if (view) this.showMode(this.mode && this.find(this.mode.id)); }
}
