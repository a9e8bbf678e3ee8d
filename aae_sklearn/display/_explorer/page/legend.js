// What the rows are coloured by; classes can be hidden.

function countSlots(column) {
  const counts = new Uint32Array(256),
    { rows } = slotsOf(column, scene.nRows, scene.nNew);
  for (let i = 0; i < rows.length; i++) counts[rows[i]]++;
  return counts;
}

function classButton(slot, name, color, count) {
  const dot = element("span", { className: "dot" }),
    button = element("button", { type: "button" }, dot, name);
  dot.style.background = color;
  button.append(element("small", { textContent: countText(count) }));
  button.dataset.slot = slot;
  button.title = "Hide or show; with Shift show this alone";
  button.setAttribute("aria-pressed", String(!state.hidden.has(slot)));
  return button;
}

function classesOf(column) {
  const colors = slotColors(scene.header, column),
    counts = countSlots(column);
  const buttons = column.colored.map((position, slot) =>
    classButton(slot, column.names[position], colors[slot], counts[slot]),
  );
  const rest = column.colored.length < column.names.length ? "other" : "unlabelled";
  if (counts[GREY_SLOT]) buttons.push(classButton(GREY_SLOT, rest, colors[GREY_SLOT], counts[GREY_SLOT]));
  const box = element("div", { className: "classes" }, ...buttons);
  box.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button)
      toggleClass(
        +button.dataset.slot,
        event.shiftKey,
        buttons.map((other) => +other.dataset.slot),
      );
  });
  return box;
}

function toggleClass(slot, isAlone, every) {
  const { hidden } = state,
    isOnly = every.every((other) => (other === slot) !== hidden.has(other));
  if (isAlone) state.hidden = isOnly ? new Set() : new Set(every.filter((other) => other !== slot));
  else if (!hidden.delete(slot)) hidden.add(slot);
  for (const button of document.querySelectorAll("#key button"))
    button.setAttribute("aria-pressed", String(!state.hidden.has(+button.dataset.slot)));
  redraw("map", "place");
}

function scaleOf(column) {
  const stops = Array.from({ length: 9 }, (_, k) => shade(k / 8)).join(", "),
    bar = element("div", { className: "scale" });
  bar.style.background = `linear-gradient(to right, ${stops})`;
  const text = (value) =>
    column.kind === "dates" ? dateText(value) : numberText(value) + (column.unit ? " " + column.unit : "");
  const ends = element(
    "div",
    { className: "scale-ends" },
    ...column.range.map((value) => element("span", { textContent: text(value) })),
  );
  return [bar, ends];
}

painters.legend = () => {
  const { column } = state,
    key = byId("key");
  if (!column)
    key.replaceChildren(element("p", { className: "remark", textContent: "All rows have one colour." }));
  else if (column.kind === "classes") key.replaceChildren(classesOf(column));
  else key.replaceChildren(...scaleOf(column));
};

function colorBy(column) {
  Object.assign(state, { column, hidden: new Set() });
  redraw("legend", "map", "place");
}

const isColorable = (column) => column.kind !== "classes" || column.colored.length > 0;

function setUpLegend() {
  const select = byId("color-by"),
    columns = scene.columns.filter(isColorable);
  select.append(
    ...columns.map((column) => new Option(column.name, scene.columns.indexOf(column))),
    new Option("nothing", -1),
  );
  state.column = scene.label && isColorable(scene.label) ? scene.label : null;
  select.value = scene.columns.indexOf(state.column);
  select.addEventListener("change", () => colorBy(scene.columns[+select.value] ?? null));
}
