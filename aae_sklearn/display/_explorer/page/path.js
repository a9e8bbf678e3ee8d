// A path over the map: the decoded rows along it, and what changes.

const N_SHOWN_STEPS = 9;
const N_SAVED_STEPS = 25;
const N_CHANGES = 8;

// Places at even distances along the path.
function pathSteps(count) {
  const { path } = state;
  if (path.length < 2) return path.map(([x, y]) => ({ x, y }));
  const lengths = [0];
  for (let k = 1; k < path.length; k++)
    lengths.push(lengths[k - 1] + Math.hypot(path[k][0] - path[k - 1][0], path[k][1] - path[k - 1][1]));
  const whole = lengths[lengths.length - 1];
  return Array.from({ length: count }, (_, k) => {
    const at = (whole * k) / (count - 1);
    let piece = 1;
    while (piece < path.length - 1 && lengths[piece] < at) piece++;
    const share = (at - lengths[piece - 1]) / (lengths[piece] - lengths[piece - 1] || 1);
    const along = (axis) => path[piece - 1][axis] + share * (path[piece][axis] - path[piece - 1][axis]);
    return { x: along(0), y: along(1) };
  });
}

const walk = (count) =>
  pathSteps(count).map(({ x, y }) => ({ x, y, known: knownOf(x, y), values: scene.decode(x, y) }));

// Features by how far they range along the path.
function mostChanging(steps, count) {
  const ranges = scene.features.map((_, j) => {
    const along = steps.map((step) => step.values[j]);
    return (Math.max(...along) - Math.min(...along)) / unitOf(j);
  });
  return largestFirst(ranges, count);
}

function changesOf(steps) {
  const bars = element("div", { className: "bars" });
  for (const feature of mostChanging(steps, N_CHANGES)) {
    const along = steps.map((step) => step.values[feature]),
      name = scene.features[feature];
    const ends = `${valueText(along[0], feature)} → ${valueText(along[along.length - 1], feature)}`;
    bars.append(
      element("span", { className: "name", textContent: name, title: name }),
      sparkline(along),
      element("span", { className: "value", textContent: ends }),
    );
  }
  return bars;
}

painters.path = () => {
  const isThere = state.path.length > 1,
    steps = isThere ? walk(N_SHOWN_STEPS) : [];
  const nUnknown = steps.filter((step) => step.known !== "rows").length;
  const note = scene.header.image
    ? "Decoded at even steps"
    : "Features that change most, from the first to the last step";
  const unknown =
    `; at ${nUnknown} of ${steps.length} steps there are no rows` + (scene.header.image ? " (pale)" : "");
  byId("path-note").textContent = isThere
    ? note + (nUnknown ? unknown : "") + "."
    : "None: choose Path and draw one.";
  const strip = scene.header.image
    ? steps.map((step) => {
        const canvas = imageCanvas(step.values);
        canvas.classList.toggle("unknown", step.known !== "rows");
        return canvas;
      })
    : [];
  byId("strip").replaceChildren(...strip);
  byId("changes").replaceChildren(...(isThere && !scene.header.image ? [changesOf(steps)] : []));
  byId("export-path").disabled = !isThere;
  byId("clear-path").disabled = !state.path.length;
};

function exportPath() {
  const steps = walk(N_SAVED_STEPS),
    codes = codeNames();
  const head = ["step", ...codes, "place", "nearest row", ...scene.features];
  const rows = steps.map((step, k) => {
    const nearest = scene.nearest(step.x, step.y, 1)[0];
    return [
      k,
      ...[step.x, step.y].slice(0, codes.length),
      step.known,
      nearest?.[1],
      ...Array.from(step.values, Math.fround),
    ];
  });
  saveFile("path.csv", csvText([head, ...rows]));
}

function clearPath() {
  state.path = [];
  redraw("marks", "path");
}

function setUpPath() {
  byId("export-path").addEventListener("click", exportPath);
  byId("clear-path").addEventListener("click", clearPath);
}
