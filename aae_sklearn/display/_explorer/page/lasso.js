// Rows within a drawn line, and their export.

function isWithin(x, y, corners) {
  let inside = false;
  for (let k = 0, j = corners.length - 1; k < corners.length; j = k++) {
    const [x0, y0] = corners[k],
      [x1, y1] = corners[j];
    if (y0 > y !== y1 > y && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0) inside = !inside;
  }
  return inside;
}

function selectWithin(corners) {
  const selected = new Uint8Array(scene.nRows),
    { points } = scene;
  if (corners.length > 2)
    for (let i = 0; i < scene.nRows; i++)
      selected[i] = isShown(i) && isWithin(points[2 * i], points[2 * i + 1], corners);
  state.selected = selected.includes(1) ? selected : null;
  redraw("map", "selection");
}

const selectedRows = () =>
  state.selected ? Array.from(state.selected.keys()).filter((row) => state.selected[row]) : [];

function sharesOf(rows, column) {
  const counts = new Map();
  for (const row of rows) counts.set(cellText(column, row), (counts.get(cellText(column, row)) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]),
    listed = sorted.slice(0, 4).map(([name, count]) => `${name} (${countText(count)})`);
  return listed.join(", ") + (sorted.length > 4 ? ", …" : "");
}

painters.selection = () => {
  const rows = selectedRows(),
    { label } = scene;
  const classes = rows.length && label?.kind === "classes" ? `: ${sharesOf(rows, label)}` : "";
  byId("selected").textContent = rows.length
    ? `${countText(rows.length)} rows${classes}`
    : "None: draw a lasso around some.";
  byId("export-selection").disabled = byId("clear-selection").disabled = !rows.length;
};

function exportSelection() {
  const names = scene.header.names ? ["name"] : [],
    columns = scene.columns,
    codes = codeNames();
  const head = ["index", ...names, ...codes, ...columns.map((column) => column.name)];
  const cells = (row) =>
    columns.map((column) => (column.kind === "values" ? column.cells[row] : cellText(column, row)));
  const rows = selectedRows().map((row) => [
    row,
    ...names.map(() => rowName(row)),
    ...scene.points.slice(2 * row, 2 * row + codes.length),
    ...cells(row),
  ]);
  saveFile("selected_rows.csv", csvText([head, ...rows]));
}

function clearSelection() {
  Object.assign(state, { selected: null, lasso: [] });
  redraw("map", "selection");
}

function setUpSelection() {
  byId("export-selection").addEventListener("click", exportSelection);
  byId("clear-selection").addEventListener("click", clearSelection);
}
