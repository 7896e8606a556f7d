// What pages do beyond HTML. Everything works without it.
"use strict";

const say = (text) => { document.getElementById("status").textContent = text; };

// A code stands in the fragment, which no server sees. It is taken over, and out of the address.
const code = document.querySelector("[data-from-fragment]");
if (code && location.hash.length > 1) {
  const found = location.hash.slice(1);
  history.replaceState(null, "", location.pathname + location.search);
  if (!code.value) code.value = found;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-add-row], [data-remove-row], [data-insert]");
  if (!button) return;
  if (button.dataset.copy !== undefined) {
    const from = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(from.value ?? from.textContent);
      say("Copied.");
      button.textContent = "Copied";
    } catch {
      if (from.select) from.select();
      say("Select it and copy it by hand: the browser does not let this page do that.");
    }
  } else if (button.dataset.addRow !== undefined) {
    event.preventDefault();
    const rows = document.getElementById(button.dataset.addRow);
    const row = rows.lastElementChild.cloneNode(true);
    const number = rows.children.length + 1;
    for (const field of row.querySelectorAll("[id]")) field.id = field.id.replace(/\d+$/, number);
    for (const label of row.querySelectorAll("[for]")) label.htmlFor = label.htmlFor.replace(/\d+$/, number);
    for (const input of row.querySelectorAll("input")) input.value = "";
    for (const removing of row.querySelectorAll("[data-remove-row]")) removing.value = number - 1;
    rows.append(row);
    row.querySelector("select, input").focus();
  } else if (button.dataset.removeRow !== undefined) {
    const row = button.closest("[data-row]");
    if (row.parentElement.children.length > 1) {
      event.preventDefault();
      row.remove();
    }
  } else {
    event.preventDefault();
    const into = document.getElementById(button.dataset.into);
    if (!into.value.split(/\s+/).includes(button.dataset.insert)) {
      into.value = (into.value.trim() + "\n" + button.dataset.insert).trim();
    }
    into.focus();
  }
});

// A form that was refused says so first.
const errors = document.querySelector("[data-focus]");
if (errors) errors.focus();

// A secret is on the screen once: it is neither left by accident nor kept by the browser for the way back.
const secret = document.querySelector("[data-secret]");
if (secret) {
  let done = false;
  document.addEventListener("submit", () => { done = true; });
  addEventListener("beforeunload", (event) => { if (!done) event.preventDefault(); });
  addEventListener("pagehide", () => { secret.value = ""; document.querySelectorAll("[data-shows-secret]").forEach((e) => e.remove()); });
}
