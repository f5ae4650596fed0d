// A form that was refused has its page here once more, under the address of the form. What was typed stands in it again, a
// pass word aside, and the page takes its own address back: the next form comes from there.

const SENT = "weir.sent";

const fields = (form) => [...form.elements].filter((field) => field.name && field.name !== "csrf" && field.type !== "password");
const typed = (form) => fields(form).filter((field) => field.type !== "hidden");
/** Which form of a page it is: rows have forms of one address, and tell themselves apart by what is hidden in them. */
const which = (form) => [form.getAttribute("action"), ...fields(form).filter((field) => field.type === "hidden").map((field) => field.value)].join(" ");

const sent = JSON.parse(sessionStorage.getItem(SENT) ?? "null");
sessionStorage.removeItem(SENT);

const refused = document.querySelector("main > [data-form]");
if (refused) {
  const form = [...document.forms].find((form) => which(form) === sent?.which);
  if (form) {
    typed(form).forEach((field, i) => Object.assign(field, sent.typed[i]));
    const fold = form.closest("details");
    if (fold) fold.open = true;
  }
  history.replaceState(null, "", refused.dataset.form);
}

document.addEventListener("submit", ({ target: form }) => {
  if (form.getAttribute("method") !== "post") return;
  const values = typed(form).map(({ value, checked }) => ({ value, checked }));
  sessionStorage.setItem(SENT, JSON.stringify({ which: which(form), typed: values }));
});
