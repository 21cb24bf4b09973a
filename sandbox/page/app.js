// The sandbox's page: shows what the server says everybody sees, and sends what people do. It keeps no
// message of its own: what was sent appears when it really stands in the chat.

import { clock, day, initials, inWords, render, shown } from "./message.js";
import { icon, make } from "./words.js";

const LANGUAGES = { en: "English", sv: "Svenska", nb: "Norsk", fi: "Suomi", de: "Deutsch" };
const EMOJI = ["👍", "❤", "🔥", "😁", "🙏", "👎"];
const TROUBLES = { none: "Fine", slow: "Slow", busy: "Too many requests", down: "Down" };
const NEAR_END = 80;
const TYPING_SECONDS = { telegram: 5, whatsapp: 25 };

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

let view = null;
let shownTab = "telegram";

// ——— Saying what people do

async function act(path, wish = {}) {
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

// ——— A pane: a list of messages, and a composer under it

class Pane {
  showsAuthors = false;
  constructor(id, platform, prefix) {
    Object.assign(this, { id, platform, prefix });
    this.root = document.getElementById(id);
    this.list = $(".messages", this.root);
    this.rows = new Map();
    this.chat = { messages: [] };
    this.mode = null;
    this.unread = 0;
    this.known = null;
    this.room = null;
    this.follows = true;
    this.lastTop = 0;
    this.list.addEventListener("scroll", () => this.noteScroll());
    new ResizeObserver(() => this.toEnd()).observe(this.list);
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
    this.follows = true;
    if (await sent) { this.field.value = ""; this.mode = null; this.showMode(); this.grow(); }
  }

  answering() { return this.mode?.kind === "reply" ? { reply_to: this.mode.id } : {}; }

  async attach(kind, content) {
    const wish = { kind, caption: this.field.value, ...content, ...this.answering() };
    this.follows = true;
    const done = kind === "place" || kind === "contact" ? this.act(kind) : this.act("send", wish);
    if (await done && kind !== "place" && kind !== "contact") { this.field.value = ""; this.enter(null); }
  }

  // The messages
  show(chat, room) {
    this.chat = chat;
    if (room !== this.room) { this.rows.clear(); this.list.replaceChildren(); this.room = room; this.follows = true; if (this.mode) this.enter(null); }
    const wanted = [];
    let today = "";
    for (const message of this.shown()) {
      const date = day(message.date);
      if (date !== today) wanted.push(this.row(`day ${date}`, date, () => dayLine(date)));
      today = date;
      wanted.push(this.row(String(message.id), this.mark(message), () => render(message, this)));
    }
    if (!wanted.length) wanted.push(this.row("empty", this.emptyWords(), () => make("li", "empty", this.emptyWords())));
    if (this.isTyping()) wanted.push(this.row("typing", view.bot.name, typingLine));
    this.place(wanted);
    this.toEnd();
    this.count();
  }

  shown() { return this.chat.messages; }
  mark(message) { return JSON.stringify([message, this.isInternal(message), this.find(message.reply_to)?.text]); }
  isTyping() { return false; }
  emptyWords() { return ""; }

  row(key, mark, build) {
    const known = this.rows.get(key);
    if (known?.mark === mark) return known;
    const element = build();
    if (!known && this.known !== null) element.classList.add("fresh");
    if (known?.element.contains(document.activeElement)) queueMicrotask(() => this.list.focus());
    const made = { key, mark, element };
    this.rows.set(key, made);
    return made;
  }

  place(wanted) {
    const keep = new Set(wanted.map((row) => row.element));
    for (const child of [...this.list.children]) if (!keep.has(child)) child.remove();
    const keys = new Set(wanted.map((row) => row.key));
    for (const key of this.rows.keys()) if (!keys.has(key)) this.rows.delete(key);
    wanted.forEach((row, at) => {
      if (this.list.children[at] !== row.element) this.list.insertBefore(row.element, this.list.children[at] ?? null);
    });
  }

  // Whoever scrolls up reads on in peace; whoever is at the end stays there, whatever grows.
  noteScroll() {
    const top = this.list.scrollTop;
    if (this.list.scrollHeight - top - this.list.clientHeight < NEAR_END) this.follows = true;
    else if (top < this.lastTop) this.follows = false;
    this.lastTop = top;
  }

  toEnd() { if (this.follows) this.list.scrollTop = this.list.scrollHeight; }

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

const firstLine = (message) => inWords(message).trim().split("\n")[0].slice(0, 60);

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

// ——— A customer's phone

class Phone extends Pane {
  constructor(platform) {
    super(platform, platform, platform);
    this.person = null;
    this.language = "en";
    this.typingUntil = 0;
    this.menu = document.getElementById(`${platform}-menu`);
    this.setUpMenu();
  }

  people() { return view[this.platform].users; }

  update() {
    const people = this.people();
    if (this.known !== null && people.length > this.crowd) this.person = people.at(-1).id;
    this.crowd = people.length;
    const user = people.find((one) => one.id === this.person) ?? people[0];
    this.person = user.id;
    if (user.language) this.language = user.language;
    this.noteTyping(user);
    this.show(user, user.id);
    this.head(user);
    this.chips();
    this.fillMenu(user);
  }

  noteTyping(user) {
    const last = user.messages.at(-1);
    const actions = user.actions ?? 0;
    if (this.room !== user.id) this.actions = actions;
    if (last?.from_bot) this.typingUntil = 0;
    else if (this.platform === "whatsapp" ? user.action : actions > this.actions) this.typingUntil = Date.now() + 1000 * TYPING_SECONDS[this.platform];
    this.actions = actions;
    clearTimeout(this.timer);
    if (this.isTyping()) this.timer = setTimeout(() => this.update(), this.typingUntil - Date.now() + 50);
  }

  isTyping() { return Date.now() < this.typingUntil; }
  emptyWords() { return `This is ${this.chat.name}’s phone. Ask ${view.bot.name} something, or tap a question below.`; }

  head(user) {
    const app = this.platform === "telegram" ? "Telegram" : "WhatsApp";
    $("h2", this.root).textContent = `${user.name}’s ${app}`;
    $(".chat-head .avatar", this.root).textContent = initials(view.bot.name);
    this.root.classList.toggle("is-fresh", !user.messages.length);
    $(".chat-title", this.root).textContent = view.bot.name;
    $(".chat-sub", this.root).textContent = this.isTyping() ? "is typing …" : view.bot.company;
    const latest = Math.max(Date.now() / 1000, user.messages.at(-1)?.date ?? 0);
    $(".clock", this.root).textContent = clock(latest);
    this.persona(user);
    this.banner(user);
    this.field.setAttribute("aria-label", `Write as ${user.name} on ${app}`);
    this.field.placeholder = `Write as ${user.name} …`;
  }

  persona(user) {
    const button = $(".persona", this.root);
    if (button.dataset.mark === user.name + this.language) return;
    button.dataset.mark = user.name + this.language;
    const avatar = make("span", "avatar", initials(user.name));
    avatar.setAttribute("aria-hidden", "true");
    button.replaceChildren(avatar, make("span", "", LANGUAGES[this.language] ?? this.language), icon("down"));
    button.setAttribute("aria-label", `${user.name}, ${LANGUAGES[this.language]}: change who writes here`);
  }

  banner(user) {
    const closed = this.platform === "whatsapp" && user.messages.length && !user.window_open;
    const text = user.blocked ? `${user.name} has blocked ${view.bot.name}.`
      : closed ? `24 hours are over: ${view.bot.company} may not write here until ${user.name} writes again.` : "";
    const banner = $(".banner", this.root);
    banner.textContent = text;
    banner.hidden = !text;
  }

  chips() {
    const questions = view.suggestions[this.language] ?? view.suggestions.en;
    const chips = $(".chips", this.root);
    if (chips.dataset.mark === this.language) return;
    chips.dataset.mark = this.language;
    chips.replaceChildren(...[...questions].sort((a, b) => b.known - a.known).map(({ text, known }) => {
      const chip = make("button", known ? "chip" : "chip unknown", text);
      chip.type = "button";
      chip.lang = this.language;
      chip.title = known ? "Stands in the knowledge base" : "Stands nowhere: a person will be asked";
      chip.addEventListener("click", () => { this.follows = true; this.act("say", { text }); });
      return chip;
    }));
  }

  setUpMenu() {
    const form = $("form", this.menu);
    for (const [code, name] of Object.entries(LANGUAGES)) form.language.append(new Option(name, code));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.language = form.language.value;
      this.act("be", { name: form.name.value, language: form.language.value }).then((done) => done && this.menu.hidePopover());
      this.update();
    });
    for (const box of $$("[data-switch]", this.menu)) {
      box.addEventListener("change", () => this.act(box.dataset.switch, { on: box.checked }));
    }
    this.menu.addEventListener("toggle", (event) => {
      if (event.newState !== "open") return;
      form.name.value = this.chat.name;
      form.language.value = this.language;
    });
  }

  fillMenu(user) {
    const block = $("[data-switch=block]", this.menu), look = $("[data-switch=look]", this.menu);
    block.checked = user.blocked;
    if (look) look.checked = user.looking;
    const people = $(".people", this.menu);
    const mark = JSON.stringify(this.people().map((one) => [one.name, one.id === this.person]));
    if (people.dataset.mark === mark) return;
    people.dataset.mark = mark;
    const other = make("button", "person new", "Somebody else");
    other.type = "button";
    other.prepend(icon("add"));
    other.addEventListener("click", () => {
      const name = ["Sofia", "Lars", "Nora", "Johan", "Maja-Lisa", "Kari"][this.people().length % 6];
      this.act("meet", { name, language: this.language });
    });
    people.replaceChildren(...this.people().map((one) => this.personButton(one)), other);
  }

  personButton(one) {
    const button = make("button", "person", one.name);
    button.type = "button";
    button.setAttribute("aria-pressed", String(one.id === this.person));
    button.addEventListener("click", () => { this.person = one.id; this.update(); this.menu.hidePopover(); });
    return button;
  }
}

