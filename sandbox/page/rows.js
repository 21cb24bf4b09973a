// A list whose rows stay the same elements as long as what they show is the same, and that keeps its end in
// view: whoever scrolls up reads on in peace; whoever is at the end stays there, whatever grows.

const NEAR_END = 80;

export class Rows {
  constructor(list) {
    this.list = list;
    this.known = new Map();
    this.follows = true;
    this.lastTop = 0;
    list.addEventListener("scroll", () => this.noteScroll());
    new ResizeObserver(() => this.toEnd()).observe(list);
  }

  clear() {
    this.known.clear();
    this.list.replaceChildren();
    this.follows = true;
  }

  // `wanted` are [key, mark, build]: a row is built again when its mark is another than before.
  show(wanted, risesIn) {
    const rows = wanted.map(([key, mark, build]) => this.row(key, mark, build, risesIn));
    this.place(rows.map(({ element }) => element));
    this.known = new Map(rows.map((row) => [row.key, row]));
    this.toEnd();
  }

  row(key, mark, build, risesIn) {
    const known = this.known.get(key);
    if (known?.mark === mark) return known;
    const element = build();
    if (!known && risesIn) element.classList.add("fresh");
    if (known?.element.contains(document.activeElement)) queueMicrotask(() => this.list.focus());
    return { key, mark, element };
  }

  place(elements) {
    const keep = new Set(elements);
    for (const child of [...this.list.children]) if (!keep.has(child)) child.remove();
    elements.forEach((element, at) => {
      if (this.list.children[at] !== element) this.list.insertBefore(element, this.list.children[at] ?? null);
    });
  }

  noteScroll() {
    const top = this.list.scrollTop;
    if (this.list.scrollHeight - top - this.list.clientHeight < NEAR_END) this.follows = true;
    else if (top < this.lastTop) this.follows = false;
    this.lastTop = top;
  }

  toEnd() { if (this.follows) this.list.scrollTop = this.list.scrollHeight; }
}
