// 前台收费: find, choose, take the money, hand over the receipt. Keyboard only.

import { asked, by, pause } from "./page.js";
import { login } from "./again.js";
import { ask, newKey, send } from "./server.js";
import { plain, scanned } from "./yuan.js";
import { finder } from "./counter-find.js";
import { drawPerson, drawApart, drawCharges, drawPay, due, escape, fromPurse, inOrder, own, stepped } from "./counter-pay.js";

const state = { quote: null, chosen: [], method: "cash", key: "", busy: false, doubt: false, opening: null, typed: false, sure: "", again: "", isRead: asked(), only: "" };

function fail(error, isQuestion = false) {
  by("trouble").textContent = error.message;
  by("trouble").hidden = false;
  // A finger on glass has no F2.
  by("sure").hidden = !isQuestion;
  // The field of money may stand a screen below it.
  by("trouble").scrollIntoView({ block: "nearest" });
}

const calm = () => (by("trouble").hidden = by("sure").hidden = true);
const find = finder({ choose: open, leave, fail });

/** No payer stands in the till: there is nobody to take money from. */
function clear() {
  state.opening?.abort();
  state.opening = state.quote = null;
  state.chosen = [];
  for (const id of ["person", "charges", "apart", "purse-box"]) by(id).hidden = true;
  by("received").value = "";
  by("received").disabled = by("collect").disabled = true;
  by("due").textContent = by("change").textContent = "0.00";
  for (const id of ["due-note", "due-capitals", "received-note"]) by(id).textContent = "";
}

/** Another payer is looked for: nothing is taken from the one before under the number of the next. */
function leave() {
  if (state.doubt || state.busy) return;
  clear();
  calm();
}

async function open(account, only = "") {
  if (state.doubt) return stay();
  if (state.busy) return;
  calm();
  await load(account, only);
}

/** Asks what an account owes, and draws it. Until the answer is there, and where none comes, the till is empty. */
async function load(account, only) {
  clear();
  by("due-note").textContent = "正在查询 …";
  // Only the newest question is answered: an older payer's charges must not come up under a newer one.
  const mine = (state.opening = new AbortController());
  try {
    const quote = await ask(`/counter/api/quote?account=${account}${only && `&only=${only}`}`, mine.signal);
    if (mine !== state.opening) return;
    state.quote = { ...quote, charges: inOrder(quote.charges) };
    state.only = only;
  } catch (error) {
    if (mine !== state.opening) return;
    by("due-note").textContent = "";
    by("ask").focus();
    return fail(error);
  }
  // One key for one quote: a repeated click or a retry finds the receipt that is already there.
  state.key = newKey();
  drawPerson(state.quote);
  drawApart(state.quote, only);
  by("received").disabled = false;
  by("prepay").checked = false;
  for (const id of ["serial", "slip-total", "also-cash"]) by(id).value = "";
  // Each payer begins with cash, and with what lies in the own purse.
  by("purse").checked = state.quote.is_ours;
  takeBy("cash");
  choose(own(state.quote.charges));
  if (notes()) fail({ message: notes() });
  by("received").focus();
  by("received").select();
}

const notes = () => state.quote?.notes.join("；");

function choose(chosen) {
  state.chosen = chosen;
  drawCharges(state.quote, chosen, choose);
  prefill();
}

/** Writes the exact sum; nothing of it was typed, so Enter does not book it. */
function prefill() {
  if (!state.quote) return;
  state.typed = false;
  by("received").value = state.chosen.length ? plain(due(state.chosen) - fromPurse(state.quote, state.chosen)) : "";
  changed();
}

const pay = () => state.quote && drawPay({ ...state, prepay: by("prepay").checked });

/** A field is another now: what was said of it is gone, what was asked is asked anew. What nobody knows yet stays, and what holds the bills. */
function changed() {
  if (!state.doubt && by("trouble").textContent !== notes()) calm();
  state.sure = state.again = "";
  pay();
}

function takeBy(method) {
  state.method = method;
  for (const button of by("method").children) button.setAttribute("aria-checked", String(button.dataset.method === method));
  by("serial-box").hidden = by("slip-box").hidden = method === "cash";
  by("serial-label").textContent = method === "cheque" ? "支票号" : "刷卡凭证号";
  changed();
}

/** Takes the money. `isSure` for F2 or its place on the screen, which alone answer a question: Enter comes from scanners and from impatient hands too. */
function collect(isSure) {
  if (state.busy) return;
  const order = state.doubt || wanted(isSure);
  if (order) post(order);
}

