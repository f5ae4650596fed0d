// The account's card, its open charges, and what is to be paid. Sums shown here are checked by the server.

import { FEES } from "./fees.js";
import { by } from "./page.js";
import { fen, yuan, plain, typed } from "./yuan.js";

export const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const fee = (charge, code) => charge.fees.find((f) => f.fee_item === code)?.amount;
const grouped = (text) => yuan(fen(text));
const sum = (amounts) => amounts.reduce((total, text) => total + (fen(text ?? "0") ?? 0n), 0n);

export function drawPerson(quote) {
  const p = quote.payer;
  by("person").innerHTML = `<div class="person"><div><b class="name">${escape(p.payer_name)}</b><br><i>用户号</i> ${escape(p.no)}</div>
    <div><i>地址</i> ${escape(p.address)}<br><i>镇街</i> ${escape(p.town)} · <i>电话</i> ${escape(p.phone || "未登记")}</div>
    <div><i>用水性质</i> ${escape(p.use_class)}<br><i>缴费方式</i> ${escape(p.pay_method)}</div>
    <div><i>预存</i> <b class="num">${quote.prepaid === null ? "—" : grouped(quote.prepaid)}</b><br><span class="tag ${p.open ? "ok" : "warn"}">${p.open ? "在用" : "已销户"}</span></div></div>`;
  by("person").hidden = false;
}

/** Offers the fees that this outlet may take apart from the rest of a bill. */
export function drawApart(quote, only) {
  const box = by("apart");
  box.hidden = !quote.apart.length || (!quote.is_ours && quote.apart.length === 1);
  const choices = quote.is_ours ? [["", "全部费用"], ...quote.apart.map((f) => [f.code, `只收${f.label}`])] : quote.apart.map((f) => [f.code, `只收${f.label}`]);
  box.replaceChildren(...choices.map(([code, text]) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    button.dataset.only = code;
    button.setAttribute("role", "radio");
    button.setAttribute("aria-checked", String(code === only));
    return button;
  }));
}

/** A purse is for all fees: who takes some of them apart keeps no money in it. */
const ELSEWHERE = "本网点只收取应收金额，不办理该户预存";

/** Charges by whose they are, oldest first of each: of who pays for the account now, then of each former payer apart. */
function byPayer(charges) {
  const payers = new Map([[null, []]]);
  for (const c of charges) payers.set(c.former_payer, [...(payers.get(c.former_payer) ?? []), c]);
  return [...payers.values()].filter((its) => its.length);
}

/** The charges in the order in which they are shown, and chosen. */
export const inOrder = (charges) => byPayer(charges).flat();

/** The bills of who left are nobody's burden: they are chosen by hand, and never for who came. */
export const own = (charges) => charges.filter((c) => !c.former_payer);

/** The choice once a charge is taken in, with the older ones of its payer, or left out, with the newer ones. */
export function toggled(quote, chosen, charge) {
  const its = byPayer(quote.charges).find((of) => of.includes(charge));
  const upto = its.indexOf(charge) + (chosen.includes(charge) ? 0 : 1);
  return quote.charges.filter((c) => (its.includes(c) ? its.indexOf(c) < upto : chosen.includes(c)));
}

/** The choice with one more of these charges, or one less. */
export function stepped(quote, chosen, charges, step) {
  const next = step > 0 ? charges.find((c) => !chosen.includes(c)) : charges.findLast((c) => chosen.includes(c));
  return next ? toggled(quote, chosen, next) : chosen;
}

