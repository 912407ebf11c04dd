"use strict";
const root = document.documentElement;
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const one = (selector, within = document) => within.querySelector(selector);
const narrow = matchMedia("(max-width: 60rem)");
const named = hash => document.getElementById(decodeURIComponent(hash.slice(1)));
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
  const links = new Map(all("nav a").map(link => [named(link.hash), link]));
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
    const shown = [...links.keys()].filter(heading => !heading.hidden);
    const read = shown.filter(heading => heading.getBoundingClientRect().top <= line).pop() || shown[0];
    if (read === current || !read) return;
    if (current) links.get(current).removeAttribute("aria-current");
    current = read;
    const link = links.get(read), list = one("nav");
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

/* A filter by names: sections and rows of other names are left out; the choice is in the address, behind a question mark. */
function filters() {
  const form = one(".filter"), main = one("main");
  if (!form) return;
  const selects = all("select", form), names = new Map();
  let open = [];
  [...main.children].forEach(block => {
    if (/^H[2-6]$/.test(block.tagName)) {
      open = [...open.filter(above => above.tagName < block.tagName), block];
    }
    names.set(block, Object.assign({}, ...open.map(heading => heading.dataset)));
  });
  const other = block => selects.filter(({ name, value }) => value && (names.get(block)?.[name] ?? value) !== value);

  const sift = table => {
    const heads = [...table.tHead.rows[0].cells];
    const asked = selects.filter(({ name, value }) => value && heads.some(head => head.dataset.name === name));
    rows(table).forEach(row => {
      row.hidden = asked.some(({ name, value }) => raw(row.cells[heads.findIndex(head => head.dataset.name === name)]) !== value);
    });
    const note = one(".only", table.closest(".wide").parentElement), left = rows(table).some(row => !row.hidden);
    note.textContent = asked.length ? main.dataset[left ? "only" : "nothing"] + asked.map(({ value }) => value).join("、") : "";
  };
  const apply = () => {
    const address = new URLSearchParams(location.search), chosen = selects.filter(({ value }) => value);
    selects.forEach(({ name, value }) => { if (value) address.set(name, value); else address.delete(name); });
    const query = address.size ? `?${address}` : location.pathname;
    if (location.search !== (address.size ? query : "")) history.replaceState(null, "", query + location.hash);
    names.forEach((_, block) => { block.hidden = other(block).length > 0; });
    all("nav li").forEach(line => { line.hidden = named(one("a", line).hash).hidden; });
    all("main table").forEach(sift);
    one(".chosen").textContent = chosen.map(({ value }) => ` ${value}`).join("");
  };
  /* Who follows a link to what is left out, wants to see it. */
  const reveal = hash => {
    const block = hash && named(hash)?.closest("main > *"), hiding = block ? other(block) : [];
    if (!hiding.length) return;
    hiding.forEach(select => { select.value = ""; });
    apply();
  };
  const asked = new URLSearchParams(location.search);
  selects.forEach(select => {
    const value = asked.get(select.name);
    if ([...select.options].some(option => option.value === value)) select.value = value;
    select.addEventListener("change", apply);
  });
  form.hidden = false;
  if (selects.some(({ value }) => value)) apply();
  reveal(location.hash);
  if (location.hash) named(location.hash)?.scrollIntoView();
  document.addEventListener("click", event => reveal(event.target.closest("a[href^='#']")?.hash), { capture: true });
  addEventListener("hashchange", () => reveal(location.hash));
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
  const runs = text => /^[=+\-@＝＋－＠\t\r\n]/.test(text) && !/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?%?$/i.test(text); // in a spreadsheet
  const field = (text, inert = runs(text) ? `'${text}` : text) => (/[",\r\n]/.test(inert) ? `"${inert.replaceAll("\"", "\"\"")}"` : inert);
  const kind = table.dataset.kind, heads = [...table.tHead.rows[0].cells].map(head => head.dataset.name || head.textContent);
  const lines = [...table.tBodies[0].rows].filter(row => !row.hidden).map(row => [...(kind ? [kind] : []), ...[...row.cells].map(raw)]);
  return [[...(kind ? ["data"] : []), ...heads], ...lines].map(line => `${line.map(text => field(text)).join(",")}\r\n`).join("");
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

function save(name, ...parts) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(parts[0] instanceof Blob ? parts[0] : new Blob(...parts));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
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
      save(`${table.dataset.file || document.title}.csv`, ["\ufeff", csv(table)], { type: "text/csv;charset=utf-8" });
    });
  });
}

