"use strict";
const root = document.documentElement;
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const one = (selector, within = document) => within.querySelector(selector);
const narrow = matchMedia("(max-width: 60rem)");
root.classList.add("js");

/* Light or dark: the system's choice, unless the reader made one. All rules for dark stand in one block of the style. */
const look = {
  choices: ["auto", "light", "dark"],
  get chosen() { try { return localStorage.getItem("look") || "auto"; } catch { return this.now || "auto"; } },
  set chosen(choice) { this.now = choice; try { localStorage.setItem("look", choice); } catch { /* a page without storage */ } },
  rule: [...document.styleSheets[0].cssRules].find(rule => rule.media && rule.media.mediaText.includes("dark")),
  apply() {
    const media = { auto: "screen and (prefers-color-scheme: dark)", light: "not all", dark: "screen" };
    this.rule.media.mediaText = media[this.chosen] || media.auto;
  },
};
look.apply();

function chooseLook() {
  const button = one(".look");
  const show = () => {
    const words = button.dataset[look.chosen] || button.dataset.auto;
    one(".choice", button).textContent = words;
    button.setAttribute("aria-label", button.dataset.name + words);
  };
  button.addEventListener("click", () => {
    look.chosen = look.choices[(look.choices.indexOf(look.chosen) + 1) % look.choices.length];
    look.apply();
    show();
  });
  show();
}

/* The contents follow the reading; where the page is narrow they are a drawer. */
function contents() {
  const drawer = one("nav details");
  if (!drawer) return;
  const links = new Map(all("nav a").map(link => [link.hash.slice(1), link]));
  const headings = [...links.keys()].map(id => document.getElementById(id));
  const fold = () => { drawer.open = !narrow.matches; };
  narrow.addEventListener("change", fold);
  fold();
  drawer.addEventListener("click", event => { if (narrow.matches && event.target.closest("a")) drawer.open = false; });
  document.addEventListener("click", event => { if (narrow.matches && !drawer.contains(event.target)) drawer.open = false; });
  drawer.addEventListener("keydown", event => {
    if (event.key !== "Escape" || !narrow.matches) return;
    drawer.open = false;
    one("summary", drawer).focus();
  });

  let current;
  const follow = () => {
    const line = innerHeight / 4;
    const read = headings.filter(heading => heading.getBoundingClientRect().top <= line).pop() || headings[0];
    if (read === current) return;
    if (current) links.get(current.id).removeAttribute("aria-current");
    current = read;
    const link = links.get(read.id), list = one("nav");
    link.setAttribute("aria-current", "location");
    const above = link.offsetTop < list.scrollTop + 60, below = link.offsetTop > list.scrollTop + list.clientHeight - 60;
    if (!narrow.matches && (above || below)) list.scrollTop = link.offsetTop - list.clientHeight / 2;
  };
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; follow(); });
  }, { passive: true });
  follow();
}

