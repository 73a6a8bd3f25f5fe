"""What can be asked of a page without a person: labels, names, ids, contrast. The rest is for eyes and keyboards."""

from playwright.sync_api import Page

FINDINGS = """
() => {
  const found = [];
  const seen = new Set();
  const visible = (item) => item.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const named = (item) => (item.getAttribute("aria-label") || item.innerText || item.title || item.value || "").trim()
    || (item.getAttribute("aria-labelledby") && document.getElementById(item.getAttribute("aria-labelledby")));
  const about = (item) => `${item.tagName.toLowerCase()}${item.id ? "#" + item.id : ""} ${item.className}`.slice(0, 90);
  for (const item of document.querySelectorAll("main [id], #page [id], .gh [id]")) {
    if (seen.has(item.id)) found.push(`twice: #${item.id}`);
    seen.add(item.id);
  }
  for (const item of document.querySelectorAll(".gh input, .gh select, .gh textarea, form input, form select")) {
    if (item.type === "hidden" || !visible(item) || item.classList.contains("gh-hidden")) continue;
    if (!item.labels.length && !item.getAttribute("aria-label")) found.push(`no label: ${about(item)}`);
  }
  for (const item of document.querySelectorAll(".gh button, .gh a, form button")) {
    if (visible(item) && !named(item)) found.push(`no name: ${about(item)}`);
  }
  for (const table of document.querySelectorAll(".gh table")) {
    if (!table.querySelector("th[scope=col]")) found.push(`no header: ${about(table)}`);
  }
  const channel = (eighth) => {
    const value = eighth / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colour = (text) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (item) => {
    for (let at = item; at; at = at.parentElement) {
      const back = colour(getComputedStyle(at).backgroundColor);
      if (back[3] > 200) return back;
    }
    return [255, 255, 255, 255];
  };
  for (const item of document.querySelectorAll(".gh *, #login-form *, #entrance-form *")) {
    const own = [...item.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !visible(item) || item.closest(".gh-hidden, [disabled], svg, .material-symbols-outlined")) continue;
    const [one, two] = [light(colour(getComputedStyle(item).color)), light(behind(item))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (two + 0.05);
    const text = item.textContent.trim().slice(0, 30);
    if (ratio < 4.5) found.push(`contrast ${ratio.toFixed(1)}: ${about(item)} “${text}”`);
  }
  return found;
}
"""


def findings(page: Page) -> list[str]:
    """Plain sentences about what is wrong with the page that is open."""
    return [f"{page.url}: {one}" for one in page.evaluate(FINDINGS)]