/** Draws the charges with those that are chosen: whole charges, oldest first of each payer. */
export function drawCharges(quote, chosen, choose) {
  const box = by("charges");
  box.hidden = false;
  if (!quote.charges.length) {
    box.innerHTML = `<p class="empty">没有欠费。${quote.is_ours ? "可在右侧填写实收金额，转为预存" : ELSEWHERE}。</p>`;
    return;
  }
  const cells = (charge) => FEES.map(([code]) => `<td class="n">${fee(charge, code) ? grouped(fee(charge, code)) : "—"}</td>`).join("");
  const apart = (c, i) => (c.former_payer && c.former_payer !== quote.charges[i - 1]?.former_payer ? `<tr class="former"><td></td><td colspan="${FEES.length + 5}">以下为原缴费人 ${escape(c.former_payer)} 的账单，不是现缴费人的；来缴的请点选，或按 Shift + ↓</td></tr>` : "");
  const rows = quote.charges.map((c, i) => `${apart(c, i)}<tr class="${chosen.includes(c) ? "on" : ""}${c === chosen.at(-1) ? " cursor" : ""}" data-at="${i}">
    <td><input type="checkbox" tabindex="-1" ${chosen.includes(c) ? "checked" : ""} aria-label="缴 ${c.period}"></td><td>${c.period}${c.former_payer ? `<br><span class="tag warn">原缴费人 ${escape(c.former_payer)}</span>` : ""}</td><td class="n">${c.volume ?? "—"}</td>
    ${cells(c)}<td class="n">${grouped(c.late_fee)}</td><td class="n"><b>${grouped(c.total)}</b></td><td>${c.overdue ? `<span class="tag warn">逾期 ${c.overdue} 天</span>` : `<span class="tag">未到期</span>`}</td></tr>`);
  const totals = FEES.map(([code]) => `<td class="n">${yuan(sum(chosen.map((c) => fee(c, code))))}</td>`).join("");
  box.innerHTML = `<div class="scroll"><table><thead><tr><th></th><th>账务月份</th><th class="n">水量 m³</th>${FEES.map(([, name]) => `<th class="n">${name}</th>`).join("")}<th class="n">滞纳金</th><th class="n">小计 元</th><th>状态</th></tr></thead>
    <tbody>${rows.join("")}</tbody><tbody><tr class="sum"><td></td><td colspan="2">合计 ${chosen.length} 期</td>${totals}<td class="n">${yuan(sum(chosen.map((c) => c.late_fee)))}</td><td class="n">${yuan(sum(chosen.map((c) => c.total)))}</td><td></td></tr></tbody></table></div>
    ${chosen.length ? `<p class="steps">${chosen.at(-1).period}：${chosen.at(-1).steps.map(escape).join("；")}</p>` : ""}`;
  for (const row of box.querySelectorAll("tr[data-at]")) {
    row.addEventListener("click", () => choose(toggled(quote, chosen, quote.charges[Number(row.dataset.at)])));
  }
}

export const due = (chosen) => sum(chosen.map((c) => c.total));

/** What the purse pays of the chosen charges: all that lies in it, and never more than is due of its payer. */
export function fromPurse(quote, chosen) {
  const [theirs, purse] = [due(own(chosen)), fen(quote.prepaid ?? "0") ?? 0n];
  return by("purse").checked ? (purse < theirs ? purse : theirs) : 0n;
}

/** More than this above what is due is asked about once more. */
const MUCH = 100000n;

/** Shows the total and the change; answers whether the payment may be sent, and whether it must be asked about. */
export function drawPay({ quote, chosen, method, prepay }) {
  const total = due(chosen);
  const used = fromPurse(quote, chosen);
  by("due").textContent = yuan(total);
  by("due-capitals").textContent = byPayer(chosen).map((its) => its.at(-1).in_capitals).join(" ＋ ");
  by("due-note").textContent = quote.charges.length ? `${chosen.length} / ${quote.charges.length} 期` : "";
  by("purse-box").hidden = !due(own(chosen)) || !quote.is_ours || !fen(quote.prepaid ?? "0");
  by("prepay-box").hidden = !quote.is_ours;
  by("purse-used").textContent = `−${yuan(used)}`;
  by("to-pay").textContent = yuan(total - used);
  const { amount = null, wrong = "" } = typed(by("received").value);
  const slip = method === "cash" ? {} : typed(by("slip-total").value);
  const more = method === "cash" ? {} : typed(by("also-cash").value);
  const cash = method === "cash" ? amount : (more.amount ?? 0n);
  const rest = amount === null ? null : amount + (more.amount ?? 0n) - (total - used);
  by("change-label").textContent = rest !== null && rest < 0n ? "还差" : prepay ? "转入预存" : "找零";
  by("change").textContent = rest === null ? "—" : yuan(rest < 0n ? -rest : rest);
  by("change").classList.toggle("short", rest !== null && rest < 0n);
  const why = wrong || slip.wrong || more.wrong || hindrance({ rest, quote, chosen, method, prepay, amount, cash });
  by("received-note").textContent = why;
  const able = rest !== null && rest >= 0n && !why;
  by("collect").disabled = !able;
  if (!able) return null;
  return {
    order: {
      expected_total: plain(total),
      prepaid_used: plain(used),
      received: plain(amount),
      surplus: prepay && rest > 0n ? "prepaid" : "change",
      slip_total: slip.amount ? plain(slip.amount) : null,
      also: more.amount ? [{ method: "cash", amount: plain(more.amount) }] : [],
    },
    much: rest > MUCH ? yuan(rest) : null,
  };
}

function hindrance({ rest, quote, chosen, method, prepay, amount, cash }) {
  if (rest === null || rest < 0n) return "";
  const keep = quote.is_ours ? "要存入预存，请勾选“余款转预存”（F7）" : ELSEWHERE;
  if (!chosen.length && !(prepay && rest > 0n)) return amount ? `没有选择账单：${keep}` : "";
  if (method === "cash") return "";
  if (rest > cash && !prepay) return `${method === "cheque" ? "支票" : "刷卡"}不找零：多出 ${yuan(rest - cash)} 元，${keep}`;
  return amount && !by("serial").value.trim() ? `请填写${method === "cheque" ? "支票号" : "刷卡凭证号"}` : "";
}
