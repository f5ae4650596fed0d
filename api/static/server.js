// Talks to Weir: JSON in, JSON or HTML out; a refusal carries the words that the server wrote.

import { csrf, loginAgain } from "./again.js";

export class Refusal extends Error {
  constructor(status, body) {
    super(body.message ?? "操作没有完成，请重试。");
    this.status = status;
    this.body = body;
  }

  /** True where nobody knows whether an order was posted: no answer, or one that says so. */
  get inDoubt() {
    return [0, 500, 502, 504].includes(this.status);
  }

  /** True where the order was not even looked at: what became of it before is as unknown as it was. */
  get isUnheard() {
    return [401, 403, 429, 503].includes(this.status);
  }
}

/** A key for one order. It needs no secure context: tills reach us over plain http too. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

async function answer(response) {
  const kind = response.headers.get("content-type") ?? "";
  if (!response.ok) {
    throw new Refusal(response.status, kind.includes("json") ? await response.json() : {});
  }
  return kind.includes("json") ? response.json() : response.text();
}

async function reach(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, { message: "连不上服务器，请检查网络后重试。" });
  }
}

/** Reads. Where the session has ended, whoever was here logs in again, and the question is put once more. */
export async function ask(path, signal) {
  for (;;) {
    const response = await reach(path, { signal, headers: { accept: "application/json" } });
    if (response.status !== 401) return answer(response);
    await loginAgain();
  }
}

/** Sends an order. After a new login nothing is sent by itself: the person looks at the page and decides. */
export async function send(path, body, { signal, note = "这次提交没有执行。" } = {}) {
  const headers = { "content-type": "application/json", accept: "application/json", "x-csrf-token": csrf() };
  const response = await reach(path, { method: "POST", headers, signal, body: JSON.stringify(body) });
  if (response.status !== 401) return answer(response);
  await loginAgain(note);
  throw new Refusal(401, { message: `登录曾过期，${note}已重新登录，请核对后再提交。` });
}
