// 统计报表: the day before, the day after, preview, F9 print, F8 Excel.

import { ask } from "./server.js";

const by = (id) => document.getElementById(id);
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
  if (!by("day").value) return;
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

function move(days) {
  const day = new Date(`${by("day").value}T00:00:00Z`);
  if (Number.isNaN(day.valueOf())) return;
  day.setUTCDate(day.getUTCDate() + days);
  const text = day.toISOString().slice(0, 10);
  if (text > by("day").max) return;
  by("day").value = text;
  preview();
}

by("before").addEventListener("click", () => move(-1));
by("after").addEventListener("click", () => move(1));
by("day").addEventListener("change", preview);
by("outlet").addEventListener("change", preview);
// The paper opens in its own tab; its number is in the list a moment later.
form.addEventListener("submit", () => setTimeout(issued, 2500));
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