/** The order as it stands in the till; none where it cannot be sent, or a question is not answered. */
function wanted(isSure) {
  const offer = pay();
  if (!offer) return null;
  const received = by("received").value;
  if (offer.much && !(isSure && state.sure === offer.much && state.isRead())) {
    state.sure = offer.much;
    state.isRead = asked();
    fail({ message: `收到的钱比应收多 ${offer.much} 元。请核对金额；无误请再按一次 F2。` }, true);
    return null;
  }
  const { quote, chosen, method, key } = state;
  const order = { key, account: quote.payer.account, charges: chosen.map((c) => c.id), fees: quote.fees, method, ...offer.order };
  if (method !== "cash" && by("serial").value.trim()) order.channel_serial = by("serial").value.trim();
  if (isSure && received && state.again === received && state.isRead()) order.again = true;
  return order;
}

/** While an order is under way nothing in the till can be changed. */
function busy(is) {
  state.busy = is;
  by("till").inert = is;
  by("under-way").hidden = !is;
}

async function post(order) {
  const was = state.doubt;
  const had = document.activeElement;
  busy(true);
  calm();
  keep(order);
  try {
    const done = await send("/counter/api/collect", order, { note: was ? "" : "本次未入账。" });
    keep(false);
    await showReceipt(done.payment);
    facts();
  } catch (error) {
    fail(error);
    if (error.inDoubt) {
      // Perhaps it is on the books: the key is kept, and asked for, until somebody knows.
      wonder(order);
    } else if (was && error.isUnheard) wonder(was);
    else keep(false);
    if (error.status === 409) await moved(order, error);
  } finally {
    busy(false);
    pay();
    if (by("receipt").hidden) [had, by("received"), by("ask")].find((field) => field.disabled === false).focus();
  }
}

const seen = (quote) => quote && JSON.stringify([quote.charges, quote.prepaid]);

/** The books are not as they were seen: they are shown as they are, with a new key for the new quote. */
async function moved(order, { message, body }) {
  if (body.again && state.quote) {
    state.again = by("received").value;
    state.isRead = asked();
    return fail({ message: `${message}。确认再收请再按一次 F2。` }, true);
  }
  const before = seen(state.quote);
  await load(order.account, state.only);
  const anew = state.quote && seen(state.quote) !== before;
  fail({ message: anew ? `${message}。已按最新账单重新计算，请核对。` : message });
  facts();
}

/** An order under way outlives the page: after a reload its key is still known. */
const KEPT = `weir.order.${login()}`;

function keep(order) {
  if (order) sessionStorage.setItem(KEPT, JSON.stringify(order));
  else {
    sessionStorage.removeItem(KEPT);
    state.doubt = false;
  }
}

function wonder(order) {
  const isAsked = state.doubt;
  state.doubt = order;
  fail({ message: `状态未知：没有收到应答，这笔缴费可能已入账。正在用同一编号查询；查明前请勿退款或重新收取。` });
  if (!isAsked) resolve();
}

/** The page was left while an order was under way: what became of it is asked first of all. */
function recall() {
  const order = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (!order) return;
  wonder(order);
  fail({ message: "页面重新载入前有一笔缴费没有收到应答，可能已入账。正在用同一编号查询；查明前请勿退款或重新收取。" });
}

const stay = () => fail({ message: "上一笔缴费的状态还未查明，请稍候，或按 F2 用同一编号再查。" });

/** Asks what became of an order in doubt: its receipt, or the certainty that nothing was posted. */
async function resolve() {
  for (let wait = 500; state.doubt; wait = 2000) {
    await pause(wait);
    const order = state.doubt;
    if (!order || state.busy) continue;
    try {
      const { payment } = await ask(`/counter/api/posted?account=${order.account}&key=${order.key}`);
      if (state.doubt !== order) return;
      keep(false);
      if (payment) {
        calm();
        await showReceipt(payment);
      } else fail({ message: `已查明：这笔缴费没有入账，${state.quote ? "请按 F2 重新提交。" : "请重新查找用户后收款。"}` });
      return facts();
    } catch (error) {
      if (!error.inDoubt && !error.isUnheard) fail(error);
    }
  }
}

async function showReceipt(payment) {
  by("receipt").innerHTML = await ask(`/counter/receipt/${payment}?part=1`);
  by("receipt").hidden = false;
  by("till").hidden = true;
  document.body.classList.add("receipt-open");
  by("back").addEventListener("click", next);
  by("print").addEventListener("click", () => print());
  by("print").focus();
}

