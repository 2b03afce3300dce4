"use strict";

const password = document.getElementById("password_input");
const show = document.getElementById("show_password");
if (show) show.addEventListener("change", () => (password.type = show.checked ? "text" : "password"));
const insecure = document.getElementById("insecure");
if (insecure) insecure.hidden = window.isSecureContext;
