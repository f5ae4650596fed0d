// 统计报表: the day before, the day after, preview, F9 print, F8 Excel.

import { by } from "./page.js";
import { ask } from "./server.js";

const form = by("ask");
const code = form.dataset.code;
let running = null;

const query = () => new URLSearchParams({ day: by("day").value, outlet: by("outlet").value });

function say(text) {
  const words = Object.assign(document.createElement("p"), { className: "note bad", textContent: text });
  by("desk").replaceChildren(words);
}

/** The proofs come with the paper; they stand under it. */
function ties() {
  by("ties").replaceChildren(by("desk").querySelector(".report-checks") ?? "");
}

async function issued() {
  by("issued").innerHTML = await ask("/report/issued");
}

async function preview() {
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  history.replaceState(null, "", `?${query()}`);
  by("ties").replaceChildren();
  try {
    by("desk").innerHTML = await ask(`/report/${code}/preview?${query()}`, signal);
    ties();
  } catch (error) {
    if (error.name !== "AbortError") say(error.message);
  }
}

const today = by("day").dataset.today;
let shown = by("day").value;

function after(day, days) {
  const moved = new Date(`${day}T00:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + days);
  return moved.toISOString().slice(0, 10);
}

/** Reads 2026-11-24, 20261124, 1124, -1 and t; nothing where it is no day. */
function read(text) {
  const plain = text.trim().toLowerCase();
  if (plain === "t") return today;
  if (/^[+-]\d{1,3}$/.test(plain)) return after(today, Number(plain));
  const digits = plain.replaceAll(/[-/.]/g, "");
  const full = /^\d{4}$/.test(digits) ? today.slice(0, 4) + digits : digits;
  if (!/^\d{8}$/.test(full)) return null;
  const day = `${full.slice(0, 4)}-${full.slice(4, 6)}-${full.slice(6)}`;
  return Number.isNaN(Date.parse(day)) ? null : day;
}

function go(day) {
  // No day is after today; what cannot be read falls back to what is shown.
  shown = day === null ? shown : day > today ? today : day;
  by("day").value = shown;
  preview();
}

/** Takes what is typed in the day box. */
const take = () => by("day").value !== shown && go(read(by("day").value));
const move = (days) => go(after(shown, days));

by("before").addEventListener("click", () => move(-1));
by("after").addEventListener("click", () => move(1));
by("day").addEventListener("change", take);
by("day").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  take();
});
by("outlet").addEventListener("change", preview);
// The paper opens in its own tab; its number is in the list a moment later.
form.addEventListener("submit", () => {
  take();
  setTimeout(issued, 2500);
});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && issued());
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "[") move(-1);
  else if (event.key === "]") move(1);
  else if (event.key === "F8") form.requestSubmit(by("excel"));
  else if (event.key === "F9") form.requestSubmit(by("print"));
  else return;
  event.preventDefault();
});

preview();
issued().catch((error) => say(error.message));