function next() {
  if (state.doubt) return stay();
  if (state.busy) return;
  clear();
  by("receipt").hidden = true;
  by("till").hidden = false;
  document.body.classList.remove("receipt-open");
  calm();
  find.reset();
}

async function facts() {
  try {
    const today = await ask("/counter/api/today");
    const paper = today.stock.map((s) => `<span>${escape(s.label)}下一号 <b class="num">${escape(s.next)}</b> · 余 ${s.left} 张</span>`);
    by("facts").innerHTML = `<span>今日本人：<b class="num">${today.count}</b> 笔　<b class="num">${today.net}</b> 元</span><span>冲正 <b class="num">${today.reversals}</b> 笔</span>${paper.join("") || '<span class="tag bad">没有可用票号，请先领用</span>'}`;
    by("standing").innerHTML = today.standing.map(({ text, stops, at }) => `<p class="note ${stops ? "bad" : "warn"}">${escape(text)}${at ? `：<a class="btn" href="${escape(at)}">去日结</a>` : ""}</p>`).join("");
    const { last } = today;
    by("last").hidden = !last;
    if (last) {
      by("last").innerHTML = `上一笔 ${last.time}　${escape(last.payer_name)}　<b class="num">${last.net}</b> 元　<a href="/counter/receipt/${last.payment}">票据</a> · <a href="/counter/today">冲正</a>`;
    }
  } catch (error) {
    fail(error);
  }
}

by("pay").addEventListener("submit", (event) => {
  event.preventDefault();
  collect(false);
});
by("received").addEventListener("input", () => {
  state.typed = true;
  changed();
});
by("sure").addEventListener("click", () => collect(true));
for (const id of ["serial", "slip-total", "also-cash"]) by(id).addEventListener("input", changed);
by("purse").addEventListener("change", prefill);
by("apart").addEventListener("click", (event) => "only" in event.target.dataset && open(state.quote.payer.account, event.target.dataset.only));
by("received").addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    const text = by("received").value;
    if (state.typed && scanned(text)) {
      // A scanner read a number into the field of money.
      event.preventDefault();
      prefill();
      find.look(text.trim());
    } else if (event.repeat || !state.typed) {
      // An impatient second Enter, or a scanner's CR LF, takes no money.
      event.preventDefault();
      if (!event.repeat) fail({ message: "请输入实收金额后按 Enter；按应收金额收款请按 F2。" });
    }
  } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    event.preventDefault();
    const theirs = own(state.quote.charges);
    const others = state.quote.charges.filter((c) => c.former_payer);
    const charges = event.shiftKey || !theirs.length ? others : theirs;
    choose(stepped(state.quote, state.chosen, charges, event.key === "ArrowDown" ? 1 : -1));
    by("received").select();
  }
});
by("prepay").addEventListener("change", changed);
by("method").addEventListener("click", (event) => event.target.dataset.method && takeBy(event.target.dataset.method));
for (const id of ["method", "apart"]) {
  // ← → walk within a group of choices, as in every radio group.
  by(id).addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const all = [...by(id).children];
    const at = all.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = all[(at + step + all.length) % all.length];
    next.focus();
    next.click();
  });
}

const METHODS = [...by("method").children].map((b) => b.dataset.method);
document.addEventListener("keydown", (event) => {
  const receipt = !by("receipt").hidden;
  // Where a key of ours means nothing it is not the browser's either: F6 would lead to the address line.
  if (/^F[24679]$/.test(event.key)) event.preventDefault();
  if (event.key === "F2" && !receipt) {
    if (!event.repeat && !scanned(by("received").value)) collect(true);
  } else if (event.key === "F4" && !receipt) takeBy(METHODS[(METHODS.indexOf(state.method) + 1) % METHODS.length]);
  else if (event.key === "F7" && !receipt && !by("prepay-box").hidden) {
    by("prepay").checked = !by("prepay").checked;
    changed();
  } else if (event.key === "F6" && !receipt && !by("purse-box").hidden) {
    by("purse").checked = !by("purse").checked;
    prefill();
    by("received").select();
  } else if (event.key === "F9" && receipt) print();
  // The next number is typed or scanned already: it is for the search box, and its Enter prints nothing.
  else if (receipt && /^[\da-z]$/i.test(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey) next();
  else if (event.key === "Escape" && !event.isComposing) {
    event.preventDefault();
    next();
  }
});

facts();
recall();
