// Every page: how fresh the figures are (the homepage hears it by its own stream), and no key that is held acts twice.

import { ask } from "./server.js";

const EVERY_MS = 5000;
const box = document.getElementById("asof");

export function showAsOf({ time, lag, state }) {
  box.dataset.state = state;
  box.querySelector("b").textContent = time;
  box.querySelector(".lag").textContent = lag;
}

async function refresh() {
  if (document.visibilityState !== "visible") return;
  try {
    showAsOf(await ask("/asof"));
  } catch {
    box.dataset.state = "stale";
  }
}

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

if (!document.getElementById("tiles")) setInterval(refresh, EVERY_MS);
