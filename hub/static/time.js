// Time and turns: extends leases, takes and gives up places in the waiting list, decides requests.
"use strict";

const LIST = "allotment/";

// Does something once, and shows the page afresh when it was done.
async function act(button, method, path, body, done) {
  button.disabled = true;
  const answer = await hub.call(method, LIST + path, body);
  if (!answer) {
    button.disabled = false;
    return;
  }
  const say = done && done(answer);
  if (say) document.getElementById("news").textContent = say;
  setTimeout(() => location.reload(), say ? 1200 : 0);
}

for (const time of document.querySelectorAll(".time")) {
  const lease = `leases/${time.dataset.lease}`;
  const extend = time.querySelector(".extend");
  extend.addEventListener("click", () => {
    const say = (answer) => (answer.status === 202 ? extend.dataset.asked : extend.dataset.done);
    act(extend, "POST", `${lease}/extend`, { hours: 1 }, say);
  });
  const keep = time.querySelector(".keep");
  if (!keep) continue;
  keep.addEventListener("change", async () => {
    const wanted = keep.checked;
    keep.disabled = true;
    if (!(await hub.call("PATCH", LIST + lease, { keep_going: wanted }))) keep.checked = !wanted;
    keep.disabled = false;
    keep.focus();
  });
}

for (const place of document.querySelectorAll(".place")) {
  const ticket = `tickets/${place.dataset.ticket}`;
  const take = place.querySelector(".take");
  if (take) {
    take.addEventListener("click", () => {
      take.textContent = take.dataset.doing;
      act(take, "POST", `${ticket}/take`);
    });
  }
  const leave = place.querySelector(".leave");
  leave.addEventListener("click", () => {
    if (confirm(leave.dataset.sure)) act(leave, "DELETE", ticket);
  });
}

for (const button of document.querySelectorAll(".decide")) {
  button.addEventListener("click", () => {
    const line = button.closest(".decision");
    const note = line.querySelector(".note").value;
    act(button, "POST", `requests/${line.dataset.request}/${button.dataset.what}`, { note });
  });
}

// An offer's time runs visibly; when it is over the page shows what came of it.
for (const until of document.querySelectorAll(".until")) {
  const end = Date.now() + Number(until.dataset.seconds) * 1000;
  const tick = setInterval(() => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    until.textContent = left ? hub.fill(until.dataset.text, { time }) : until.dataset.over;
    if (left) return;
    clearInterval(tick);
    setTimeout(() => location.reload(), 3000);
  }, 1000);
}
