// Completes a brief as it is typed: which keys may stand at the caret by the schema, and which values a key takes.
"use strict";

const field = document.getElementById("yaml");
const menu = document.getElementById("offers");
let schema = null;
let picked = 0;

const resolve = (part) => {
  while (part?.$ref) part = part.$ref.split("/").slice(1).reduce((at, name) => at[name], schema);
  if (part?.anyOf || part?.allOf || part?.oneOf) {
    const all = [...(part.anyOf ?? []), ...(part.allOf ?? []), ...(part.oneOf ?? [])].map(resolve);
    return all.find((one) => one?.properties || one?.items || one?.enum) ?? all[0];
  }
  return part;
};

// The keys that lead to a line, from how far each is indented.
function path(lines, depth) {
  const found = [];
  for (let n = lines.length - 1; n >= 0 && depth > 0; n--) {
    const met = lines[n].match(/^(\s*)(-\s+)?([\w-]+):/);
    if (!met) continue;
    const at = met[1].length + (met[2]?.length ?? 0);
    if (met[1].length < depth && at < depth) {
      found.unshift(met[3]);
      depth = met[1].length;
    }
  }
  return found;
}

function inside(keys) {
  let part = resolve(schema);
  for (const key of keys) {
    part = resolve(part?.properties?.[key] ?? part?.additionalProperties);
    if (part?.items) part = resolve(part.items);
  }
  return part;
}

function offers() {
  const before = field.value.slice(0, field.selectionStart);
  const lines = before.split("\n");
  const line = lines.pop();
  const value = line.match(/^(\s*)(-\s+)?([\w-]+):\s+(\S*)$/);
  if (value) {
    const depth = value[1].length + (value[2]?.length ?? 0);
    const part = resolve(inside(path(lines, depth))?.properties?.[value[3]]);
    return (part?.enum ?? []).map(String).filter((one) => one.startsWith(value[4]) && one !== value[4]).map((one) => ({ put: one.slice(value[4].length), name: one, says: "" }));
  }
  const key = line.match(/^(\s*)(-\s+)?([\w-]*)$/);
  if (!key || (!key[3] && !key[1])) return [];
  const depth = key[1].length + (key[2]?.length ?? 0);
  const known = inside(path(lines, depth))?.properties ?? {};
  return Object.entries(known)
    .filter(([name]) => name.startsWith(key[3]) && name !== key[3])
    .map(([name, part]) => ({ put: `${name.slice(key[3].length)}: `, name, says: part.description ?? resolve(part)?.description ?? "" }));
}

function draw() {
  const found = schema ? offers().slice(0, 8) : [];
  menu.replaceChildren(...found.map((one, n) => {
    const item = document.createElement("li");
    item.id = `offer-${n}`;
    item.role = "option";
    item.setAttribute("aria-selected", String(n === picked));
    item.append(Object.assign(document.createElement("b"), { textContent: one.name }), ` ${one.says.slice(0, 90)}`);
    item.addEventListener("mousedown", (event) => { event.preventDefault(); take(one); });
    return item;
  }));
  menu.hidden = !found.length;
  field.setAttribute("aria-expanded", String(!menu.hidden));
  if (menu.hidden) field.removeAttribute("aria-activedescendant");
  else field.setAttribute("aria-activedescendant", `offer-${picked}`);
  return found;
}

function take(one) {
  field.setRangeText(one.put, field.selectionStart, field.selectionEnd, "end");
  picked = 0;
  menu.hidden = true;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

if (field && menu && !field.readOnly) {
  fetch("/briefs/schema.json").then((answer) => answer.json()).then((told) => { schema = told; });
  field.addEventListener("input", () => { picked = 0; draw(); });
  field.addEventListener("blur", () => { menu.hidden = true; });
  field.addEventListener("keydown", (event) => {
    if (menu.hidden) return;
    const found = draw();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") picked = (picked + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length;
    else if (event.key === "Enter" || event.key === "Tab") take(found[picked]);
    else if (event.key === "Escape") { menu.hidden = true; event.stopPropagation(); return; }
    else return;
    event.preventDefault();
    if (!menu.hidden) draw();
  });
}

// A mistake leads to its line; a form grows by one more fact.
document.addEventListener("click", (event) => {
  const line = event.target.closest("[data-line]");
  if (line && field) {
    const lines = field.value.split("\n");
    const start = lines.slice(0, Number(line.dataset.line) - 1).join("\n").length + (line.dataset.line > 1 ? 1 : 0);
    field.focus();
    field.setSelectionRange(start, start + lines[Number(line.dataset.line) - 1].length);
    field.scrollTop = (Number(line.dataset.line) - 6) * parseFloat(getComputedStyle(field).lineHeight);
  }
  if (event.target.closest("[data-more]")) {
    const all = document.querySelectorAll("[data-fact]");
    const fresh = all[all.length - 1].cloneNode(true);
    for (const input of fresh.querySelectorAll("input")) {
      input.name = input.name.replace(/\d+/, String(all.length + 1));
      input.value = "";
      input.required = false;
    }
    all[all.length - 1].after(fresh);
    fresh.querySelector("input").focus();
  }
});
