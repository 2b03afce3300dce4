// Makes and revokes tokens.
"use strict";

const made = document.getElementById("new_token");
const field = (id) => document.getElementById(id).value.trim();

made.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { note: field("note") || made.dataset.note };
  if (field("expires")) body.expires_in = Number(field("expires"));
  const scopes = field("scopes").split(/[\s,]+/).filter(Boolean);
  if (scopes.length) body.scopes = scopes;
  const answer = await hub.call("POST", `users/${encodeURIComponent(hub.user)}/tokens`, body);
  if (!answer) return;
  document.getElementById("token").textContent = (await answer.json()).token;
  document.getElementById("made").hidden = false;
});

for (const button of document.querySelectorAll(".revoke")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    const path = `users/${encodeURIComponent(hub.user)}/tokens/${button.dataset.tokenId}`;
    if (await hub.call("DELETE", path)) button.closest("tr").remove();
    else button.disabled = false;
  });
}
