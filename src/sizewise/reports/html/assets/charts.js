// Charts are drawn when they come near the window, and anew when the theme changes.
const given = JSON.parse(document.getElementById("data").textContent);
const tooltip = document.getElementById("tooltip");
const drawn = new Map();
const NARROW_LEGEND = { columns: 2, columnPadding: 8, labelFontSize: 11, symbolSize: 60 };

function showTooltip(handler, event, item, value) {
  if (!value || typeof value !== "object") {
    tooltip.hidden = true;
    return;
  }
  const list = document.createElement("dl");
  for (const [name, text] of Object.entries(value)) {
    const term = document.createElement("dt");
    const description = document.createElement("dd");
    // Never markup: names come from suites that others have written.
    term.textContent = name;
    description.textContent = String(text);
    list.append(term, description);
  }
  tooltip.replaceChildren(list);
  tooltip.hidden = false;
  const box = tooltip.getBoundingClientRect();
  const left = Math.min(event.clientX + 14, innerWidth - box.width - 8);
  const below = event.clientY + 16;
  const top = below + box.height > innerHeight ? event.clientY - box.height - 12 : below;
  tooltip.style.left = `${Math.max(8, left)}px`;
  tooltip.style.top = `${Math.max(8, top)}px`;
}

function look(width) {
  const theme = isDark() ? given.looks.dark : given.looks.light;
  return width < 420 ? { ...theme, legend: { ...theme.legend, ...NARROW_LEGEND } } : theme;
}

async function draw(element, spec) {
  const earlier = drawn.get(element);
  const turn = (earlier ? earlier.turn : 0) + 1;
  const entry = { spec, turn, view: earlier ? earlier.view : null };
  drawn.set(element, entry);
  const stage = document.createElement("div");
  stage.className = "stage";
  element.append(stage);
  const sized = { autosize: { type: "fit-x", contains: "padding" }, ...spec, width: "container" };
  const result = await window.vegaEmbed(stage, sized, {
    mode: "vega-lite",
    renderer: "svg",
    actions: false,
    // Expressions are interpreted: the page forbids code that is made from text.
    ast: true,
    config: look(element.clientWidth),
    defaultStyle: false,
    // Errors only: that a layer has no data is no news.
    logLevel: 1,
    tooltip: showTooltip,
  });
  const latest = drawn.get(element);
  if (latest.turn !== turn) {
    result.finalize();
    stage.remove();
    return;
  }
  if (entry.view) entry.view.finalize();
  for (const other of [...element.children]) if (other !== stage) other.remove();
  entry.view = result;
  element.dataset.drawn = String(turn);
}

const waiting = new Set(document.querySelectorAll(".chart[data-chart]"));

function drawWaiting(element) {
  if (!waiting.delete(element)) return;
  near.unobserve(element);
  draw(element, given.charts[Number(element.dataset.chart)]);
}

const near = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) if (entry.isIntersecting) drawWaiting(entry.target);
  },
  { rootMargin: "600px" },
);
for (const element of waiting) near.observe(element);

themeListeners.push(() => {
  for (const [element, { spec }] of drawn) draw(element, spec);
});
addEventListener("beforeprint", () => {
  for (const element of [...waiting]) drawWaiting(element);
});
addEventListener("scroll", () => (tooltip.hidden = true), { passive: true });
addEventListener("keydown", (event) => {
  if (event.key === "Escape") tooltip.hidden = true;
});