/* Search: each paragraph and cell is one text, whatever stands inside it; drawings are left to their tables. */
function search() {
  const form = one("[role=search]"), field = one("input", form), steps = one(".steps", form), said = one("output", form);
  let texts, matches = [], at = -1;

  const read = () => all("h1, h2, h3, h4, h5, h6, p, li, figcaption, th, td, pre", one("main"))
    .filter(place => !one("p, li", place)).map(place => {
      const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT), nodes = [];
      while (walker.nextNode()) nodes.push(walker.currentNode);
      return { nodes, text: nodes.map(node => node.data).join("") };
    });
  const point = ({ nodes }, offset) => {
    const node = nodes.find(each => offset <= each.length || (offset -= each.length, false));
    return [node, offset];
  };
  const find = () => {
    const query = field.value.trim();
    if (!query) return [];
    texts ??= read();
    const pattern = new RegExp(query.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "giu");
    return texts.flatMap(text => [...text.text.matchAll(pattern)].map(match => {
      const [startContainer, startOffset] = point(text, match.index);
      const [endContainer, endOffset] = point(text, match.index + match[0].length);
      return new StaticRange({ startContainer, startOffset, endContainer, endOffset });
    }));
  };
  const paint = (name, ranges) => {
    if (window.Highlight) CSS.highlights.set(name, new Highlight(...ranges));
    else if (name === "current" && ranges.length) {
      const [{ startContainer, startOffset, endContainer, endOffset }] = ranges;
      getSelection().setBaseAndExtent(startContainer, startOffset, endContainer, endOffset);
    }
  };
  const tell = () => {
    steps.hidden = !field.value.trim();
    said.textContent = !matches.length ? form.dataset.none : at < 0 ? matches.length + form.dataset.found
      : `${at + 1}/${matches.length}`;
  };
  const place = match => match.startContainer.parentElement;
  const shown = match => place(match).closest("details:not([open])") || place(match);
  const step = by => {
    if (!matches.length) return;
    const below = at < 0 ? matches.findIndex(match => shown(match).getBoundingClientRect().bottom > 60) : 0;
    at = at < 0 ? Math.max(below - (by < 0), 0) : (at + by + matches.length) % matches.length;
    const folded = place(matches[at]).closest("details:not([open])");
    if (folded) folded.open = true;
    paint("current", [matches[at]]);
    place(matches[at]).scrollIntoView({ block: "center" });
    tell();
  };
  const look = () => {
    matches = find();
    at = -1;
    paint("found", matches);
    paint("current", []);
    tell();
  };
  let typed;
  field.addEventListener("input", () => { clearTimeout(typed); typed = setTimeout(look, 120); });
  form.addEventListener("submit", event => { event.preventDefault(); step(1); });
  form.addEventListener("keydown", event => {
    if (event.key === "Enter" && event.shiftKey && event.target === field) { event.preventDefault(); step(-1); }
    if (event.key === "Escape") { event.preventDefault(); field.value = ""; look(); field.blur(); }
  });
  one(".before", form).addEventListener("click", () => step(-1));
  document.addEventListener("keydown", event => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
}

/* Tables: sorted by a press on a heading, taken away as CSV with the values behind what is printed. */
const ordered = new Map();
const rows = table => ordered.get(table) || ordered.set(table, [...table.tBodies[0].rows]).get(table);
const raw = cell => cell.dataset.raw ?? cell.textContent;

function sort(table, head) {
  const next = { none: "ascending", ascending: "descending", descending: "none" };
  const way = next[head.getAttribute("aria-sort") || "none"], place = head.cellIndex, wording = new Intl.Collator(root.lang, { numeric: true });
  const number = head.classList.contains("number");
  const key = row => (number ? parseFloat(raw(row.cells[place]).replaceAll(",", "")) : row.cells[place].textContent);
  const missing = row => (number ? Number.isNaN(key(row)) : raw(row.cells[place]) === "");
  const compare = (a, b) => (missing(a) - missing(b))
    || (missing(a) ? 0 : (way === "ascending" ? 1 : -1) * (number ? key(a) - key(b) : wording.compare(key(a), key(b))));
  const sorted = way === "none" ? rows(table) : [...rows(table)].sort(compare);
  table.tBodies[0].append(...sorted);
  all("[aria-sort]", table).forEach(each => each.removeAttribute("aria-sort"));
  if (way !== "none") head.setAttribute("aria-sort", way);
}

function csv(table) {
  const field = text => (/[",\r\n]/.test(text) ? `"${text.replaceAll("\"", "\"\"")}"` : text);
  const kind = table.dataset.kind, heads = [...table.tHead.rows[0].cells].map(head => head.dataset.name || head.textContent);
  const lines = [...table.tBodies[0].rows].map(row => [...(kind ? [kind] : []), ...[...row.cells].map(raw)]);
  return [[...(kind ? ["data"] : []), ...heads], ...lines].map(line => `${line.map(field).join(",")}\r\n`).join("");
}

function copyByHand(text) {
  const sheet = document.createElement("textarea"), focused = document.activeElement;
  sheet.value = text;
  document.body.append(sheet);
  sheet.select();
  const done = document.execCommand("copy");
  sheet.remove();
  focused.focus();
  return done;
}

function tables() {
  all("main table").forEach(table => {
    rows(table);
    [...table.tHead.rows[0].cells].forEach(head => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(table, head));
    });
    const tools = one("#tools").content.cloneNode(true).firstChild, status = one("[role=status]", tools);
    table.closest(".wide").before(tools);
    one(".copy", tools).addEventListener("click", async () => {
      const text = csv(table);
      let done;
      try { await navigator.clipboard.writeText(text); done = true; } catch { done = copyByHand(text); }
      status.textContent = done ? status.dataset.copied : status.dataset.failed;
      setTimeout(() => { status.textContent = ""; }, 4000);
    });
    one(".save", tools).addEventListener("click", () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob(["\ufeff", csv(table)], { type: "text/csv;charset=utf-8" }));
      link.download = `${table.dataset.file || document.title}.csv`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  });
}

