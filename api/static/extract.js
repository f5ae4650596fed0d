// SQL 工作台: the dictionary, the editor, the rows.

import { by } from "./page.js";
import { send } from "./server.js";
import * as draft from "./draft.js";

const sql = by("sql");
let running = null;

function lines(wrong) {
  const count = sql.value.split("\n").length;
  by("lines").replaceChildren(
    ...Array.from({ length: count }, (_, i) => {
      const node = document.createElement(i + 1 === wrong ? "b" : "span");
      node.textContent = `${i + 1}\n`;
      return node;
    }),
  );
}

function keep() {
  draft.keep(sql.value);
  by("export-sql").value = sql.value;
  lines();
}

function node(tag, className, text) {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}

function table(answer) {
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  head.append(node("th", "", ""), ...answer.columns.map((c) => node("th", c.numeric ? "n" : "", c.name)));
  const body = table.createTBody();
  answer.rows.forEach((cells, i) => {
    const row = body.insertRow();
    row.append(node("td", "", String(i + 1)));
    cells.forEach((cell, j) => row.append(node("td", cell === null ? "null" : answer.columns[j].numeric ? "n" : "", cell ?? "空")));
  });
  const scroll = node("div", "rows scroll", "");
  scroll.append(table);
  return scroll;
}

function show(answer) {
  const head = node("div", "under", "");
  head.append(node("b", "", `${answer.total.toLocaleString("zh-CN")} 行`));
  if (answer.rows.length < answer.total) head.append(node("span", "tag warn", `只显示前 ${answer.rows.length.toLocaleString("zh-CN")} 行，导出可得全部`));
  head.append(node("span", "muted", `${answer.elapsed_ms} 毫秒 · 数据位置 ${answer.lsn} · 数据截至 ${answer.as_of}`));
  by("answer").replaceChildren(head, answer.columns.length ? table(answer) : node("p", "empty", "没有结果。"));
}

function refuse(error) {
  const { line, column } = error.body ?? {};
  const where = line ? `第 ${line} 行第 ${column} 列：` : "";
  const box = node("div", "under", "");
  box.append(node("p", "note bad", where + error.message));
  by("answer").replaceChildren(box);
  if (line) {
    lines(line);
    const before = sql.value.split("\n").slice(0, line - 1).reduce((n, text) => n + text.length + 1, 0);
    sql.focus();
    sql.setSelectionRange(before + column - 1, before + column - 1);
  }
}

async function run() {
  running?.abort();
  running = new AbortController();
  const mine = running;
  by("cancel").hidden = false;
  lines();
  const waiting = setTimeout(() => by("answer").replaceChildren(node("p", "empty", "正在查询…")), 300);
  try {
    show(await send("/extract/run", { sql: sql.value }, { signal: mine.signal }));
  } catch (error) {
    if (error.name !== "AbortError") refuse(error);
    else if (mine === running) by("answer").replaceChildren(node("p", "empty", "已停止。"));
  } finally {
    clearTimeout(waiting);
    if (mine === running) by("cancel").hidden = true;
  }
}

function insert(word) {
  sql.setRangeText(word, sql.selectionStart, sql.selectionEnd, "end");
  sql.focus();
  keep();
}

by("dict-find").addEventListener("input", (event) => {
  const words = event.target.value.trim().toLowerCase();
  const has = (item) => !words || item.dataset.words.toLowerCase().includes(words);
  for (const table of document.querySelectorAll(".dict details")) {
    let hits = 0;
    for (const column of table.querySelectorAll("li")) {
      column.hidden = !has(column) && !has(table);
      if (words && has(column)) hits += 1;
    }
    table.hidden = !has(table) && !hits;
    table.open = hits > 0;
  }
});
document.querySelector(".dict").addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (button) insert(button.dataset.insert);
});

sql.addEventListener("input", keep);
sql.addEventListener("scroll", () => (by("lines").scrollTop = sql.scrollTop));
new ResizeObserver(() => (by("lines").style.maxHeight = `${sql.offsetHeight}px`)).observe(sql);
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  } else if (event.key === "Escape") running?.abort();
});
by("refused").addEventListener("click", (event) => event.target.matches("[data-seen]") && by("refused").replaceChildren());
by("run").addEventListener("click", run);
by("cancel").addEventListener("click", () => running?.abort());

sql.value = draft.read() || sql.value;
keep();
