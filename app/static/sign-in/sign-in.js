// Signs in with a typed code, or with a mailed link in the browser that asked for it.
// Opening the page uses nothing up: only pressing the button does.
"use strict";

const part = (id) => document.getElementById(id);
let waiting = sessionStorage.getItem("sign-in");
const [linked, token] = location.hash.slice(1).split(".");
history.replaceState(null, "", location.pathname);

function show(id, told) {
  for (const one of ["ask", "type", "link", "done"]) part(one).hidden = one !== id;
  part("told").textContent = told;
}

async function send(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return { ok: answer.ok, told: await answer.json() };
}

async function finish(id, proof, otherwise) {
  const { ok, told } = await send(`/v1/sign-ins/${encodeURIComponent(id)}/session`, proof);
  if (!ok) {
    show(told.code === "code_refused" ? "type" : otherwise, told.detail);
    return;
  }
  sessionStorage.removeItem("sign-in");
  part("token").value = told.access_token;
  show("done", "You are signed in.");
}

part("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { ok, told } = await send("/v1/sign-ins", { email: part("email").value });
  if (!ok) {
    show("ask", told.detail);
    return;
  }
  waiting = told.id;
  sessionStorage.setItem("sign-in", waiting);
  show("type", "A code is on its way to your mailbox. If none comes, ask again in 15 minutes.");
});

part("type").addEventListener("submit", (event) => {
  event.preventDefault();
  finish(waiting, { code: part("code").value }, "ask");
});

part("link").addEventListener("submit", (event) => {
  event.preventDefault();
  finish(linked, { token }, waiting ? "type" : "ask");
});

if (linked && token) show("link", "");
else if (waiting) show("type", "Type the code from the mail.");
