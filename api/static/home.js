// 首页: the server pushes figures when the position moves; only what changed is written, so nothing flickers.

import { ask } from "./server.js";
import { showAsOf, showLost } from "./weir.js";
import { drawTrend } from "./trend.js";

const set = (node, text) => {
  if (node && node.textContent !== text) {
    node.textContent = text;
    return true;
  }
  return false;
};

function showTiles(tiles) {
  for (const tile of tiles) {
    const box = document.querySelector(`[data-tile="${tile.key}"]`);
    if (!box) continue;
    const value = box.querySelector(".value");
    if (set(value, tile.value)) {
      value.classList.remove("moved");
      void value.offsetWidth;
      value.classList.add("moved");
    }
    value.title = tile.exact;
    set(box.querySelector(".aside"), tile.aside);
    set(box.querySelector(".note-text"), tile.note);
    const change = box.querySelector(".change");
    if (change && tile.change) {
      change.className = `change ${tile.change.direction}`;
      set(change, tile.change.text);
    }
    box.querySelector("polyline")?.setAttribute("points", tile.spark ?? "");
  }
}

function showTowns(towns, scale) {
  for (const town of towns) {
    const box = document.querySelector(`[data-town="${town.id}"]`);
    if (!box) continue;
    box.className = `town r${town.row + 1} c${town.column + 1} ${town.seen ? `s${town.level}` : "unseen"}`;
    box.title = `${town.name}：收缴率 ${town.rate_text}，本年实收（含滞纳金、预存）${town.taken_text} 万元，欠费 ${town.open_text} 万元`;
    set(box.querySelector("span"), town.rate_text);
  }
  set(document.getElementById("low"), String(scale.low));
  set(document.getElementById("high"), String(scale.high));
}

function showRemitted(items) {
  for (const item of items) {
    const box = document.querySelector(`[data-remit="${item.fee}"]`);
    set(box?.querySelector(".words"), item.text);
    if (box) box.querySelector("progress").value = item.percent;
  }
}

function fill(body, words, rows) {
  rows.forEach((cells, i) => {
    const row = body.rows[i] ?? body.insertRow();
    cells.forEach((text, j) => {
      const cell = row.cells[j] ?? row.insertCell();
      // The first columns are words, the others figures.
      if (j >= words) cell.classList.add("n");
      set(cell, String(text));
    });
  });
  while (body.rows.length > rows.length) body.deleteRow(-1);
}

const moved = ({ moved }) => (!moved ? "—" : moved > 0 ? `▲${moved}` : `▼${-moved}`);

function show(home) {
  showAsOf(home.fresh);
  set(document.getElementById("extent"), home.extent);
  showTiles(home.tiles);
  showTowns(home.towns, home.scale);
  showRemitted(home.remittance);
  const ranks = [...home.top, ...home.bottom];
  fill(document.getElementById("ranks"), 2, ranks.map((t) => [t.place ?? "—", t.name, t.rate_text, t.taken_text, t.open_text, moved(t)]));
  fill(document.querySelector("#trend-table tbody"), 1, home.trend.map((m) => [m.period, ...m.fees, m.prepaid, m.total]));
  drawTrend(home.trend);
}

const toggle = document.getElementById("trend-toggle");
toggle.addEventListener("click", () => {
  const table = toggle.getAttribute("aria-pressed") !== "true";
  toggle.setAttribute("aria-pressed", String(table));
  toggle.textContent = table ? "看图" : "看表格";
  document.getElementById("trend").hidden = table;
  document.getElementById("trend-table").hidden = !table;
});

/** After a failure the next try waits so long, and after each further one twice as long. */
const PAUSE_FIRST_MS = 1000;
const PAUSE_LAST_MS = 60000;

let stream = null;
let timer = 0;
let pause = PAUSE_FIRST_MS;
let asking = false;

function listen() {
  if (stream || asking || document.visibilityState !== "visible") return;
  stream = new EventSource("/home/events");
  const heard = (event) => {
    pause = PAUSE_FIRST_MS;
    return JSON.parse(event.data);
  };
  stream.addEventListener("figures", (event) => show(heard(event)));
  stream.addEventListener("as-of", (event) => showAsOf(heard(event)));
  stream.addEventListener("error", lost);
}

function lost() {
  stream?.close();
  stream = null;
  showLost();
  clearTimeout(timer);
  // Readers that lose the server must not all come back in the same instant.
  timer = setTimeout(comeBack, pause * (0.5 + Math.random()));
  pause = Math.min(pause * 2, PAUSE_LAST_MS);
}

/** A stream does not tell why it ended: whoever must log in again is asked to before another one is opened. */
async function comeBack() {
  if (stream || asking || document.visibilityState !== "visible") return;
  asking = true;
  try {
    showAsOf(await ask("/asof"));
    asking = false;
    listen();
  } catch {
    asking = false;
    lost();
  }
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  if (document.visibilityState === "visible") comeBack();
  else {
    stream?.close();
    stream = null;
  }
});
listen();
