// Every page: how fresh the figures are. The homepage hears it by its own stream.

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

if (!document.getElementById("tiles")) setInterval(refresh, EVERY_MS);
