// Histories: the series that changed, and any other that the reader chooses.
const { runs, series, changed } = given.page;
const jobChoice = document.getElementById("job");
const figureChoice = document.getElementById("figure");
const chosen = document.getElementById("chosen");

function label(one) {
  return one.condition ? `${one.figure} (${one.condition})` : one.figure;
}

// All that was watched of a job in a run, by the run's place.
const histories = new Map();
for (const one of series) {
  if (!histories.has(one.job)) histories.set(one.job, new Map());
  const nights = histories.get(one.job);
  one.places.forEach((place, n) => {
    if (!nights.has(place)) nights.set(place, {});
    nights.get(place)[one.figure] = one.texts[n];
  });
}

function hover(one, n) {
  const run = runs[one.places[n]];
  return {
    run: run.id,
    [one.figure]: one.texts[n],
    before: n ? one.texts[n - 1] : "–",
    job: one.job,
    ...histories.get(one.job).get(one.places[n]),
    environment: run.on,
  };
}

function specOf(one) {
  const time = (n) => runs[one.places[n]].time;
  const nights = one.values.map((value, n) => ({ time: time(n), value, hover: hover(one, n) }));
  const changes = one.changes.map((change) => ({
    ...change,
    time: time(change.place),
    from: time(change.earliest),
    to: time(change.latest),
  }));
  const levels = one.levels.map((level) => ({
    ...level,
    from: time(level.from),
    to: time(level.to),
  }));
  return { ...given.charts[one.chart], datasets: { nights, changes, levels } };
}

function options(choice, texts) {
  choice.replaceChildren(
    ...texts.map((text, n) => {
      const option = document.createElement("option");
      option.textContent = text;
      option.value = String(n);
      return option;
    }),
  );
}

const jobs = [...histories.keys()];
let figures = [];

function chooseJob() {
  const before = figures.length ? label(figures[Number(figureChoice.value)]) : null;
  figures = series.filter((one) => one.job === jobs[Number(jobChoice.value)]);
  options(figureChoice, figures.map(label));
  const same = figures.findIndex((one) => label(one) === before);
  figureChoice.value = String(Math.max(0, same));
  chooseFigure();
}

function chooseFigure() {
  const one = figures[Number(figureChoice.value)];
  chosen.setAttribute("aria-label", `${one.figure} of ${one.job}, run by run`);
  draw(chosen, specOf(one));
}

options(jobChoice, jobs);
jobChoice.addEventListener("change", chooseJob);
figureChoice.addEventListener("change", chooseFigure);
if (series.length) {
  const first = series[changed[0] ?? 0];
  jobChoice.value = String(jobs.indexOf(first.job));
  chooseJob();
  figureChoice.value = String(figures.indexOf(first));
  chooseFigure();
}

for (const place of changed) {
  const one = series[place];
  const picture = document.createElement("figure");
  const caption = document.createElement("figcaption");
  const title = document.createElement("strong");
  const element = document.createElement("div");
  title.textContent = one.job;
  caption.append(title, label(one));
  element.className = "chart";
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", `${one.figure} of ${one.job}, run by run`);
  picture.append(caption, element);
  document.getElementById("changed").append(picture);
  draw(element, specOf(one));
}
