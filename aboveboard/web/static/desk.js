// Keys and small manners. Every action is a button or a link on the page; keys only press what is there.
"use strict";

const all = (what, within = document) => [...within.querySelectorAll(what)];
const writing = (at) => at.closest("input, textarea, select, [contenteditable]");
const rows = () => all("[data-row]");
let afterG = false;

const wide = () => matchMedia("(min-width: 60rem)").matches;

// On a narrow page there is no room beside the list: the link opens the asset's own page instead.
document.addEventListener("click", (event) => {
  if (!wide() && event.target.closest("[data-open]")) event.stopPropagation();
}, true);

function current() {
  return document.querySelector("[data-row][aria-current]");
}

function choose(row) {
  if (!row) return;
  for (const other of rows()) other.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  const link = row.querySelector("[data-open]");
  link.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  if (wide()) link.click();
}

function step(by) {
  const here = rows();
  const at = here.indexOf(current());
  choose(here[Math.min(here.length - 1, Math.max(0, at + by))]);
}

function show(name) {
  const forms = all("[data-form]");
  for (const form of forms) form.hidden = form.dataset.form !== name;
  const form = forms.find((one) => !one.hidden);
  if (!form) return;
  const field = form.querySelector("textarea, input:not([type=hidden])");
  field.focus();
  if (field.matches("textarea")) field.setSelectionRange(field.value.length, field.value.length);
  form.scrollIntoView({ block: "nearest" });
}

function press(key) {
  const wanted = all(`[data-key="${CSS.escape(key)}"]`).find((one) => one.offsetParent !== null);
  if (wanted) wanted.click();
  return Boolean(wanted);
}

const acts = {
  theme() {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
  },
  help: () => document.getElementById("help").showModal(),
  dismiss: (at) => at.closest("[data-notice]").remove(),
  close: () => show(""),
  copy(at) {
    const field = at.parentElement.querySelector("input");
    field.select();
    navigator.clipboard?.writeText(field.value).then(() => { at.textContent = "Copied"; });
  },
};

document.addEventListener("click", (event) => {
  const at = event.target.closest("[data-do], [data-show], [data-fill], [data-open]");
  if (!at) return;
  if (at.dataset.do) acts[at.dataset.do]?.(at);
  if (at.dataset.show) show(at.dataset.show);
  if (at.dataset.fill) {
    const field = at.closest("form").querySelector("textarea");
    field.value = at.dataset.fill;
    field.focus();
  }
  if ("open" in at.dataset && at.closest("[data-row]")) {
    for (const other of rows()) other.removeAttribute("aria-current");
    at.closest("[data-row]").setAttribute("aria-current", "true");
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    if (writing(document.activeElement)) document.activeElement.blur();
    show("");
    return;
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && writing(event.target)) {
    event.target.closest("form")?.requestSubmit();
    event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target) || document.querySelector("dialog[open]")) return;
  if (afterG) {
    afterG = false;
    document.querySelector(`[data-go="${CSS.escape(event.key)}"]`)?.click();
    event.preventDefault();
    return;
  }
  if (event.key === "g") afterG = true;
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "?") acts.help();
  else if (event.key === "c") document.querySelector('[data-focus="c"]')?.focus();
  else if (!press(event.key)) return;
  event.preventDefault();
});

// What was decided leaves the list, and the next one comes into hand.
document.addEventListener("decided", () => {
  const row = current();
  if (!row) return;
  const next = row.nextElementSibling?.matches("[data-row]") ? row.nextElementSibling : row.previousElementSibling;
  const undo = document.querySelector("[data-notice] [data-key='u']");
  row.remove();
  if (!undo && next) choose(next);
  else if (next) next.setAttribute("aria-current", "true");
});

// What still waits keeps its place in the list, under the address of what took its place.
document.addEventListener("reworked", (event) => {
  const link = document.querySelector(`[data-row] [data-open][href="${CSS.escape(event.detail.was)}"]`);
  if (!link) return;
  const fresh = link.cloneNode(true);
  fresh.setAttribute("href", event.detail.now);
  fresh.setAttribute("hx-get", event.detail.now);
  link.replaceWith(fresh);
  htmx.process(fresh);
});

document.addEventListener("htmx:afterSettle", () => {
  for (const notice of all("[data-brief]:not([data-going])")) {
    notice.dataset.going = "yes";
    setTimeout(() => notice.remove(), 12000);
  }
});
document.addEventListener("htmx:sendError", () => {
  const told = document.createElement("div");
  told.className = "notice block";
  told.dataset.notice = "";
  told.textContent = "The desk can't be reached. Nothing was lost; try again in a moment.";
  document.getElementById("notices").prepend(told);
});

// A list that is chosen from sends itself; a post that is dragged to another day is moved there by its own form.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});
document.addEventListener("dragstart", (event) => {
  const tile = event.target.closest("[data-drag]");
  if (tile) event.dataTransfer.setData("application/x-post", JSON.stringify({ ...tile.dataset }));
});
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const cell = event.target.closest?.("[data-drop]");
    if (!cell || !event.dataTransfer.types.includes("application/x-post")) return;
    event.preventDefault();
    cell.classList.toggle("over", kind === "dragover");
    if (kind !== "drop") return;
    const post = JSON.parse(event.dataTransfer.getData("application/x-post"));
    htmx.ajax("POST", `${post.drag}/move`, {
      values: { to: `${cell.dataset.drop}T${post.time}`, origin: "calendar" },
      target: "#notices",
      swap: "afterbegin",
    });
  });
}
