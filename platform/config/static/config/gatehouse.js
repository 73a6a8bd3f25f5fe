// Copy buttons, and the live part of the overview. No inline script anywhere: the content policy forbids it.
(() => {
  "use strict";

  const EVERY = 5000; // milliseconds between two looks
  const SLOWEST = 60000; // and at most, while the server does not answer

  async function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    if (!source) return;
    try {
      await navigator.clipboard.writeText(source.textContent);
      say(button, "Copied");
    } catch {
      // No clipboard on plain http away from this machine: select the text, so that one key press copies it.
      const range = document.createRange();
      range.selectNodeContents(source);
      const selection = window.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      say(button, "Selected: press Ctrl+C");
    }
  }

  function say(button, text) {
    const label = button.querySelector("[data-label]") || button;
    const before = label.dataset.before || label.textContent;
    label.dataset.before = before;
    label.textContent = text;
    setTimeout(() => { label.textContent = before; }, 2000);
  }

  function live(region) {
    const pause = document.getElementById("gh-pause");
    const state = document.getElementById("gh-state");
    let paused = false;
    let wait = EVERY;
    let timer = null;

    function plan() {
      clearTimeout(timer);
      if (!paused && !document.hidden) timer = setTimeout(look, wait);
    }

    async function look() {
      try {
        const answer = await fetch(region.dataset.live, {
          credentials: "same-origin", redirect: "manual", headers: { "X-Requested-With": "XMLHttpRequest" },
        });
        if (answer.type === "opaqueredirect" || answer.status === 403) {
          state.textContent = "Signed out: reload the page.";
          return;
        }
        if (!answer.ok) throw new Error(String(answer.status));
        const open = new Set([...region.querySelectorAll("details[open]")].map((item) => item.id));
        // A table that is being read, or text that is being selected, stays as it is until the next look.
        if (!region.contains(window.getSelection().anchorNode) || window.getSelection().isCollapsed) {
          const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
          region.replaceChildren(...fresh.body.childNodes);
          open.forEach((id) => { const item = document.getElementById(id); if (item) item.open = true; });
        }
        wait = EVERY;
        state.textContent = "Live";
      } catch {
        wait = Math.min(wait * 2, SLOWEST);
        state.textContent = `No answer from the server; trying again in ${Math.round(wait / 1000)} s`;
      }
      plan();
    }

    pause.addEventListener("click", () => {
      paused = !paused;
      pause.setAttribute("aria-pressed", String(paused));
      pause.querySelector("[data-label]").textContent = paused ? "Resume" : "Pause";
      state.textContent = paused ? "Paused" : "Live";
      if (paused) clearTimeout(timer); else look();
    });
    document.addEventListener("visibilitychange", () => { if (document.hidden) clearTimeout(timer); else if (!paused) look(); });
    pause.hidden = false;
    state.textContent = "Live";
    plan();
  }

  async function fill(region) {
    try {
      const answer = await fetch(region.dataset.fragment, {
        credentials: "same-origin", redirect: "manual", headers: { "X-Requested-With": "XMLHttpRequest" },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      region.replaceChildren(...fresh.body.childNodes);
    } catch {
      // The link that stands there leads to the same figures.
    }
    region.removeAttribute("aria-busy");
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });

  document.addEventListener("DOMContentLoaded", () => {
    const region = document.querySelector("[data-live]");
    if (region) live(region);
    document.querySelectorAll("[data-fragment]").forEach(fill);
  });
})();
