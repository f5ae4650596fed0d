// The account's card, its open charges, and what is to be paid. Sums shown here are checked by the server.

import { by } from "./page.js";
import { fen, yuan, plain, typed } from "./yuan.js";

const FEES = [["water", "水费"], ["sewage", "污水处理费"], ["garbage", "垃圾处理费"], ["overquota", "累计加价"]];

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

/** Draws the charges, the first `count` of them chosen: whole charges, oldest first. */
export function drawCharges(quote, count, choose) {
  const box = by("charges");
  box.hidden = false;
  if (!quote.charges.length) {
    box.innerHTML = `<p class="empty">没有欠费。可在右侧填写实收金额，转为预存。</p>`;
    return;
  }
  const cells = (charge) => FEES.map(([code]) => `<td class="n">${fee(charge, code) ? grouped(fee(charge, code)) : "—"}</td>`).join("");
  const chosen = quote.charges.slice(0, count);
  const rows = quote.charges.map((c, i) => `<tr class="${i < count ? "on" : ""}${i === count - 1 ? " cursor" : ""}" data-at="${i}">
    <td><input type="checkbox" tabindex="-1" ${i < count ? "checked" : ""} aria-label="缴 ${c.period}"></td><td>${c.period}${c.former_payer ? `<br><span class="tag warn">原缴费人 ${escape(c.former_payer)}</span>` : ""}</td><td class="n">${c.volume ?? "—"}</td>
    ${cells(c)}<td class="n">${grouped(c.late_fee)}</td><td class="n"><b>${grouped(c.total)}</b></td><td>${c.overdue ? `<span class="tag warn">逾期 ${c.overdue} 天</span>` : `<span class="tag">未到期</span>`}</td></tr>`);
  const totals = FEES.map(([code]) => `<td class="n">${yuan(sum(chosen.map((c) => fee(c, code))))}</td>`).join("");
  box.innerHTML = `<div class="scroll"><table><thead><tr><th></th><th>账务月份</th><th class="n">水量 m³</th>${FEES.map(([, name]) => `<th class="n">${name}</th>`).join("")}<th class="n">滞纳金</th><th class="n">小计 元</th><th>状态</th></tr></thead>
    <tbody>${rows.join("")}</tbody><tbody><tr class="sum"><td></td><td colspan="2">合计 ${count} 期</td>${totals}<td class="n">${yuan(sum(chosen.map((c) => c.late_fee)))}</td><td class="n">${yuan(sum(chosen.map((c) => c.total)))}</td><td></td></tr></tbody></table></div>
    ${count ? `<p class="steps">${chosen[count - 1].period}：${chosen[count - 1].steps.map(escape).join("；")}</p>` : ""}`;
  for (const row of box.querySelectorAll("tr[data-at]")) {
    const at = Number(row.dataset.at);
    row.addEventListener("click", () => choose(at < count ? at : at + 1));
  }
}

export const due = (quote, count) => sum(quote.charges.slice(0, count).map((c) => c.total));

/** The same of who pays for the account now. */
const ownDue = (quote, count) => sum(quote.charges.slice(0, count).filter((c) => !c.former_payer).map((c) => c.total));

/** What the purse pays of the chosen charges: all that lies in it, and never more than is due of its payer. */
export function fromPurse(quote, count) {
  const [own, purse] = [ownDue(quote, count), fen(quote.prepaid ?? "0") ?? 0n];
  return by("purse").checked ? (purse < own ? purse : own) : 0n;
}

/** More than this above what is due is asked about once more. */
const MUCH = 100000n;

/** Shows the total and the change; answers whether the payment may be sent, and whether it must be asked about. */
export function drawPay({ quote, count, method, prepay }) {
  const total = due(quote, count);
  const used = fromPurse(quote, count);
  by("due").textContent = yuan(total);
  by("due-capitals").textContent = count ? quote.charges[count - 1].in_capitals : "";
  by("due-note").textContent = quote.charges.length ? `${count} / ${quote.charges.length} 期` : "";
  by("purse-box").hidden = !ownDue(quote, count) || !quote.is_ours || !fen(quote.prepaid ?? "0");
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
  const why = wrong || slip.wrong || more.wrong || hindrance({ rest, count, method, prepay, amount, cash });
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

function hindrance({ rest, count, method, prepay, amount, cash }) {
  if (rest === null || rest < 0n) return "";
  if (!count && !(prepay && rest > 0n)) return amount ? "没有选择账单：要存入预存，请勾选“余款转预存”（F7）" : "";
  if (method === "cash") return "";
  if (rest > cash && !prepay) return `${method === "cheque" ? "支票" : "刷卡"}不找零：多出的 ${yuan(rest - cash)} 元要转入预存，请勾选“余款转预存”（F7）`;
  return amount && !by("serial").value.trim() ? `请填写${method === "cheque" ? "支票号" : "刷卡凭证号"}` : "";
}