// ——— The staff's group

class Desk extends Pane {
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
      ? "Nothing here. Each request has a topic of its own."
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
      ? `You are ${desk.staff.name} · ${topic?.closed ? "this topic is closed" : topic ? "one request, one topic" : desk.title}`
      : `You are ${desk.staff.name}`;
    for (const button of $$("[data-topics]", this.root)) {
      button.setAttribute("aria-pressed", String((button.dataset.topics === "true") === desk.forum));
    }
    this.field.setAttribute("aria-label", `Write as ${desk.staff.name} in the staff’s group`);
    this.showMode(this.mode && this.find(this.mode.id));
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

  topicButton({ id, name, closed, unread, last }) {
    const button = make("button", closed ? "topic closed" : "topic");
    button.type = "button";
    button.dataset.topic = id;
    button.setAttribute("aria-current", String(id === this.topic));
    const avatar = make("span", "avatar", id ? initials(name.replace(/^\S+\s+/, "")) : "#");
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
      chip.addEventListener("click", () => { this.follows = true; this.act("say", { text, ...this.answering() }); });
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

// ——— Menus

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
function askEmoji(button, chosen) {
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
function askKind(button, pane) {
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

for (const group of $$("[data-trouble]")) {
  for (const [kind, name] of Object.entries(TROUBLES)) {
    const label = make("label"), radio = make("input");
    Object.assign(radio, { type: "radio", name: `trouble-${group.dataset.trouble}`, value: kind });
    radio.addEventListener("change", () => act("stage/trouble", { platform: group.dataset.trouble, kind }));
    label.append(radio, name);
    group.append(label);
  }
}

function showStage() {
  const { trouble } = view.stage;
  for (const [platform, kind] of Object.entries(trouble)) {
    $(`[name=trouble-${platform}][value=${kind}]`).checked = true;
  }
  const names = { telegram: "Telegram", whatsapp: "WhatsApp" };
  const wrong = Object.entries(trouble).filter(([, kind]) => kind !== "none");
  $("#trouble-name").textContent = wrong.length
    ? wrong.map(([platform, kind]) => `${names[platform]}: ${TROUBLES[kind].toLowerCase()}`).join(", ") : "Make trouble";
  $("[popovertarget=trouble]").classList.toggle("alarm", wrong.length > 0);
}

// ——— The steps, ticked off as they are taken

function showSteps() {
  const customers = [...view.telegram.users, ...view.whatsapp.users];
  const replied = view.desk.messages.some((message) => message.author.id === view.desk.staff.id
    && message.reactions.some(({ by, emoji }) => by === view.bot.id && emoji !== "👌"));
  const taken = {
    ask: customers.some((user) => user.messages.some((message) => message.from_bot)),
    unknown: view.desk.messages.some((message) => message.from_bot && message.buttons.length),
    reply: replied,
    read: replied && view.desk.messages.some((message) => message.reactions.some(({ emoji }) => emoji === "👍" || emoji === "👀")),
  };
  document.body.classList.toggle("is-started", customers.some((user) => user.messages.length));
  let next = true;
  for (const step of $$("[data-step]")) {
    const done = taken[step.dataset.step];
    step.classList.toggle("done", done);
    step.classList.toggle("next", !done && next);
    if (!done) next = false;
  }
}

// ——— Tabs, at phone width

function showTab(name) {
  shownTab = name;
  document.body.dataset.shown = name;
  for (const tab of $$("[role=tab]")) {
    const chosen = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
  const pane = panes.find((one) => one.id === name);
  pane.unread = 0;
  pane.toEnd();
  showBadges();
}

function showBadges() {
  for (const pane of panes) {
    const badge = $(`[data-tab=${pane.id}] .badge`);
    badge.textContent = pane.unread > 9 ? "9+" : String(pane.unread);
    badge.hidden = !pane.unread;
    badge.setAttribute("aria-label", `${pane.unread} new`);
  }
}

const panes = [new Phone("telegram"), new Phone("whatsapp"), new Desk()];

$(".tabs").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const names = panes.map((pane) => pane.id);
  const name = names[(names.indexOf(shownTab) + step + names.length) % names.length];
  showTab(name);
  $(`[data-tab=${name}]`).focus();
});
for (const tab of $$("[role=tab]")) tab.addEventListener("click", () => showTab(tab.dataset.tab));
$("#later").addEventListener("click", () => act("stage/later"));
showTab(shownTab);

// ——— What is new

const events = new EventSource("/events");
events.addEventListener("message", (event) => {
  view = JSON.parse(event.data);
  for (const element of $$("[data-bot]")) element.textContent = view.bot.name;
  for (const pane of panes) pane.update();
  showStage();
  showSteps();
  showBadges();
  document.body.dataset.ready = "true";
});
events.addEventListener("open", () => { $("#link").textContent = ""; });
events.addEventListener("error", () => { $("#link").textContent = "Connection lost: is the sandbox still running?"; });
