// Searches the articles of the site. The index is loaded only when somebody searches: a script for each day, newest
// first, each of which calls aggregateSearch(name, value). Scripts load from a disk as well as from a server.
"use strict";
(() => {
  const form = document.querySelector("form.search"), input = form.elements.q;
  const status = document.getElementById("status"), results = document.getElementById("results");
  const older = document.getElementById("older");
  const text = form.dataset, language = document.documentElement.lang;
  const dates = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {dateStyle: "medium"});  // as the pages
  const PAGE = /^articles\/\d{4}\/\d\d\/[0-9a-f]+\.html$/, STEP = 50;
  const received = new Map(), days = new Map();
  let search = 0, timer = 0;

  window.aggregateSearch = (name, value) => received.set(name, value);

  const load = (name, address) => new Promise((done, failed) => {
    if (received.has(name)) return done(received.get(name));
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => { script.remove(); done(received.get(name)); };
    script.onerror = () => { script.remove(); failed(new Error(address)); };
    document.head.append(script);
  });
  const fold = value => value.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/ß/g, "ss");
  const wordsOf = value => fold(value).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  // Scripts without spaces between words are searched as they are.
  const joined = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;

  async function day(name) {
    if (!days.has(name)) {
      const entries = await load(name, `${text.folder}/${name}.js`);
      days.set(name, (Array.isArray(entries) ? entries : []).filter(entry => PAGE.test(entry[3]))
        .map(entry => ({entry, words: ` ${wordsOf(`${entry[0]} ${entry[1]} ${entry[4]}`).join(" ")} `})));
      received.delete(name);
    }
    return days.get(name);
  }

  function matcher(words) {
    const patterns = words.map((word, index) => joined.test(word) ? word : index < words.length - 1 ? ` ${word} ` : ` ${word}`);
    return item => patterns.every(pattern => item.words.includes(pattern));
  }

  function show({entry: [title, outlet, date, page, summary]}) {
    const add = (parent, name, content, set) => {
      const element = Object.assign(document.createElement(name), set);
      element.textContent = content;
      parent.append(element);
      return element;
    };
    const item = document.createElement("li"), when = new Date(date);
    const time = add(item, "time", isNaN(when) ? "" : dates.format(when), {dateTime: date});
    const block = add(item, "div", "", {dir: "auto"});
    add(add(block, "h2", ""), "a", title, {href: page});
    if (summary) add(block, "p", summary, {className: "summary"});
    add(add(block, "p", "", {className: "byline"}), "bdi", outlet, {className: "outlet"});
    item.append(time, block);
    results.append(item);
  }

  // Shows up to `limit` results, day after day, and offers to go on.
  async function run(query, limit) {
    const mine = ++search, words = wordsOf(query);
    results.replaceChildren();
    older.hidden = true;
    if (!words.length) { status.textContent = ""; return; }
    const matches = matcher(words), found = new Set();
    status.textContent = text.loading;
    let missed = 0, names;
    try { names = await load("days", text.index); } catch { status.textContent = text.failed; return; }
    for (const name of names.filter(one => /^\d{4}-\d\d-\d\d$/.test(one))) {
      if (found.size >= limit) { older.hidden = false; break; }
      const items = await day(name).catch(() => { missed++; return []; });
      if (mine !== search) return;
      for (const item of items.filter(matches)) {
        if (found.size >= limit) { older.hidden = false; break; }
        if (!found.has(item.entry[3])) { found.add(item.entry[3]); show(item); }
      }
    }
    older.firstElementChild.onclick = () => run(query, limit + STEP);
    const many = older.hidden ? text.many : text.some;
    const count = found.size === 1 && older.hidden ? text.one : many.replace("{n}", found.size);
    status.textContent = found.size ? count : missed ? text.failed : text.none;
  }

  function begin() {
    const address = new URL(location.href);
    address.searchParams.set("q", input.value);
    try { history.replaceState(null, "", address); } catch { /* not allowed for files in some browsers */ }
    run(input.value, STEP);
  }
  form.addEventListener("submit", event => { event.preventDefault(); clearTimeout(timer); begin(); });
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(begin, 150); });
  input.value = new URLSearchParams(location.search).get("q") || "";
  if (input.value) run(input.value, STEP);
})();