/* Drawings are taken away as they are laid out for a page, whatever the screen shows. */
function pictures() {
  all(".drawing").forEach(box => {
    const tools = one("#pictures").content.cloneNode(true).firstChild, drawing = one("svg", box);
    const name = one("table", box.parentElement)?.dataset.file || document.title, [, , wide, high] = drawing.getAttribute("viewBox").split(" ");
    const alone = () => {
      const copy = drawing.cloneNode(true);
      all(".at", copy).forEach(mark => mark.remove());
      copy.removeAttribute("data-marks");
      Object.entries({ width: `${wide}pt`, height: `${high}pt`, "stroke-linejoin": "round" }).forEach(side => copy.setAttribute(...side));
      return new XMLSerializer().serializeToString(copy);
    };
    box.after(tools);
    one(".svg", tools).addEventListener("click", () => save(`${name}.svg`, [alone()], { type: "image/svg+xml" }));
    one(".png", tools).addEventListener("click", async () => {
      const image = new Image(), canvas = document.createElement("canvas");
      image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(alone())}`;
      await image.decode();
      [canvas.width, canvas.height] = [wide, high].map(side => Math.round(side * 200 / 72));
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob(blob => save(`${name}.png`, blob));
    });
  });
}

/* Values in drawings: by pointing, by touch, by the arrows. `data-marks`: left, top, right, bottom, words. */
function values() {
  const tip = one("#value"), marks = new Map(), near = 24;
  const read = drawing => marks.get(drawing) || marks.set(drawing, JSON.parse(drawing.dataset.marks)).get(drawing);
  const away = (mark, x, y) => { /* of points that lie in a row, the one above or below the pointer is meant */
    const across = Math.max(mark[0] - x, 0, x - mark[2]), down = Math.max(mark[1] - y, 0, y - mark[3]);
    return Math.hypot(across, mark[0] === mark[2] ? down / 4 : down);
  };
  const clear = () => { all(".at").forEach(each => each.remove()); tip.textContent = ""; };
  const lay = (box, words) => {
    tip.textContent = words;
    const { left, right, top, bottom } = box, { offsetWidth, offsetHeight } = tip;
    const x = Math.max(8, Math.min((left + right - offsetWidth) / 2, root.clientWidth - offsetWidth - 8));
    tip.style.setProperty("--x", `${scrollX + x}px`);
    tip.style.setProperty("--y", `${scrollY + (top > offsetHeight + 12 ? top - offsetHeight - 8 : bottom + 8)}px`);
  };
  const show = (drawing, mark) => {
    const [left, top, right, bottom, words] = mark, room = 2, ring = document.createElementNS(drawing.namespaceURI, "rect");
    clear();
    const sides = { x: left - room, y: top - room, width: right - left + 2 * room, height: bottom - top + 2 * room, rx: room, class: "at" };
    Object.entries(sides).forEach(([side, value]) => ring.setAttribute(side, value));
    drawing.append(ring);
    lay(ring.getBoundingClientRect(), words);
  };
  all(".drawing").forEach(box => {
    const drawings = all("svg[data-marks]", box), current = () => drawings.find(each => each.checkVisibility());
    if (!drawings.length) return;
    box.classList.add("valued");
    box.tabIndex = 0;
    let at = -1;
    const point = event => {
      const drawing = current(), matrix = drawing?.getScreenCTM();
      if (!matrix) return;
      const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
      const all = read(drawing), nearest = all.reduce((best, mark) => (away(mark, x, y) < away(best, x, y) ? mark : best));
      if (away(nearest, x, y) > near) { clear(); return; }
      if (tip.textContent === nearest[4] && one(".at", drawing)) return;
      at = all.indexOf(nearest);
      show(drawing, nearest);
    };
    box.addEventListener("pointermove", point);
    box.addEventListener("pointerdown", point);
    box.addEventListener("pointerleave", clear);
    box.addEventListener("focus", () => {
      at = -1;
      if (box.matches(":focus-visible")) lay(box.getBoundingClientRect(), tip.dataset.how);
    });
    box.addEventListener("blur", clear);
    box.addEventListener("keydown", event => {
      const drawing = current(), last = drawing ? read(drawing).length - 1 : -1;
      const next = { ArrowRight: at + 1, ArrowLeft: at < 0 ? last : at - 1, Home: 0, End: last }[event.key];
      if (event.key === "Escape") clear();
      if (next === undefined || last < 0) return;
      event.preventDefault();
      at = Math.max(0, Math.min(next, last));
      show(drawing, read(drawing)[at]);
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

/* What scrolls says so and is reached by Tab; what does not, is no stop on the way, unless it has values to show. */
function scrollers() {
  if (!window.ResizeObserver) return;
  const said = one("main").dataset, notes = new Map();
  const note = box => {
    if (!notes.has(box)) {
      notes.set(box, document.createElement("p"));
      notes.get(box).className = "slides";
      box.before(notes.get(box));
    }
    return notes.get(box);
  };
  const watch = new ResizeObserver(entries => entries.forEach(({ target }) => {
    const across = target.scrollWidth > target.clientWidth + 1, down = target.scrollHeight > target.clientHeight + 1;
    if (across || down || target.matches(".valued")) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
    target.classList.toggle("slid", across && !!one("table", target));
    if (across || down || notes.has(target)) {
      note(target).textContent = [across && said.slides, down && said.slidesDown].filter(Boolean).join("；");
      note(target).hidden = !across && !down;
    }
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
  [chooseLook, search, tables, pictures, values, numbers, filters, scrollers, printing, contents].forEach(part => part());
});
