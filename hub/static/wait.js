// Follows one start by the hub's event stream; every way it can end leads somewhere.
"use strict";

const page = document.getElementById("wait");
const texts = hub.data("wait_texts");
const now = document.getElementById("now");
const bar = document.getElementById("bar");
const steps = [...document.querySelectorAll("#steps li")];
const began = Date.now();
const STOCK = { "Server requested": "requested" };
const LOOK_MS = 2000;
let leaving = false;

// The hub itself knows where to go from here: to the notebook, to the reason, or to the start page.
function lookAgain(after = 0) {
  if (leaving) return;
  leaving = true;
  setTimeout(() => location.reload(), after);
}

function ordinal(position) {
  const rule = new Intl.PluralRules("en", { type: "ordinal" }).select(position);
  return position + { one: "st", two: "nd", few: "rd", other: "th" }[rule];
}

function say(event) {
  const code = event.code || STOCK[event.message];
  const numbers = event.numbers || {};
  if (code === "gate" && numbers.position) {
    return hub.fill(texts.gate_at, { ...numbers, nth: ordinal(numbers.position) });
  }
  return code in texts ? hub.fill(texts[code], numbers) : event.message;
}

function mark(code) {
  const at = steps.findIndex((step) => step.dataset.code === code);
  if (at < 0) return;
  if (code === "gate") steps[at].hidden = false;
  steps.forEach((step, n) => {
    step.className = n < at ? "done" : n === at ? "current" : "";
    if (n === at) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  });
}

function move(percent) {
  bar.setAttribute("aria-valuenow", percent);
  bar.setAttribute("aria-valuetext", hub.fill(texts.percent, { percent }));
  bar.firstElementChild.style.width = `${percent}%`;
}

const stream = new EventSource(page.dataset.progress);
stream.onmessage = (message) => {
  const event = JSON.parse(message.data);
  if (event.failed) {
    stream.close();
    now.textContent = texts.failed;
    lookAgain();
    return;
  }
  if (event.progress !== undefined) move(event.progress);
  if (event.ready) {
    stream.close();
    steps.forEach((step) => (step.className = "done"));
    now.textContent = texts.ready;
    document.getElementById("open").hidden = false;
    document.getElementById("cancel").hidden = true;
    lookAgain();
    return;
  }
  const text = say(event);
  if (text && now.textContent !== text) now.textContent = text;
  mark(event.code);
};
stream.onerror = () => {
  if (leaving || cancel.disabled) return;
  now.textContent = texts.lost;
  if (stream.readyState === EventSource.CLOSED) lookAgain(LOOK_MS);
};

const cancel = document.getElementById("cancel");
cancel.addEventListener("click", async () => {
  cancel.disabled = true;
  now.textContent = cancel.dataset.doing;
  if (await hub.call("DELETE", hub.serverPath(page.dataset.server))) {
    leaving = true;
    stream.close();
    location.href = page.dataset.home;
  } else {
    cancel.disabled = false;
  }
});

setInterval(() => {
  const seconds = Math.round((Date.now() - began) / 1000);
  document.getElementById("seconds").textContent = hub.fill(texts.elapsed, { seconds });
}, 1000);
