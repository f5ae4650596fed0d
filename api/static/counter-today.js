// 今日收款与日结: walk the list, ask to take a payment back, take it back once somebody has said yes, void a
// spoilt sheet, close the day.

import { asked, by, pause } from "./page.js";
import { hearAnswers } from "./requests.js";
import { newKey, send } from "./server.js";
import { fen, plain, typed, yuan } from "./yuan.js";

/** Where Esc leads: a slip of the day back to the day, everything else to the counter. */
const BACK = location.pathname === "/counter/handover" ? "/counter/today" : "/counter";

let inDoubt = false;

function fail(error) {
  inDoubt = error.inDoubt === true;
  by("trouble").textContent = error.message;
  by("trouble").hidden = false;
  scrollTo(0, 0);
}

/** A field is another now: what was said of it is gone. What nobody knows yet stays. */
function calm() {
  if (!inDoubt) by("trouble").hidden = true;
}

/** Sends an order again under its key while nobody knows what became of it: the same order is posted once. */
async function sendUntilKnown(path, order) {
  for (let tried = 1; ; tried += 1) {
    try {
      return await send(path, order);
    } catch (error) {
      if (!error.inDoubt || tried === 5) throw error;
      fail({ message: `${error.message}（正在用同一编号再查，第 ${tried} 次）` });
      await pause(2000);
    }
  }
}

let isRead = asked();

/** Opens a dialog; F2 says yes, Esc says no. */
function confirmBy(dialog, go) {
  isRead = asked();
  dialog.returnValue = "";
  dialog.showModal();
  dialog.querySelector("[data-cancel]").onclick = () => dialog.close();
  dialog.onclose = () => dialog.returnValue === "go" && go();
}

function reverse(row) {
  const cells = [...row.cells].map((cell) => cell.textContent);
  const facts = [["用户", `${cells[1]} ${cells[2]}`], ["金额", `${cells[4]} 元（${cells[3]}）`], ["票据", cells[6]]];
  // What came in several ways goes back in each.
  if (row.dataset.ways) facts.splice(2, 0, ["退回", row.dataset.ways]);
  by("reverse-facts").replaceChildren(
    ...facts.flatMap(([name, text]) => {
      const dt = Object.assign(document.createElement("dt"), { textContent: name });
      return [dt, Object.assign(document.createElement("dd"), { textContent: text })];
    }),
  );
  const asks = row.dataset.act === "ask";
  by("reverse-ask").hidden = !asks;
  by("reverse-go").hidden = asks;
  by("reverse-yes").textContent = asks ? "提交申请" : "确认冲正";
  by("reverse-reason").value = row.dataset.reason ?? "";
  const key = newKey();
  confirmBy(by("reverse"), async () => {
    const order = { payment: Number(row.dataset.payment), reason: by("reverse-reason").value };
    try {
      if (asks) {
        await send("/counter/api/request", order);
        return location.reload();
      }
      const done = await sendUntilKnown("/counter/api/reverse", { key, ...order });
      location.assign(`/counter/receipt/${done.payment}`);
    } catch (error) {
      fail(error);
    }
  });
  by("reverse-reason").focus();
}

/** What was counted beside what is due: who has another sum counts again, and says why. */
function count() {
  const { amount, wrong } = typed(by("counted").value);
  const short = amount === null || wrong ? 0n : amount - fen(by("counted").dataset.due);
  const told = wrong ?? (short ? `${short > 0n ? "长款" : "短款"} ${yuan(short > 0n ? short : -short)} 元，请重新清点；无误的，请填写原因` : "");
  by("counted-note").textContent = told;
  by("counted-note").hidden = !told;
  by("counted-reason").required = short !== 0n;
  by("counted-reason").closest("label").hidden = short === 0n;
}

function closeDay() {
  const { day, outlet, first, seen } = by("close-day").dataset;
  // Days close in order: the forgotten one comes first.
  if (first) return location.assign(first);
  if (by("close-day").disabled) return;
  count();
  confirmBy(by("closing"), async () => {
    const { amount, wrong } = typed(by("counted").value);
    if (wrong) return fail({ message: `清点现金：${wrong}` });
    try {
      const free = by("free")?.checked ? by("free").dataset.free : "0.00";
      const counted = amount === null ? null : plain(amount);
      const reason = by("counted-reason").required ? by("counted-reason").value : null;
      await send("/counter/api/close", { day, outlet: Number(outlet), seen, counted, reason, free });
      location.assign(`/counter/handover?day=${day}&outlet=${outlet}`);
    } catch (error) {
      fail(error);
    }
  });
  by("counted").select();
}

/** Takes the next sheet out of the paper, once its number has been read off it. */
function voidNext(segment) {
  const { type, code, label } = segment.dataset;
  by("void-next").textContent = label;
  by("void-no").value = by("void-reason").value = "";
  confirmBy(by("void"), async () => {
    try {
      await send("/counter/api/void", { receipt_type: type, code, no: by("void-no").value, reason: by("void-reason").value });
      location.reload();
    } catch (error) {
      fail(error);
    }
  });
  by("void-no").focus();
}

const rows = () => [...document.querySelectorAll("#payments tr[data-payment]")];

document.addEventListener("keydown", (event) => {
  const open = document.querySelector("dialog[open]");
  if (open) {
    if (event.key === "F2") {
      event.preventDefault();
      if (isRead()) open.querySelector("form").requestSubmit(open.querySelector('[value="go"]'));
    } else if (event.key === "Enter" && event.target.matches("input")) {
      // What is scanned into a field, and an impatient hand, closes no day and takes nothing back.
      event.preventDefault();
    }
    return;
  }
  const row = document.activeElement?.closest?.("tr[data-payment]");
  if (event.key === "F2" && by("close-day")) closeDay();
  else if (event.key === "F9" && by("print")) print();
  else if (event.key === "Escape") location.assign(BACK);
  else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && by("payments")) {
    const all = rows();
    const at = all.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1);
    all[Math.max(0, Math.min(at, all.length - 1))]?.focus();
  } else if (event.key === "Enter" && row && document.activeElement === row) location.assign(`/counter/receipt/${row.dataset.payment}`);
  else if (event.key === "Delete" && row?.dataset.act) reverse(row);
  else return;
  event.preventDefault();
});

by("payments")?.addEventListener("click", (event) => {
  if (!event.target.matches("[data-reverse]")) return;
  event.preventDefault();
  reverse(event.target.closest("tr"));
});
by("close-day")?.addEventListener("click", closeDay);
for (const segment of document.querySelectorAll("[data-void]")) segment.addEventListener("click", () => voidNext(segment));
by("counted")?.addEventListener("input", () => {
  calm();
  count();
});
by("print")?.addEventListener("click", () => print());
by("back")?.addEventListener("click", () => location.assign(BACK));
hearAnswers();
