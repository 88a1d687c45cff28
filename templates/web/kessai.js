// 操作がないまま終わる前にお知らせします。これが動かなくても、どの画面もお使いになれます。
// Warns before the idle logoff. Without it every page works all the same.
"use strict";

(() => {
  const idle = Number(document.body.dataset.idle) * 1000;
  const csrf = document.querySelector('input[name="csrf"]');
  if (!(idle > 0) || !csrf) return;
  // WCAG 2.2.1 asks for twenty seconds at least.
  const warned = 60 * 1000;
  const key = "kessai-seen";
  let seen = Date.now();

  // Another tab may have been used meanwhile; the session is one.
  const share = () => {
    try { localStorage.setItem(key, String(seen)); } catch { /* kept to this tab */ }
  };
  const latest = () => {
    try { seen = Math.max(seen, Number(localStorage.getItem(key)) || 0); } catch { /* this tab alone */ }
    return seen;
  };

  const dialog = document.createElement("dialog");
  dialog.setAttribute("role", "alertdialog");
  dialog.setAttribute("aria-labelledby", "idle-title");
  dialog.setAttribute("aria-describedby", "idle-text");
  const title = document.createElement("h2");
  title.id = "idle-title";
  title.textContent = "まもなくログオフします";
  const text = document.createElement("p");
  text.id = "idle-text";
  text.setAttribute("aria-live", "polite");
  const stay = document.createElement("button");
  stay.type = "button";
  stay.textContent = "延長する";
  dialog.append(title, text, stay);

  const leave = () => location.assign("/login?ended=1");
  const extend = async () => {
    dialog.close();
    const body = new URLSearchParams({ csrf: csrf.value });
    const answer = await fetch("/extend", { method: "POST", body, redirect: "manual" }).catch(() => null);
    if (!answer || answer.status !== 204) { leave(); return; }
    seen = Date.now();
    share();
  };
  stay.addEventListener("click", extend);
  // Esc says that somebody is there, too.
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); extend(); });

  // A clock is looked at, not counted: a PC that slept wakes to the truth.
  const look = () => {
    const left = latest() + idle - Date.now();
    if (left <= 0) { leave(); return; }
    if (left > warned) { if (dialog.open) dialog.close(); return; }
    const said = `操作がないため、あと${Math.ceil(left / 10000) * 10}秒ほどでログオフします。続けるときは「延長する」を押してください。`;
    if (text.textContent !== said) text.textContent = said;
    if (!dialog.open) dialog.showModal();
  };
  document.body.append(dialog);
  share();
  setInterval(look, 1000);
})();

// 書面の画像を大きくし、回し、入力する欄に合わせて送ります。これが動かなくても、画像は見られます。
// Enlarges, turns and follows the scan beside a form. Without it the scan is there all the same.
(() => {
  const sheets = document.querySelector(".sheets");
  const tools = document.querySelector(".tools");
  if (!sheets || !tools) return;
  tools.hidden = false;
  const step = (name, by, least, most, turns) => {
    const now = Number(sheets.dataset[name] || least) + by;
    sheets.dataset[name] = turns ? now % (most + 1) : Math.min(most, Math.max(least, now));
  };
  tools.addEventListener("click", (event) => {
    const what = event.target.dataset.scan;
    if (what === "larger") step("zoom", 1, 1, 4);
    if (what === "smaller") step("zoom", -1, 1, 4);
    if (what === "turn") step("turn", 1, 0, 3, true);
  });
  // Where our own form has a field, the scan goes there.
  document.addEventListener("focusin", (event) => {
    const at = event.target.dataset.at;
    const page = sheets.querySelectorAll("img")[Number(event.target.dataset.page || 1) - 1];
    if (!at || !page) return;
    sheets.scrollTop = page.offsetTop - sheets.offsetTop + page.clientHeight * Number(at) - sheets.clientHeight / 3;
  });
})();
