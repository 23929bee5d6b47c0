"use strict";
(() => {
  const tree = document.getElementById("tree");
  if (!tree) return;
  const filter = document.getElementById("filter");
  const unready = document.getElementById("unready");
  const shown = document.getElementById("shown");
  const items = [...tree.querySelectorAll('[role="treeitem"]')];
  const texts = new Map(items.map((item) => [item, item.firstElementChild.textContent.toLowerCase()]));
  let opened = null; // How everything stood before the filter opened what it found.
  let current = items[0];

  const group = (item) => item.querySelector(":scope > ul");
  const isOpen = (item) => item.getAttribute("aria-expanded") === "true";
  const setOpen = (item, open) => group(item) && item.setAttribute("aria-expanded", String(open));
  const parent = (item) => item.parentElement.closest('[role="treeitem"]');
  const children = (list) => [...list.children].filter((item) => !item.hidden);
  const siblings = (item) => children(item.parentElement);

  const focus = (item, take = true) => {
    if (!item) return;
    current.tabIndex = -1;
    current = item;
    current.tabIndex = 0;
    if (take) {
      current.focus({ preventScroll: true });
      current.firstElementChild.scrollIntoView({ block: "nearest" });
    }
  };

  const next = (item) => {
    if (isOpen(item) && children(group(item)).length) return children(group(item))[0];
    for (let at = item; at; at = parent(at)) {
      const row = siblings(at);
      const after = row[row.indexOf(at) + 1];
      if (after) return after;
    }
    return null;
  };
  const deepest = (item) => {
    while (isOpen(item) && children(group(item)).length) item = children(group(item)).at(-1);
    return item;
  };
  const previous = (item) => {
    const row = siblings(item);
    const before = row[row.indexOf(item) - 1];
    return before ? deepest(before) : parent(item);
  };
  const first = () => children(tree)[0];
  const last = () => first() && deepest(children(tree).at(-1));

  const close = (item) => {
    if (item.contains(current)) focus(item, item.contains(document.activeElement));
    setOpen(item, false);
  };
  const find = (letter) => {
    for (let at = next(current) ?? first(); at && at !== current; at = next(at) ?? first()) {
      const title = at.querySelector(".id") ?? at.querySelector(".kind");
      if (title.textContent.trim().toLowerCase().startsWith(letter)) return focus(at);
    }
  };

  const keys = {
    ArrowDown: () => focus(next(current)),
    ArrowUp: () => focus(previous(current)),
    ArrowRight: () => (group(current) && !isOpen(current) ? setOpen(current, true) : group(current) && focus(children(group(current))[0])),
    ArrowLeft: () => (isOpen(current) ? close(current) : focus(parent(current))),
    Home: () => focus(first()),
    End: () => focus(last()),
    Enter: () => (isOpen(current) ? close(current) : setOpen(current, true)),
    " ": () => keys.Enter(),
    "*": () => siblings(current).forEach((item) => setOpen(item, true)),
  };

  tree.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (keys[event.key]) keys[event.key]();
    else if (/^[\p{L}\p{N}]$/u.test(event.key)) find(event.key.toLowerCase());
    else return;
    event.preventDefault();
  });
  tree.addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (!row || getSelection().toString()) return;
    focus(row.parentElement);
    if (isOpen(current)) close(current);
    else setOpen(current, true);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== filter) {
      filter.focus();
      filter.select();
      event.preventDefault();
    } else if (event.key === "Escape" && (filter.value || unready.checked || document.activeElement === filter)) {
      filter.value = "";
      unready.checked = false;
      apply();
      focus(current);
      event.preventDefault();
    }
  });

  // Shows what matches all words, what is above it, and what is below it; opens what leads to a match.
  const visit = (item, words, inherited) => {
    const own = words.every((word) => texts.get(item).includes(word));
    const wanted = !unready.checked || item.dataset.state !== "ready";
    const found = { shown: 0, direct: 0 };
    for (const child of group(item)?.children ?? []) {
      const below = visit(child, words, inherited || (own && words.length > 0));
      found.shown += below.shown;
      found.direct += below.direct;
    }
    setOpen(item, found.direct > 0);
    const matches = wanted && (own || inherited);
    item.hidden = !matches && found.shown === 0;
    return { shown: found.shown + Number(matches), direct: found.direct + Number(wanted && own) };
  };
  const apply = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length || unready.checked) {
      opened ??= new Map(items.map((item) => [item, isOpen(item)]));
      const lines = [...tree.children].reduce((sum, item) => sum + visit(item, words, false).shown, 0);
      shown.textContent = lines === 1 ? "1 line matches" : `${lines} lines match`;
    } else if (opened) {
      items.forEach((item) => (item.hidden = false));
      opened.forEach((open, item) => setOpen(item, open));
      opened = null;
      shown.textContent = "";
    }
    if (current.closest("[hidden]")) focus(first() ?? items[0], false);
  };
  filter.addEventListener("input", apply);
  filter.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "Enter") {
      focus(first());
      event.preventDefault();
    }
  });
  unready.addEventListener("change", apply);
  document.getElementById("open").addEventListener("click", () => items.forEach((item) => setOpen(item, true)));
  document.getElementById("close").addEventListener("click", () => {
    items.forEach((item) => setOpen(item, false));
    focus(current.closest('[aria-level="1"]'), false);
  });
})();
