// 冲正申请: until the word of the second person comes, it is asked for; wherever a payment waits for it.

import { by, pause } from "./page.js";
import { ask } from "./server.js";

const LOOK_MS = 2000;

/** True where somebody is at work in the page: a dialog is open, or something was typed. */
const isBusy = () => document.querySelector("dialog[open]") || [...document.querySelectorAll("main input:not([type=hidden])")].some((field) => field.value !== field.defaultValue);

/** Looks for the answers to what is marked `data-waiting` on the page, which is then drawn anew, unless somebody is at work in it. */
export async function hearAnswers() {
  for (const waits = document.querySelectorAll("[data-waiting]"); waits.length; await pause(LOOK_MS)) {
    if (document.visibilityState !== "visible") continue;
    try {
      const requests = await ask("/counter/api/requests");
      const heard = [...waits].map((part) => requests.find((r) => r.payment === Number(part.dataset.payment))).filter((r) => r && r.state !== "waiting");
      if (!heard.length) continue;
      if (!isBusy()) return location.reload();
      by("told").textContent = `冲正申请有答复：${heard.map((r) => `缴费 ${r.payment} ${r.label}`).join("；")}`;
      by("told").hidden = false;
    } catch {
      // The next look comes soon.
    }
  }
}
