// At phone width one pane is shown at a time: tabs, with badges for what is new behind them.

import { $, $$ } from "./elements.js";

export class Tabs {
  constructor(panes) {
    this.panes = panes;
    $(".tabs").addEventListener("keydown", (event) => this.step({ ArrowRight: 1, ArrowLeft: -1 }[event.key]));
    for (const tab of $$("[role=tab]")) tab.addEventListener("click", () => this.choose(tab.dataset.tab));
    this.choose(panes[0].id);
  }

  step(by) {
    if (!by) return;
    const names = this.panes.map((pane) => pane.id);
    const name = names[(names.indexOf(this.chosen) + by + names.length) % names.length];
    this.choose(name);
    $(`[data-tab=${name}]`).focus();
  }

  choose(name) {
    this.chosen = name;
    document.body.dataset.shown = name;
    for (const tab of $$("[role=tab]")) {
      const chosen = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    const pane = this.panes.find((one) => one.id === name);
    pane.unread = 0;
    pane.rows.toEnd();
    this.showBadges();
  }

  showBadges() {
    for (const pane of this.panes) {
      const badge = $(`[data-tab=${pane.id}] .badge`);
      badge.textContent = pane.unread > 9 ? "9+" : String(pane.unread);
      badge.hidden = !pane.unread;
      badge.setAttribute("aria-label", `${pane.unread} new`);
    }
  }
}
