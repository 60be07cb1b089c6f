// Tables of variants: sorted by a click on a heading, filtered by words, copied for elsewhere.
for (const section of document.querySelectorAll(".variants")) {
  const table = section.querySelector("table");
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  const rows = [...body.rows];
  const words = section.querySelector("input[type=search]");
  const choices = [...section.querySelectorAll("select")];
  const status = section.querySelector("[role=status]");

  function key(row, column) {
    const cell = row.cells[column];
    const text = cell.dataset.value ?? cell.textContent;
    return headings[column].dataset.kind === "number" && text !== "" ? Number(text) : text;
  }

  function compare(one, other, column, sign) {
    const [a, b] = [key(one, column), key(other, column)];
    // What was not measured comes last, whichever way is up.
    if (a === "" || b === "") return (a === "") - (b === "");
    if (typeof a === "number") return sign * (a - b);
    return sign * a.localeCompare(b, "en", { numeric: true });
  }

  function sort(column) {
    const heading = headings[column];
    const up = heading.getAttribute("aria-sort") !== "ascending";
    for (const other of headings) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
    const sorted = [...rows].sort((one, other) => compare(one, other, column, up ? 1 : -1));
    body.append(...sorted);
  }

  function filter() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.dataset.words.toLowerCase();
      const fits =
        wanted.every((word) => text.includes(word)) &&
        choices.every((choice) => !choice.value || row.dataset[choice.name] === choice.value);
      row.hidden = !fits;
      shown += fits;
    }
    status.textContent = `${shown} of ${rows.length}`;
  }

  function lines() {
    const shown = [...body.rows].filter((row) => !row.hidden);
    return [headings, ...shown.map((row) => [...row.cells])].map((cells) =>
      cells.map((cell) => (cell.dataset.text ?? cell.textContent).trim().replace(/\s+/g, " ")),
    );
  }

  const forms = {
    tsv: () => lines().map((cells) => cells.join("\t")).join("\n"),
    markdown: () => {
      const plain = (text) => text.replace(/[\\`*_~[\]|<>]/g, "\\$&");
      const [first, ...others] = lines().map((cells) => `| ${cells.map(plain).join(" | ")} |`);
      const rule = headings.map((cell) => (cell.dataset.kind === "number" ? "--:" : ":--"));
      return [first, `| ${rule.join(" | ")} |`, ...others].join("\n");
    },
  };

  async function copy(button) {
    const done = await copyText(`${forms[button.dataset.copy]()}\n`);
    const label = button.textContent;
    button.textContent = done ? "Copied" : "Not allowed";
    button.disabled = true;
    setTimeout(() => {
      button.textContent = label;
      button.disabled = false;
      button.focus();
    }, 1200);
  }

  headings.forEach((heading, column) => {
    heading.querySelector("button").addEventListener("click", () => sort(column));
  });
  words.addEventListener("input", filter);
  for (const choice of choices) choice.addEventListener("change", filter);
  for (const button of section.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", () => copy(button));
  }
  section.querySelector(".tools").hidden = false;
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Browsers without that right for files have the older way.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
