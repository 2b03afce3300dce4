// Shows the cards of the chosen profile and account, and what the choice takes, as it is made.
"use strict";

const form = document.getElementById("spawn_form");
const data = hub.data("start_data");
const texts = data.texts;
const decks = [...form.querySelectorAll(".deck")];
const hours = document.getElementById("hours");
const group = document.getElementById("group");
const button = document.getElementById("start_button");
data.submit = button.textContent;

const waitLine = document.getElementById("wait_line");
const waitChoices = document.getElementById("wait_choices");
const smaller = document.getElementById("smaller_button");
const cpuButton = document.getElementById("cpu_button");

const chosenGroup = () => (group ? group.value : Object.keys(data.accounts)[0]);
const chosenProfile = () => form.querySelector("[name=profile]:checked, [name=profile][type=hidden]");
const shownDeck = () => decks.find((deck) => !deck.hidden);
const number = (value) => String(Math.round(value * 1000) / 1000);

// Exactly one deck may be sent; the share chosen before is kept where it can be had.
function showDeck() {
  const before = form.querySelector(".deck:not([hidden]) [name=gpus]:checked");
  for (const deck of decks) {
    const shown = deck.dataset.group === chosenGroup() && deck.dataset.profile === chosenProfile().value;
    deck.hidden = deck.disabled = !shown;
  }
  const deck = shownDeck();
  const same = before && deck.querySelector(`[name=gpus][value="${before.value}"]:enabled`);
  const first = deck.querySelector("[name=gpus][data-chosen]:enabled") || deck.querySelector("[name=gpus]:enabled");
  if (same || first) (same || first).checked = true;
  for (const notice of document.querySelectorAll(".blocked")) {
    notice.hidden = notice.dataset.group !== chosenGroup() || !notice.textContent.trim();
  }
}

function showHours(account) {
  hours.max = account.longest;
  document.getElementById("hours_most").textContent = hub.fill(texts.hours_most, { hours: account.longest });
  const wrong = !(Number(hours.value) > 0 && Number(hours.value) <= Number(account.longest));
  return wrong ? hub.fill(texts.hours_wrong, { hours: account.longest }) : "";
}

function shortenHours() {
  const { longest } = data.accounts[chosenGroup()];
  if (Number(hours.value) > Number(longest)) hours.value = longest;
}

function sum(takes, account) {
  const values = { takes, ceiling: account.gpus, hours: hours.value };
  const none = account.gpus ? texts.cost_none : texts.cost_none_unset;
  const some = account.gpus ? texts.cost_gpus : texts.cost_gpus_unset;
  const gpus = hub.fill(Number(takes) ? some : none, values);
  const comma = document.documentElement.lang.startsWith("zh") ? "，" : ", ";
  return gpus + comma + hub.fill(texts.cost_hours, values);
}

function items(card, account) {
  const { takes } = card.dataset;
  const profile = chosenProfile().dataset;
  const end = new Date(Date.now() + Number(hours.value) * 3600e3);
  const time = new Intl.DateTimeFormat("sv-SE", {
    timeZone: data.zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  }).format(end);
  const found = waitsFor(card) ? [] : [hub.fill(texts.cost_until, { time, zone: data.zone })];
  if (Number(takes)) found.push(hub.fill(texts.cost_gpu_hours, { gpu_hours: number(takes * hours.value) }));
  if (Number(takes)) found.push(...account.budgets);
  if (Number(data.heldGpus)) found.push(hub.fill(texts.cost_held, { held: data.heldGpus }));
  if (account.servers) found.push(hub.fill(texts.cost_servers, { ceiling: account.servers, held: data.heldServers }));
  found.push(hub.fill(texts.cost_machine, { cpus: profile.cpus, memory: profile.memory }));
  return found;
}

function showMeter(takes, account) {
  const meter = document.getElementById("meter");
  const ceiling = Number(account.gpus);
  meter.hidden = !ceiling;
  if (!ceiling) return;
  meter.querySelector(".held").style.width = `${Math.min(100, (100 * data.heldGpus) / ceiling)}%`;
  meter.querySelector(".takes").style.width = `${Math.min(100, (100 * takes) / ceiling)}%`;
}

// What cannot be had now may be waited for: the place, the estimate, and what else one may do.
// For less time it may pass now; then there is nothing to wait for.
function waitsFor(card) {
  if (!card || !card.dataset.waits) return "";
  return Number(hours.value) <= Number(card.dataset.fits) ? "" : card.dataset.waits;
}

function showWait(card) {
  if (!waitChoices) return;
  const waits = waitsFor(card);
  waitLine.hidden = waitChoices.hidden = !waits;
  waitLine.textContent = waits;
  const join = data.waits ? texts.change_wait : texts.join;
  button.textContent = waits ? join : data.submit;
  button.dataset.doing = waits ? texts.joining : texts.submitting;
  const instead = waits && card.closest(".card").querySelector(".instead");
  smaller.hidden = !instead || instead.dataset.take === "0";
  if (smaller.hidden) return;
  Object.assign(smaller.dataset, { take: instead.dataset.take, hours: instead.dataset.hours });
  smaller.textContent = instead.textContent;
}

// Keeps the place by a ticket of its own, then starts the same server without a GPU.
async function startOnCpu() {
  const card = shownDeck().querySelector("[name=gpus]:checked:enabled");
  const cpu = shownDeck().querySelector('[name=gpus][value="0"]:enabled');
  const wish = { profile: chosenProfile().value, gpus: Number(card.value), hours: Number(hours.value) };
  if (chosenGroup()) wish.group = chosenGroup();
  if (cpuButton.dataset.server) wish.server = cpuButton.dataset.server;
  cpuButton.disabled = true;
  const kept = cpu && (await hub.call("POST", "allotment/tickets", wish));
  if (kept) {
    cpu.checked = true;
    form.requestSubmit();
  } else {
    cpuButton.disabled = false;
  }
}

function show() {
  const account = data.accounts[chosenGroup()];
  const card = shownDeck().querySelector("[name=gpus]:checked:enabled");
  const wrong = showHours(account);
  hours.setCustomValidity(wrong);
  button.disabled = !card || account.blocked;
  document.getElementById("sum").textContent = wrong || (card ? sum(card.dataset.takes, account) : texts.nothing);
  const list = document.getElementById("items");
  const lines = card && !wrong ? items(card, account) : [];
  list.replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
  showWait(card && !wrong ? card : null);
  showMeter(card && !wrong ? Number(card.dataset.takes) : 0, account);
}

form.addEventListener("change", (event) => {
  if (event.target === group || event.target.name === "profile") showDeck();
  if (event.target === group) shortenHours();
  show();
});
hours.addEventListener("input", show);
if (cpuButton) cpuButton.addEventListener("click", startOnCpu);
form.addEventListener("click", (event) => {
  const take = event.target.closest(".instead, #smaller_button");
  if (!take) return;
  const card = shownDeck().querySelector(`[name=gpus][value="${take.dataset.take}"]:enabled`);
  if (card) {
    card.checked = true;
    const most = Number(take.dataset.hours);
    if (most && Number(hours.value) > most) hours.value = most;
    card.focus();
    show();
  }
});
form.addEventListener("submit", () => {
  button.disabled = true;
  button.textContent = button.dataset.doing;
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
const refused = document.getElementById("refused");
if (refused) refused.focus();
showDeck();
show();
