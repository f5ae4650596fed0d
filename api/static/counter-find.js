// The search box of the counter: what is typed, the list under it, the arrow keys.

import { ask } from "./server.js";

const PAUSE_MS = 180;

export function finder({ choose, leave, fail }) {
  const box = document.getElementById("ask");
  const list = document.getElementById("found");
  let timer = 0;
  let running = null;
  let found = [];
  let note = null;
  let at = -1;
  let asked = "";

  function mark(index) {
    at = index;
    [...list.children].forEach((row, i) => row.setAttribute("aria-selected", String(i === at)));
    list.children[at]?.scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", at >= 0 ? `found-${at}` : "");
  }

  function cell(tag, text) {
    const node = document.createElement(tag);
    node.textContent = text;
    return node;
  }

  /** What is to be said of the list, over the whole width of it. */
  function told(text) {
    const row = cell("li", text);
    row.className = "told";
    row.setAttribute("role", "presentation");
    return row;
  }

  function draw() {
    list.replaceChildren(
      ...found.map((card, i) => {
        const row = document.createElement("li");
        row.id = `found-${i}`;
        row.setAttribute("role", "option");
        row.append(cell("b", card.no), cell("b", card.payer_name), cell("span", `${card.town} · ${card.address}${card.meter ? ` · 表 ${card.meter}` : ""}`), cell("span", card.owes ?? "无欠费"));
        row.addEventListener("click", () => pick(i));
        return row;
      }),
    );
    if (note || !found.length) list.append(told(note ?? (asked ? "没有查到用户。号码可只输开头或末尾，至少 4 位（户号末尾不限）；也可用户名、地址再查。" : "")));
    list.hidden = !asked;
    box.setAttribute("aria-expanded", String(!list.hidden));
    mark(found.length ? 0 : -1);
  }

  async function search() {
    const text = box.value.trim();
    clearTimeout(timer);
    running?.abort();
    if (text === asked) return;
    if (!text) {
      asked = "";
      found = [];
      note = null;
      return draw();
    }
    const mine = (running = new AbortController());
    try {
      const answer = await ask(`/counter/api/search?q=${encodeURIComponent(text)}`, mine.signal);
      if (mine !== running) return;
      ({ accounts: found, note } = answer);
      asked = text;
      draw();
    } catch (error) {
      if (error.name !== "AbortError") fail(error);
    }
  }

  function pick(index) {
    if (!found[index]) return;
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    choose(found[index].account);
  }

  box.addEventListener("input", () => {
    leave();
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE_MS);
  });
  box.addEventListener("keydown", async (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (found.length) mark((at + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      if (event.repeat) return;
      if (box.value.trim() !== asked) await search();
      // An older list is nobody's answer: only what was found for this very text is opened.
      if (box.value.trim() === asked) pick(at);
    }
  });
  document.getElementById("ask-go").addEventListener("click", async () => {
    // The next key is for the box again; whom nobody can be mistaken for is opened at once.
    box.focus();
    await search();
    if (box.value.trim() === asked && found.length === 1) pick(0);
  });

  return {
    look(text) {
      leave();
      box.value = text;
      box.focus();
      search();
    },
    reset() {
      running?.abort();
      box.value = "";
      asked = "";
      found = [];
      note = null;
      draw();
      box.focus();
    },
  };
}
