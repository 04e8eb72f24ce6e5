"use strict";
// Filters and searches the requirements, keeps the choice in the address, and opens what the address names.
const search = document.getElementById("search");
const chosen = ["verdict", "profile", "level"].map((name) => document.getElementById(name));
const entries = Array.from(document.querySelectorAll(".requirement"), (element) => ({
  element,
  words: element.querySelector("summary").textContent.toLowerCase() +
    element.querySelector(".normative").textContent.toLowerCase(),
}));

function apply() {
  const wanted = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const { element, words } of entries) {
    const fits = chosen.every((select) => !select.value || element.dataset[select.id] === select.value) &&
      wanted.every((word) => words.includes(word));
    element.hidden = !fits;
    shown += fits ? 1 : 0;
  }
  document.getElementById("count").textContent = `${shown} shown`;
  document.getElementById("nothing").hidden = shown > 0;
}

function remember() {
  const query = new URLSearchParams();
  for (const field of [search, ...chosen]) if (field.value) query.set(field.id, field.value);
  const text = query.toString();
  try {
    history.replaceState(null, "", (text ? `?${text}` : location.pathname) + location.hash);
  } catch {
    // A page opened from a file may not change its address; the filters work all the same.
  }
}

function open() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named instanceof HTMLDetailsElement) {
    named.open = true;
    named.scrollIntoView();
  }
}

const query = new URLSearchParams(location.search);
for (const field of [search, ...chosen]) field.value = query.get(field.id) ?? "";
for (const field of [search, ...chosen]) {
  field.addEventListener("input", () => { apply(); remember(); });
}
document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("hashchange", open);
apply();
open();
