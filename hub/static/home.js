// Stops and forgets servers, and shows afresh what changes by itself.
"use strict";

const servers = document.getElementById("servers");
const LOOK_MS = 1000;
const SELDOM_MS = 30000;

for (const button of servers.querySelectorAll(".stop")) {
  button.addEventListener("click", async () => {
    const name = button.closest(".server").dataset.name;
    button.disabled = true;
    document.getElementById("news").textContent = button.dataset.doing;
    if (await hub.call("DELETE", hub.serverPath(name))) location.reload();
    else button.disabled = false;
  });
}

for (const button of servers.querySelectorAll(".forget")) {
  button.addEventListener("click", async () => {
    const name = button.closest(".server").dataset.name;
    if (!confirm(button.dataset.sure)) return;
    if (await hub.call("DELETE", hub.serverPath(name), { remove: true })) location.reload();
  });
}

const add = document.getElementById("add");
if (add) {
  add.addEventListener("submit", (event) => {
    event.preventDefault();
    location.href = add.dataset.to + encodeURIComponent(document.getElementById("server_name").value);
  });
}

const moving = servers.querySelector("[data-state=starting], [data-state=stopping]");
setTimeout(function look() {
  const typing = document.activeElement && document.activeElement.matches("input:not([type=checkbox])");
  const noted = [...document.querySelectorAll(".note")].some((note) => note.value);
  if (document.hidden || typing || noted) setTimeout(look, LOOK_MS);
  else location.reload();
}, moving ? 2 * LOOK_MS : SELDOM_MS);
