// What every page's script needs: the hub's API with its XSRF token, and one place for problems.
"use strict";

const hub = {
  base: document.body.dataset.baseUrl,
  user: document.body.dataset.user,

  // Calls the API; gives the answer, or null after a problem was shown.
  async call(method, path, body) {
    let problem = document.body.dataset.unreachable;
    try {
      const answer = await fetch(hub.base + "api/" + path, {
        method,
        headers: { "X-XSRFToken": document.body.dataset.xsrf, "Content-Type": "application/json" },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      if (answer.ok) return answer;
      const text = await answer.json().catch(() => ({}));
      problem = (text.error || text).message || answer.statusText;
    } catch (error) {
      console.error(error);
    }
    const place = document.getElementById("problem");
    place.textContent = document.body.dataset.failed.replace("{problem}", problem);
    place.hidden = false;
    return null;
  },

  serverPath(name) {
    const user = "users/" + encodeURIComponent(hub.user);
    return name ? user + "/servers/" + encodeURIComponent(name) : user + "/server";
  },

  fill(text, values) {
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  },

  data(id) {
    return JSON.parse(document.getElementById(id).textContent);
  },
};
