// Long lists of choices: show only what matches, choose all that is shown. Without script the list works as it is.
(() => {
  "use strict";

  function choice(form) {
    const filter = form.querySelector("[data-gh-filter]");
    const all = form.querySelector("[data-gh-all]");
    if (!filter || !all) return;
    const items = [...form.querySelectorAll(".gh-choices li")].filter((item) => item.querySelector("[name=model]"));
    filter.hidden = all.hidden = false;
    filter.addEventListener("input", () => {
      const wanted = filter.value.trim().toLowerCase();
      for (const item of items) item.hidden = !item.textContent.toLowerCase().includes(wanted);
    });
    filter.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    all.addEventListener("click", () => {
      const boxes = items.filter((item) => !item.hidden).map((item) => item.querySelector("input"));
      const set = boxes.some((box) => !box.checked);
      for (const box of boxes) box.checked = set;
    });
  }

  document.querySelectorAll("[data-gh-choice]").forEach(choice);
})();
