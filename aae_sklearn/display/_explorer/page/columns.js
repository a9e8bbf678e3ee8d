// Labels, columns of a frame and quality of places: their text, and the slot of the colour of each row.

function quantileRange(cells) {
  const step = Math.max(1, Math.floor(cells.length / 20000)),
    some = [];
  for (let i = 0; i < cells.length; i += step) if (Number.isFinite(cells[i])) some.push(cells[i]);
  if (!some.length) return [0, 1];
  some.sort((a, b) => a - b);
  let low = some[Math.floor(0.005 * (some.length - 1))],
    high = some[Math.ceil(0.995 * (some.length - 1))];
  if (low === high) [low, high] = [some[0], some[some.length - 1]]; // nearly all are equal
  return high > low ? [low, high] : [low, low + 1];
}

function slotsOfClasses(cells, column) {
  const slotOf = new Uint8Array(column.names.length + 1).fill(GREY_SLOT);
  column.colored.forEach((position, slot) => (slotOf[position] = slot));
  return Uint8Array.from(cells, (cell) => slotOf[cell]);
}

function slotsOfValues(cells, [low, high]) {
  return Uint8Array.from(cells, (value) => {
    if (!Number.isFinite(value)) return GREY_SLOT;
    return Math.round(Math.min(Math.max((value - low) / (high - low), 0), 1) * (N_SHADES - 1));
  });
}

function readColumns(payload) {
  return payload.header.columns.map((column, k) => {
    const cells = payload.array("column" + k),
      newCells = payload.array("new_column" + k);
    return { ...column, cells, newCells, range: column.kind === "classes" ? null : quantileRange(cells) };
  });
}

// Slots of rows and of new rows, found once a column is shown.
function slotsOf(column, nRows, nNew) {
  if (!column) return { rows: new Uint8Array(nRows), fresh: new Uint8Array(nNew).fill(GREY_SLOT) };
  if (!column.slots) {
    const find = (cells) =>
      column.kind === "classes" ? slotsOfClasses(cells, column) : slotsOfValues(cells, column.range);
    const fresh = column.newCells ? find(column.newCells) : new Uint8Array(nNew).fill(GREY_SLOT);
    column.slots = { rows: find(column.cells), fresh };
  }
  return column.slots;
}

function cellText(column, index, isNew = false) {
  const cells = isNew ? column.newCells : column.cells;
  if (!cells) return "";
  const cell = cells[index];
  if (column.kind === "classes") return column.names[cell] ?? "–";
  if (column.kind === "dates") return Number.isFinite(cell) ? dateText(cell) : "–";
  return numberText(cell) + (column.unit ? " " + column.unit : "");
}