/* Numbers: a press shows where one comes from. Tab goes from paragraph to paragraph, the arrows from number to number. */
function numbers() {
  const quoted = all("main data[data-exact]");
  if (!quoted.length || !HTMLElement.prototype.showPopover) return;
  const card = one("#origin").content.firstElementChild, link = one(".place a", card), see = link.textContent;
  let open;
  quoted.forEach(number => {
    number.setAttribute("role", "button");
    number.tabIndex = one("data[role]", number.closest("p")) === number ? 0 : -1;
  });
  one(".hint").hidden = false;

  const fill = ({ dataset }) => {
    all("[data-key]", card).forEach(line => {
      line.hidden = !dataset[line.dataset.key];
      one("dd", line).textContent = dataset[line.dataset.key] || "";
    });
    link.parentElement.hidden = !dataset.place;
    link.hash = dataset.place || "main";
    link.textContent = see + (dataset.see || "") + (dataset.row ? link.dataset.row : "");
  };
  const lay = number => {
    const [{ left, top, bottom }] = number.getClientRects(), { offsetWidth, offsetHeight } = card;
    const above = bottom + offsetHeight + 12 > innerHeight && top > offsetHeight + 12;
    card.style.setProperty("--x", `${scrollX + Math.max(8, Math.min(left, root.clientWidth - offsetWidth - 8))}px`);
    card.style.setProperty("--y", `${scrollY + (above ? top - offsetHeight - 6 : bottom + 6)}px`);
  };
  const close = () => { if (open) card.hidePopover(); };
  const show = number => {
    close();
    number.closest("p").after(card);
    one(".quoted", card).textContent = number.textContent;
    fill(number);
    card.showPopover();
    lay(number);
    open = number;
    open.setAttribute("aria-expanded", "true");
  };
  card.addEventListener("beforetoggle", event => {
    if (event.newState === "closed" && open) { open.removeAttribute("aria-expanded"); open = null; }
  });

  let pressed;
  const main = one("main");
  main.addEventListener("pointerdown", () => { pressed = open; }, { capture: true });
  main.addEventListener("click", event => {
    const number = event.target.closest("data[role]");
    if (number && number !== pressed) show(number);
    pressed = null;
  });
  main.addEventListener("focusin", event => {
    if (!event.target.matches("data[role]")) return;
    all("data[role]", event.target.closest("p")).forEach(each => { each.tabIndex = each === event.target ? 0 : -1; });
  });
  main.addEventListener("keydown", event => {
    const number = event.target.closest("data[role]"), by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!number || !["Enter", " ", "ArrowRight", "ArrowLeft"].includes(event.key)) return;
    event.preventDefault();
    if (!by) { if (number === open) close(); else show(number); return; }
    const next = quoted[quoted.indexOf(number) + by];
    if (!next) return;
    const showing = open;
    next.focus();
    if (showing) show(next);
  });
  link.addEventListener("click", () => {
    const { place, row } = open.dataset, figure = document.getElementById(place);
    close();
    all(".pointed").forEach(each => each.classList.remove("pointed"));
    if (!row) return;
    const line = rows(one("table", figure))[row], folded = line.closest("details");
    if (folded) folded.open = true;
    line.classList.add("pointed");
    line.tabIndex = -1;
    setTimeout(() => { line.scrollIntoView({ block: "center" }); line.focus({ preventScroll: true }); });
  });
}

/* What scrolls sideways is reached by Tab; what does not, is no stop on the way. */
function scrollers() {
  if (!window.ResizeObserver) return;
  const watch = new ResizeObserver(entries => entries.forEach(({ target }) => {
    if (target.scrollWidth > target.clientWidth + 1 || target.scrollHeight > target.clientHeight + 1) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }));
  all(".wide").forEach(each => watch.observe(each));
}

function printing() {
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all(".hole details:not([open])");
    folded.forEach(each => { each.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach(each => { each.open = false; }));
}

document.addEventListener("DOMContentLoaded", () => {
  one(".bar").hidden = false;
  [chooseLook, search, tables, numbers, scrollers, printing, contents].forEach(part => part());
});
