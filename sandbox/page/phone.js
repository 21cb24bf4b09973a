// A customer's phone, on Telegram or WhatsApp: whose it is, what they see, and what they may ask with a tap.

import { $, $$, icon, make } from "./elements.js";
import { clock, initials } from "./message.js";
import { Pane } from "./pane.js";
import { view } from "./server.js";

const LANGUAGES = { en: "English", sv: "Svenska", nb: "Norsk", fi: "Suomi", de: "Deutsch" };
const TYPING_SECONDS = { telegram: 5, whatsapp: 25 };
const STRANGERS = ["Sofia", "Lars", "Nora", "Johan", "Maja-Lisa", "Kari"];

export class Phone extends Pane {
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
      chip.addEventListener("click", () => { this.rows.follows = true; this.act("say", { text }); });
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
      if (event.newState === "open") this.fillForm();
    });
  }

  fillForm() {
    const form = $("form", this.menu);
    form.name.value = this.chat.name;
    form.language.value = this.language;
  }

  fillMenu(user) {
    const block = $("[data-switch=block]", this.menu), look = $("[data-switch=look]", this.menu);
    block.checked = user.blocked;
    if (look) look.checked = user.looking;
    const people = $(".people", this.menu);
    const mark = JSON.stringify(this.people().map((one) => [one.name, one.id === this.person]));
    if (people.dataset.mark === mark) return;
    people.dataset.mark = mark;
    this.fillForm();
    const other = make("button", "person new", "Somebody else");
    other.type = "button";
    other.prepend(icon("add"));
    other.addEventListener("click", () => {
      const name = STRANGERS[this.people().length % STRANGERS.length];
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
