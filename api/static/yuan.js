// Amounts as whole fen in BigInt: no money passes through a float. The server decides; this only shows.

export function fen(text) {
  const plain = text.trim().replaceAll(",", "");
  const match = /^(-?)(\d{1,12})(?:\.(\d{0,2}))?$/.exec(plain);
  if (!match) return null;
  const whole = BigInt(match[2]) * 100n + BigInt((match[3] ?? "").padEnd(2, "0") || "0");
  return match[1] ? -whole : whole;
}

export function yuan(amount) {
  const size = amount < 0n ? -amount : amount;
  const whole = (size / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${amount < 0n ? "-" : ""}${whole}.${(size % 100n).toString().padStart(2, "0")}`;
}

export const plain = (amount) => yuan(amount).replaceAll(",", "");
