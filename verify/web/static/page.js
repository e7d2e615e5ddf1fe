// Sends what is typed to the server and puts what it finds into the page. The server writes and
// escapes all HTML; nothing here makes any of what was typed.
"use strict";

const form = document.querySelector("form#question, form[data-question]");
const WORDS = { grade: "Checking …", derive: "Deriving …", judge: "Asking other judges …" };
const IN_LINKS = { f: "function" }; // a shorter name, for links that are written by hand
const running = new Map(); // what each place waits for
const answered = new Map(); // the question that each place answers
let lastRead = "";

if (form) begin();

function begin() {
  fillFromLink();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter ?? form.querySelector("[data-ask]");
    press(button);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-ask]"));
    }
  });
  form.addEventListener("input", later(readFunction, 300));
  form.addEventListener("input", () => {
    mark();
    markPast();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.wrt) choose(button.dataset.wrt);
    if (button.dataset.ask && button.type === "button") press(button);
    if (button.dataset.copy) copy(button, button.dataset.copy);
    if ("copyLink" in button.dataset) copy(button, location.origin + keepInLink());
  });
  readFunction();
  if (form.answer.value) {
    if (form.reportValidity()) ask("grade", "verdict");
  } else if (form.wrt?.value && form.querySelector("[data-ask=derive]")) ask("derive", "derived");
}

// What the form holds, by name; what is empty is left out.
function typed() {
  const pairs = [...new FormData(form)].filter(([, text]) => text.trim());
  return Object.fromEntries(pairs);
}

// Who pressed a button sees what it did, also below the edge of a telephone.
async function press(button) {
  const place = document.getElementById(button.dataset.into);
  await ask(button.dataset.ask, button.dataset.into);
  place.scrollIntoView({ block: "nearest" });
}

// What judges a derivation is asked of the question that was derived, whatever was typed since.
async function ask(what, into) {
  const question = what === "judge" ? answered.get("derived") : typed();
  if (what !== "judge") keepInLink();
  document.querySelector("#examples")?.remove();
  answered.set(into, question);
  markPast();
  await show(what, document.getElementById(into), WORDS[what], question);
}

// An answer stays in sight while the question is changed, but not as the answer to the new one.
function markPast() {
  const now = typed();
  for (const [into, question] of answered) {
    const names = Object.keys({ ...now, ...question });
    const isPast = names.some(
      (name) => now[name] !== question[name] && (into === "verdict" || name !== "answer"),
    );
    document.getElementById(into)?.classList.toggle("is-past", isPast && into !== "judged");
  }
}

async function readFunction() {
  const place = document.querySelector("#reading");
  if (!place) return;
  const { function: text, shapes, assume } = typed();
  const now = JSON.stringify([text, shapes, assume]);
  if (now === lastRead) return;
  lastRead = now;
  if (!text) return place.replaceChildren();
  await show("read", place, "", typed());
  const inferred = place.querySelector("[data-shapes]")?.dataset.shapes;
  if (inferred) form.shapes.placeholder = inferred;
  mark();
}

// Ask the server and show what it finds; a later question to the same place ends an earlier one.
async function show(what, place, word, question) {
  running.get(place)?.abort();
  const control = new AbortController();
  running.set(place, control);
  place.classList.add("is-old");
  const slow = word && setTimeout(() => say(place, word), 300);
  try {
    const response = await fetch(`/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(question),
      signal: control.signal,
    });
    if (!response.ok) throw new Error(await response.text());
    for await (const found of lines(response)) {
      if (found.word && word) say(place, found.word);
      if (found.html === undefined) continue;
      clearTimeout(slow);
      place.innerHTML = found.html;
    }
  } catch (error) {
    if (error.name !== "AbortError") say(place, error.message || "the server is not there any more");
  } finally {
    clearTimeout(slow);
    if (running.get(place) === control) place.classList.remove("is-old");
  }
}

async function* lines(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    for (const part of parts) yield JSON.parse(part);
  }
}

function say(place, word) {
  const said = document.createElement("p");
  said.className = "waiting";
  said.textContent = word;
  place.replaceChildren(said);
}

function choose(name) {
  form.wrt.value = name;
  mark();
  markPast();
}

function mark() {
  for (const chip of document.querySelectorAll("[data-wrt]"))
    chip.setAttribute("aria-pressed", String(chip.dataset.wrt === form.wrt.value.trim()));
}

// A link holds the whole question.
function keepInLink() {
  const { order, ...others } = typed();
  const texts = order && order !== "1" ? { ...others, order } : others;
  const link = `${location.pathname}?${new URLSearchParams(texts)}`;
  history.replaceState(null, "", link);
  return link;
}

function fillFromLink() {
  for (const [name, text] of new URLSearchParams(location.search)) {
    const field = form.elements.namedItem(IN_LINKS[name] ?? name);
    if (field && field.type !== "hidden") field.value = text;
    if (field?.closest?.("#more")) document.querySelector("#more").open = true;
  }
}

async function copy(button, text) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed here";
  }
  setTimeout(() => (button.textContent = label), 1500);
}

function later(action, milliseconds) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, milliseconds);
  };
}
