// Every page: how fresh the figures are (the homepage hears it by its own stream), no key that is held acts twice, and
// whoever goes leaves no statement behind.

import "./refused.js";
import { loginAgain } from "./again.js";
import { drop } from "./draft.js";
import { ask } from "./server.js";

const EVERY_MS = 5000;
const box = document.getElementById("asof");

export function showAsOf({ time, lag, state }) {
  box.dataset.state = state;
  box.querySelector("b").textContent = time;
  box.querySelector(".how").textContent = `延迟 ${lag}`;
}

/** Nobody answers: how far the figures are behind is not known any more. */
export function showLost() {
  box.dataset.state = "stale";
  box.querySelector(".how").textContent = "连接中断";
}

let asking = false;

async function refresh() {
  if (asking || document.visibilityState !== "visible") return;
  asking = true;
  try {
    showAsOf(await ask("/asof"));
  } catch {
    showLost();
  } finally {
    asking = false;
  }
}

// A part of a page that htmx fetches: the list of exports asks by itself.
document.addEventListener("htmx:response:error", (event) => event.detail.ctx.response.status === 401 && loginAgain());

// Enter or F2 held would find a payer, take the money and print, or ask for the close and answer it.
document.addEventListener(
  "keydown",
  (event) => {
    const writing = event.target instanceof HTMLTextAreaElement;
    if (event.repeat && !writing && /^(Enter|F\d+)$/.test(event.key)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  },
  true,
);

document.querySelector('form[action="/logout"]')?.addEventListener("submit", drop);
if (!document.getElementById("tiles")) setInterval(refresh, EVERY_MS);
