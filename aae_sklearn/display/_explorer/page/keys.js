// Tools and the keyboard.

const STEP = 12,
  LONG_STEP = 60;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function chooseTool(tool) {
  state.tool = tool;
  for (const button of document.querySelectorAll("[data-tool]"))
    button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
}

function stepCursor([dx, dy], isLong) {
  const { view } = scene,
    start = state.cursor ? view.toScreen(state.cursor.x, state.cursor.y) : [view.width / 2, view.height / 2];
  const size = isLong ? LONG_STEP : STEP,
    left = start[0] + dx * size,
    top = start[1] + dy * size;
  const over = (place, length) => (place < 0 ? place : place > length ? place - length : 0);
  const pan = [over(left, view.width), over(top, view.height)];
  if (pan[0] || pan[1]) {
    view.pan(-pan[0], -pan[1]);
    redraw("map");
  }
  state.held = true;
  moveCursor(left - pan[0], top - pan[1]);
  sayPlace();
}

function addCorner() {
  const { x, y } = state.cursor ?? scene.view;
  if (state.tool === "move") {
    state.held = !state.held;
    redraw("place");
    return;
  }
  state[state.tool].push([x, y]);
  if (state.tool === "lasso") selectWithin(state.lasso);
  else redraw("marks", "path");
}

function clearAll() {
  state.held = false;
  clearSelection();
  clearPath();
}

function zoomAtCursor(factor) {
  const { cursor, view } = { cursor: state.cursor, view: scene.view };
  view.zoom(factor, ...(cursor ? view.toScreen(cursor.x, cursor.y) : []));
  moved();
}

function pan(dx, dy) {
  scene.view.pan(dx, dy);
  moved();
}

function fitMap() {
  scene.view.fit();
  redraw("map");
}

const KEYS = {
  "+": () => zoomAtCursor(1.4),
  "=": () => zoomAtCursor(1.4),
  "-": () => zoomAtCursor(1 / 1.4),
  0: fitMap,
  Home: fitMap,
  Enter: addCorner,
  " ": addCorner,
  Escape: clearAll,
  v: () => chooseTool("move"),
  l: () => chooseTool("lasso"),
  p: () => chooseTool("path"),
};

function layerButton(name, text) {
  const button = element("button", { type: "button", textContent: text });
  button.setAttribute("aria-pressed", String(state.shown[name]));
  button.dataset.layer = name;
  button.addEventListener("click", () => {
    state.shown[name] = !state.shown[name];
    button.setAttribute("aria-pressed", String(state.shown[name]));
    redraw("map", "place");
  });
  return button;
}

function setUpKeys() {
  const layers = [["veil", "Places without rows"]];
  if (scene.header.places.contours.length) layers.unshift(["contours", "Prior"]);
  if (scene.columns.some((column) => column.kind === "classes" && isColorable(column)))
    layers.push(["names", "Names"]);
  if (scene.nNew) layers.push(["rows", "Rows"], ["fresh", "New rows"]);
  byId("layers").append(...layers.map(([name, text]) => layerButton(name, text)));
  for (const button of document.querySelectorAll("[data-tool]"))
    button.addEventListener("click", () => chooseTool(button.dataset.tool));
  byId("zoom-in").addEventListener("click", () => zoomAtCursor(1.4));
  byId("zoom-out").addEventListener("click", () => zoomAtCursor(1 / 1.4));
  byId("fit").addEventListener("click", fitMap);
  byId("stage").addEventListener("keydown", (event) => {
    const act = ARROWS[event.key]
      ? () => stepCursor(ARROWS[event.key], event.shiftKey)
      : (KEYS[event.key] ?? KEYS[event.key.toLowerCase()]);
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
}
