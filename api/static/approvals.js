// 冲正核准: a request that comes while the page is open is told of. The list itself stays: no row moves under a hand.

import { by } from "./page.js";
import { ask } from "./server.js";

const EVERY_MS = 3000;

let asking = false;

async function look() {
  if (asking || document.visibilityState !== "visible") return;
  asking = true;
  try {
    const { newest, count } = await ask("/approvals/waiting");
    by("more").querySelector("b").textContent = count;
    by("more").hidden = (newest ?? 0) <= Number(by("waiting").dataset.newest);
  } catch {
    // The next look comes soon; what is on the page stands.
  } finally {
    asking = false;
  }
}

setInterval(look, EVERY_MS);
