// The decoded row at the cursor: as an image, as bars of its most unusual features, or as a curve.

const N_BARS = 12;

// What a change of a feature counts in: its deviation, or a twentieth of its range where that is more, so
// that flags of rare categories do not come first. Constants count nothing.
function unitOf(feature) {
  const { deviation, low, high } = scene.usual,
    unit = Math.max(deviation[feature], 0.05 * (high[feature] - low[feature]));
  return unit > 0 ? unit : Infinity;
}

const largestFirst = (sizes, count) =>
  sizes
    .map((_, j) => j)
    .sort((a, b) => sizes[b] - sizes[a])
    .slice(0, count);

// Features that are farthest from their means.
function mostUnusual(values, count) {
  const { mean } = scene.usual;
  return largestFirst(
    Array.from(values, (value, j) => Math.abs(value - mean[j]) / unitOf(j)),
    count,
  );
}

// A value, and 0 for what is nothing in the range of its feature.
function valueText(value, feature) {
  const span = scene.usual.high[feature] - scene.usual.low[feature];
  return numberText(Math.abs(value) < 1e-3 * span ? 0 : value);
}

const percent = (share) => `${(100 * Math.min(Math.max(share, 0), 1)).toFixed(1)}%`;

function barOf(value, feature, realRows) {
  const { mean, low, high } = scene.usual,
    span = high[feature] - low[feature] || 1;
  const place = (number) => Math.min(Math.max((number - low[feature]) / span, 0), 1);
  const from = Math.min(place(value), place(mean[feature])),
    to = Math.max(place(value), place(mean[feature]));
  const bar = element("span", { className: "bar" }),
    fill = element("i"),
    middle = element("b");
  Object.assign(fill.style, { left: percent(from), width: percent(to - from) });
  middle.style.left = percent(place(mean[feature]));
  bar.append(fill, middle);
  for (const values of realRows) {
    if (!Number.isFinite(values[feature])) continue;
    const tick = element("u");
    tick.style.left = percent(place(values[feature]));
    bar.append(tick);
  }
  return bar;
}

function barsOf(values, realRows) {
  const bars = element("div", { className: "bars" });
  for (const feature of mostUnusual(values, N_BARS)) {
    const name = scene.features[feature];
    bars.append(
      element("span", { className: "name", textContent: name, title: name }),
      barOf(values[feature], feature, realRows),
      element("span", { className: "value", textContent: valueText(values[feature], feature) }),
    );
  }
  return bars;
}

function remarkOn(realRows) {
  const { length } = scene.features,
    { of } = scene.header.features,
    parts = [];
  if (state.rowKind === "bars") {
    if (length > N_BARS) parts.push(`the ${N_BARS} most unusual of ${countText(length)} features`);
    parts.push("grey line: mean of all rows");
    if (realRows.length) parts.push("ticks: the nearest rows");
  } else if (state.rowKind === "curve") parts.push("grey: mean and deviation of all rows");
  if (length < of)
    parts.push(`the file holds the ${countText(length)} of ${countText(of)} features that vary most`);
  if (!scene.header.decoder.exact) parts.push("interpolated between decoded codes of a grid");
  return parts.join("; ");
}

const ROW_KINDS = {
  image: (values) => imageCanvas(values),
  bars: barsOf,
  curve: (values) => curveCanvas(values),
};

painters.place = () => {
  const { cursor } = state;
  if (!cursor) return;
  const values = scene.decode(cursor.x, cursor.y),
    known = knownOf(cursor.x, cursor.y);
  state.decoded = values;
  state.near = scene.nearest(cursor.x, cursor.y, N_NEAREST, isShown);
  const realRows = state.near
    .filter(([, row]) => scene.kept.has(row))
    .map(([, row]) => scene.kept.values(row));
  const row = byId("row");
  row.className = known === "rows" ? "" : "unknown";
  row.replaceChildren(ROW_KINDS[state.rowKind](values, realRows));
  row.append(element("p", { className: "remark", textContent: remarkOn(realRows) }));
  describePlace(known);
  listNearest(state.near);
  drawMarks();
};

function setUpRow() {
  const kinds = [...(scene.header.image ? ["image"] : []), "bars", "curve"];
  const select = byId("row-kind");
  select.append(...kinds.map((kind) => new Option(kind, kind)));
  state.rowKind = kinds[0];
  select.addEventListener("change", () => {
    state.rowKind = select.value;
    redraw("place");
  });
}
