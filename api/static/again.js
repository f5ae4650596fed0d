// A login that has ended is renewed over the page as it stands: nothing that was typed is lost.

const meta = (name) => document.querySelector(`meta[name="${name}"]`);
let waiting = null;

/** The token that every change carries; a new login brings a new one. */
export const csrf = () => meta("csrf")?.content ?? "";
/** The login name of whoever the page was drawn for. */
export const login = () => meta("login")?.content ?? "";

/** Asks whoever was here to log in again, once however many requests wait for it; `note` says what is known of the act. */
export function loginAgain(note = "") {
  waiting ??= new Promise((entered) => show(note, entered)).finally(() => (waiting = null));
  return waiting;
}

function take(token) {
  meta("csrf").content = token;
  for (const field of document.querySelectorAll('input[name="csrf"]')) field.value = token;
}

async function enter(password) {
  const headers = { accept: "application/json" };
  try {
    const response = await fetch("/login", { method: "POST", headers, body: new URLSearchParams({ login: login(), password }) });
    const body = await response.json();
    if (!response.ok) return body.message;
    take(body.csrf);
    return "";
  } catch {
    return "连不上服务器，请检查网络后重试。";
  }
}

function show(note, entered) {
  const before = document.activeElement;
  const box = document.createElement("dialog");
  box.className = "again";
  box.innerHTML = `<h2>登录已过期</h2><p></p><p class="note bad" role="alert" hidden></p>
    <form><label class="field">登录名<input name="login" autocomplete="username" readonly tabindex="-1"></label>
    <label class="field">口令<input name="password" type="password" autocomplete="current-password" required maxlength="200"></label>
    <div class="foot"><a class="btn" href="/login">换人登录</a><button class="btn pri">重新登录 <kbd>Enter</kbd></button></div></form>`;
  const [words, trouble] = box.querySelectorAll("p");
  words.textContent = `${note}页面上填写的内容都还在，请重新登录后继续。`;
  box.querySelector('[name="login"]').value = login();
  const password = box.querySelector('[name="password"]');
  // The keys of the page behind mean nothing meanwhile, and Esc does not lead past the question.
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") event.preventDefault();
  });
  box.addEventListener("cancel", (event) => event.preventDefault());
  box.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = await enter(password.value);
    if (wrong) {
      trouble.textContent = wrong;
      trouble.hidden = false;
      password.select();
      return;
    }
    box.remove();
    before?.focus?.();
    entered();
  });
  document.body.append(box);
  box.showModal();
  password.focus();
}
