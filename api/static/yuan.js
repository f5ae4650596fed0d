// Amounts as whole fen in BigInt: no money passes through a float. The server decides; this only shows.

export function fen(text) {
  const plain = text.trim().replaceAll(",", "");
  const match = /^(-?)(\d{1,12})(?:\.(\d{0,2}))?$/.exec(plain);
  if (!match) return null;
  const whole = BigInt(match[2]) * 100n + BigInt((match[3] ?? "").padEnd(2, "0") || "0");
  return match[1] ? -whole : whole;
}

/** An amount as a clerk types it: full width, with 元 or ¥, with commas between thousands. Or the words why it is none. */
export function typed(text) {
  const plain = text.normalize("NFKC").replaceAll("。", ".").replace(/\s/g, "").replace(/^¥/, "").replace(/元$/, "");
  if (!plain) return { amount: null };
  if (plain.includes(",") && !/^\d{1,3}(,\d{3})+(\.\d*)?$/.test(plain)) return { wrong: "逗号只用于千分位，如 6,483.00；小数点请用“.”" };
  const match = /^(\d{0,12})(?:\.(\d*))?$/.exec(plain.replaceAll(",", ""));
  if (!match || !/\d/.test(plain)) return { wrong: "实收不是金额，请输入数字，如 100 或 64.83" };
  if ((match[2] ?? "").length > 2) return { wrong: "金额最多两位小数（到分）" };
  return { amount: BigInt(match[1] || "0") * 100n + BigInt((match[2] ?? "").padEnd(2, "0")) };
}

/** What is no amount but the number of an account or a meter: it begins with a nought, or has a letter in it. */
export const scanned = (text) => /^(?=0|.*[a-z])[a-z\d-]{6,}$/i.test(text.normalize("NFKC").trim());

export function yuan(amount) {
  const size = amount < 0n ? -amount : amount;
  const whole = (size / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${amount < 0n ? "-" : ""}${whole}.${(size % 100n).toString().padStart(2, "0")}`;
}

export const plain = (amount) => yuan(amount).replaceAll(",", "");
