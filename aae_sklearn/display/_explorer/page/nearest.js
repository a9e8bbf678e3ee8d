// The rows nearest to the cursor, with their labels and columns.

const N_NEAREST = 6;
const MAX_CELLS = 12;

function labelOf(row) {
  const { label } = scene;
  if (!label) return null;
  const colors = slotColors(scene.header, label),
    slot = slotsOf(label, scene.nRows, scene.nNew).rows[row];
  const dot = element("span", { className: "dot" });
  dot.style.background = colors[slot];
  return [dot, cellText(label, row)];
}

function cellsOf(row) {
  const columns = scene.columns.filter((column) => column.role === "column");
  return columns
    .slice(0, MAX_CELLS)
    .map((column) => `${column.name} ${cellText(column, row)}`)
    .join(" · ");
}

function entryOf(row) {
  const entry = element("li", { className: "entry plain" }),
    label = labelOf(row);
  const text = element(
    "button",
    { type: "button", title: "Show its place" },
    ...(label ? [...label, " · "] : []),
    rowName(row),
  );
  text.addEventListener("click", () => goTo(row));
  if (scene.header.image && scene.kept.has(row)) {
    entry.classList.remove("plain");
    entry.append(imageCanvas(scene.kept.values(row)));
  }
  const cells = cellsOf(row);
  entry.append(
    element("div", {}, text, ...(cells ? [element("div", { className: "cells", textContent: cells })] : [])),
  );
  return entry;
}

function listNearest(near) {
  byId("nearest-rows").replaceChildren(...near.map(([, row]) => entryOf(row)));
}

// Hold the cursor at a row, in the middle of the window if it is outside.
function goTo(row) {
  const x = scene.points[2 * row],
    y = scene.points[2 * row + 1],
    [left, top] = scene.view.toScreen(x, y);
  const isOutside = left < 20 || top < 20 || left > scene.view.width - 20 || top > scene.view.height - 20;
  if (isOutside) scene.view.center(x, y);
  Object.assign(state, { cursor: { x, y }, held: true });
  redraw("map", "place");
}
