// Rows found by their name, label, number, or by text in the columns of the frame.

const MAX_LISTED = 20;

function searchRows(query) {
  const text = query.trim().toLowerCase(),
    found = new Set();
  if (!text) return [];
  if (/^#?\d+$/.test(text)) {
    const row = +text.replace("#", "");
    if (row < scene.nRows) found.add(row);
  }
  scene.header.names?.forEach((name, row) => name.toLowerCase().includes(text) && found.add(row));
  for (const column of scene.columns.filter(({ kind }) => kind === "classes")) {
    const positions = new Set(
      column.names.flatMap((name, k) => (matches(column, name.toLowerCase(), text) ? [k] : [])),
    );
    if (positions.size) column.cells.forEach((cell, row) => positions.has(cell) && found.add(row));
  }
  return [...found];
}

// A number must agree as a whole: "1" is not in "10".
const matches = (column, name, text) => (/^[\d.]+$/.test(text) ? name === text : name.includes(text));

function showFound(query) {
  state.found = searchRows(query);
  const { length } = state.found;
  byId("found").textContent = !query.trim()
    ? ""
    : length
      ? `${countText(length)} row${length === 1 ? "" : "s"} found`
      : "No row found.";
  byId("found-rows").replaceChildren(...state.found.slice(0, MAX_LISTED).map(entryOf));
  redraw("marks");
}

function setUpSearch() {
  const query = byId("query");
  query.addEventListener("input", () => showFound(query.value));
  query.form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (state.found.length) goTo(state.found[0]);
  });
}
