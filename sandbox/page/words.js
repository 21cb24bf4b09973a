// Turns texts with their formatting into elements. Nothing is ever read as HTML.

import { make } from "./elements.js";

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote", spoiler: "span", bot_command: "span",
};
const ADDRESSES = { email: "mailto:", phone_number: "tel:" };
const SAFE = /^(https?:|mailto:|tel:)/i;
const URLS = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]]/g;


export function link(address, text) {
  if (!SAFE.test(address)) return document.createTextNode(text);
  const anchor = make("a", "", text);
  anchor.href = address;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  return anchor;
}

// Telegram: stretches counted in UTF-16 units, as JavaScript counts; nested, never crossing.
export function fromEntities(text, entities) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return stretch(text, 0, text.length, sorted);
}

// Telegram makes links of addresses by itself, but not in code.
const LITERAL = new Set(["code", "pre"]);
const BLOCKS = new Set(["blockquote", "expandable_blockquote", "pre"]);

function stretch(text, from, to, entities) {
  const made = document.createDocumentFragment();
  let at = from, afterBlock = false;
  // A block stands on lines of its own, whatever line breaks are around it.
  const plain = (until, beforeBlock) => {
    let part = text.slice(at, until);
    if (afterBlock) part = part.replace(/^\n+/, "");
    made.append(linked(beforeBlock ? part.replace(/\n+$/, "") : part));
  };
  while (entities.length && entities[0].offset < to) {
    const entity = entities.shift();
    const end = Math.min(entity.offset + entity.length, to);
    if (entity.offset < at) continue;
    const isBlock = BLOCKS.has(entity.type);
    plain(entity.offset, isBlock);
    made.append(styled(entity, text.slice(entity.offset, end), stretch(text, entity.offset, end, entities)));
    [at, afterBlock] = [end, isBlock];
  }
  plain(to, false);
  return made;
}

function styled(entity, text, inner) {
  const { type } = entity;
  if (type === "text_link") return link(entity.url, text);
  if (type === "url") return link(SAFE.test(text) ? text : `https://${text}`, text);
  if (ADDRESSES[type]) return link(ADDRESSES[type] + text, text);
  if (!TAGS[type]) return inner;
  const element = make(TAGS[type], type);
  if (type === "spoiler") element.tabIndex = 0;
  element.append(LITERAL.has(type) ? text : inner);
  return element;
}

// WhatsApp: signs in the text itself.
const SIGNS = [
  [/```([\s\S]+?)```/, "pre"], [/`([^`\n]+)`/, "code"],
  [/(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])/, "strong"],
  [/(?<![\w_])_(?=\S)([^_\n]*[^_\s])_(?![\w_])/, "em"],
  [/(?<![\w~])~(?=\S)([^~\n]*[^~\s])~(?![\w~])/, "s"],
];

export function fromSigns(text) {
  const made = document.createDocumentFragment();
  for (const part of text.split(/((?:^> ?.*\n?)+)/m)) {
    if (!part) continue;
    if (!/^> ?/.test(part)) { made.append(inline(part)); continue; }
    const quote = make("blockquote");
    quote.append(inline(part.replace(/^> ?/gm, "").trimEnd()));
    made.append(quote);
  }
  return made;
}

function inline(text) {
  const made = document.createDocumentFragment();
  const [sign, tag, found] = SIGNS.map(([sign, tag]) => [sign, tag, sign.exec(text)])
    .filter((one) => one[2]).sort((a, b) => a[2].index - b[2].index)[0] ?? [];
  if (!sign) return linked(text);
  const element = make(tag);
  element.append(tag === "pre" || tag === "code" ? found[1] : inline(found[1]));
  made.append(linked(text.slice(0, found.index)), element, inline(text.slice(found.index + found[0].length)));
  return made;
}

function linked(text) {
  const made = document.createDocumentFragment();
  let at = 0;
  for (const found of text.matchAll(URLS)) {
    made.append(text.slice(at, found.index), link(found[0], found[0]));
    at = found.index + found[0].length;
  }
  made.append(text.slice(at));
  return made;
}
