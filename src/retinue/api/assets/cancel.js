// Retinue: docs/concepts/cancel-moment.md
(() => {
  "use strict";
  const me = document.currentScript, conf = me.dataset;
  const base = new URL(me.src).origin;
  const words = {
    title: "Before you go", ask: "Why do you want to cancel? (optional)", go: "Continue to cancel",
    cancel: "Cancel my subscription", keep: "Keep my subscription", offer: "We would like to offer you:",
    accept: "Take the offer and stay", call: "We would like to call you about this. You can cancel now.",
    thanks: "Thank you. The offer is on its way.", close: "Close", failed: "This could not be saved. You can still cancel.",
  };
  const why = {
    too_expensive: "It costs too much", not_using: "I do not use it enough", missing_feature: "Something is missing",
    bad_service: "I had a bad experience", switching: "I am moving to something else",
    temporary: "I only need a break", other: "Another reason",
  };
  try { Object.assign(words, JSON.parse(document.getElementById("retinue-cancel-words").textContent)); } catch { /* English */ }
  const reasons = conf.reasons ? conf.reasons.split(/\s+/) : Object.keys(why);
  const css = `dialog{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;border:1px solid #767676;
border-radius:12px;padding:24px;width:min(420px,calc(100vw - 32px));box-sizing:border-box}dialog::backdrop{background:#0008}
h2{margin:0 0 12px;font-size:1.25rem}p{margin:0 0 16px}strong{display:block;font-size:1.1rem}
fieldset{border:0;margin:0 0 16px;padding:0}legend{padding:0;margin-bottom:8px}
label{display:flex;gap:10px;align-items:center;min-height:36px}input{width:18px;height:18px;margin:0;flex:none}
div{display:grid;gap:10px}button{font:inherit;min-height:44px;padding:8px 16px;border-radius:8px;cursor:pointer;
color:inherit;background:transparent;border:2px solid currentColor}
:focus-visible{outline:3px solid #1a6fd4;outline-offset:2px}h2:focus{outline:0}
@media (prefers-color-scheme:dark){dialog{color:#f2f2f2;background:#1c1c1e;border-color:#8a8a8e}:focus-visible{outline-color:#7ab8ff}}`;
  let passing = false, busy = false;

  const post = async (path, body) => {
    const answer = await fetch(base + "/api/v1/cancel/" + path, {
      method: "POST", headers: { "Content-Type": "application/json" }, credentials: "omit", keepalive: true,
      body: JSON.stringify({ token: conf.token, ...body }), signal: AbortSignal.timeout(3000),
    });
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  };
  const make = (tag, text, set = {}) => Object.assign(document.createElement(tag), { textContent: text || "" }, set);

  const open = (button) => {
    const host = document.body.appendChild(make("div"));
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    const box = root.appendChild(make("dialog"));
    box.setAttribute("aria-labelledby", "t");
    let reason, ended = false;

    const say = (choice) => post("choice", { choice, reason });
    const leave = () => { ended = true; box.close(); host.remove(); button.focus(); };
    const cancel = async () => {
      if (ended) return;
      ended = true;
      await say("cancelled").catch(() => {});
      leave();
      passing = true;
      try { button.click(); } finally { passing = false; }
    };
    const show = (first, parts, actions) => {
      const row = make("div");
      for (const [text, act] of actions) {
        const one = row.appendChild(make("button", text, { type: "button" }));
        one.addEventListener("click", act);
      }
      const head = make("h2", words.title, { id: "t", tabIndex: -1 });
      box.replaceChildren(head, ...parts, row);
      if (!first) head.focus();
    };
    const decline = () => { say("declined").catch(() => {}); leave(); };
    const accept = async () => {
      if (busy) return;
      busy = true;
      try {
        await say("accepted");
        document.dispatchEvent(new CustomEvent("retinue:accepted"));
        show(false, [make("p", words.thanks, { role: "status" })], [[words.close, leave]]);
      } catch {
        show(false, [make("p", words.failed, { role: "alert" })], [[words.cancel, cancel], [words.keep, leave]]);
      }
      busy = false;
    };
    const next = async () => {
      if (busy) return;
      busy = true;
      const picked = root.querySelector("input:checked");
      reason = picked ? picked.value : undefined;
      let found = { answer: "none" };
      try { found = await post("offer", { reason }); } catch { /* hold nobody up */ }
      busy = false;
      if (ended) return;
      if (found.answer === "none") return cancel();
      const parts = found.answer === "call" ? [make("p", words.call)] : [make("p", words.offer)];
      if (found.offer) parts[0].append(make("strong", words["offer:" + found.offer.incentive] || found.offer.text));
      const actions = [[words.cancel, cancel], [words.keep, decline]];
      if (found.offer) actions.unshift([words.accept, accept]);
      show(false, parts, actions);
    };

    const list = make("fieldset");
    list.append(make("legend", words.ask));
    for (const value of reasons) {
      const line = list.appendChild(make("label"));
      line.append(make("input", "", { type: "radio", name: "r", value }), make("span", words[value] || why[value] || value));
    }
    show(true, [list], [[words.go, next], [words.keep, decline]]);
    box.addEventListener("cancel", (event) => {
      event.preventDefault();
      if (!ended) { say("closed").catch(() => {}); leave(); }
    });
    box.showModal();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest(conf.button || "[data-retinue-cancel]");
    if (!button || passing || typeof HTMLDialogElement !== "function") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    open(button);
  }, true);
})();
