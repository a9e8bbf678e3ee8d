// What lies under and over the rows: places without rows, contours, names, the cursor, lasso and path.

function sizeCanvas(canvas, view, ratio) {
  const width = Math.round(view.width * ratio),
    height = Math.round(view.height * ratio);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, view.width, view.height);
  return context;
}

const pixelRatio = () => Math.min(window.devicePixelRatio || 1, 2);

// The places without rows as an image of one pixel per cell.
function veilImage() {
  const side = scene.cellSide,
    canvas = element("canvas", { width: side, height: side });
  const context = canvas.getContext("2d"),
    image = context.createImageData(side, side);
  const pixels = new Uint32Array(image.data.buffer),
    [, r, g, b, alpha] = variable("--veil").match(/(\d+), (\d+), (\d+), ([\d.]+)/);
  for (let i = 0; i < side * side; i++) {
    const row = side - 1 - Math.floor(i / side),
      cell = scene.cells[row * side + (i % side)];
    const veil = cell === 0 ? 0 : Math.round(255 * alpha * (cell === 2 ? 1.8 : 1));
    pixels[i] = (veil << 24) | (b << 16) | (g << 8) | +r;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

function drawGround() {
  const { view } = scene,
    context = sizeCanvas(byId("ground"), view, pixelRatio());
  if (!state.shown.veil) return;
  scene.veil ??= veilImage();
  const [[left, right], [bottom, top]] = scene.header.places.limits,
    half = 0.5 / (scene.cellSide - 1);
  const [x0, y0] = view.toScreen(left - half * (right - left), top + half * (top - bottom));
  const [x1, y1] = view.toScreen(right + half * (right - left), bottom - half * (top - bottom));
  // Beyond the limits there are no rows but lone ones.
  context.fillStyle = variable("--veil");
  context.fillRect(0, 0, view.width, view.height);
  context.clearRect(x0, y0, x1 - x0, y1 - y0);
  context.drawImage(scene.veil, x0, y0, x1 - x0, y1 - y0);
}

function trace(context, points) {
  context.beginPath();
  points.forEach(([x, y], k) => context[k ? "lineTo" : "moveTo"](...scene.view.toScreen(x, y)));
}

function drawContours(context) {
  context.strokeStyle = variable("--muted");
  context.lineWidth = 1;
  context.setLineDash([5, 4]);
  for (const { line } of scene.header.places.contours) {
    trace(context, line);
    context.stroke();
  }
  context.setLineDash([]);
}

function haloText(context, text, x, y) {
  context.lineWidth = 3.5;
  context.lineJoin = "round";
  context.strokeStyle = variable("--paper");
  context.strokeText(text, x, y);
  context.fillStyle = variable("--ink");
  context.fillText(text, x, y);
}

// Names of classes in the middles of their rows, those that do not fit left out.
function drawNames(context) {
  const column = state.column,
    taken = [];
  if (!column || column.kind !== "classes") return;
  context.font = "600 13px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { slot, name, x, y, reach } of classMiddles(column)) {
    const half = context.measureText(name).width / 2 + 3,
      [left, middle] = scene.view.toScreen(x, y);
    const [wide, high] = [reach[0] * scene.view.scaleX, reach[1] * scene.view.scaleY];
    const top = wide < half && high < 12 ? middle - high - 13 : middle; // not over a small class
    const isFree = taken.every(([l, t, h]) => Math.abs(l - left) > h + half || Math.abs(t - top) > 16);
    if (state.hidden.has(slot) || !isFree) continue;
    taken.push([left, top, half]);
    haloText(context, name, left, top);
  }
}

function ring(context, x, y, radius, color, width = 1.5) {
  const [left, top] = scene.view.toScreen(x, y);
  context.beginPath();
  context.arc(left, top, radius, 0, 2 * Math.PI);
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}

function drawCursor(context) {
  if (!state.cursor) return;
  const { x, y } = state.cursor,
    [left, top] = scene.view.toScreen(x, y),
    { width, height } = scene.view;
  context.strokeStyle = variable("--ink");
  context.lineWidth = state.held ? 2 : 1;
  context.beginPath();
  for (const [x0, y0, x1, y1] of [
    [left - 12, top, left - 4, top],
    [left + 4, top, left + 12, top],
    [left, top - 12, left, top - 4],
    [left, top + 4, left, top + 12],
  ]) {
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
  }
  context.stroke();
  for (const [, row] of state.near ?? [])
    ring(context, scene.points[2 * row], scene.points[2 * row + 1], 5, variable("--ink"), 1);
}

function drawMarks() {
  const context = sizeCanvas(byId("marks"), scene.view, pixelRatio()),
    mark = variable("--mark");
  if (state.shown.contours) drawContours(context);
  if (state.shown.names) drawNames(context);
  for (const row of state.found.slice(0, 500))
    ring(context, scene.points[2 * row], scene.points[2 * row + 1], 7, mark, 2.5);
  context.strokeStyle = mark;
  context.lineWidth = 2;
  if (state.lasso.length) {
    trace(context, [...state.lasso, state.lasso[0]]);
    context.globalAlpha = 0.1;
    context.fillStyle = mark;
    context.fill();
    context.globalAlpha = 1;
    context.stroke();
  }
  if (state.path.length) {
    trace(context, state.path);
    context.stroke();
    for (const { x, y } of pathSteps(N_SHOWN_STEPS)) ring(context, x, y, 3.5, mark, 2);
  }
  drawCursor(context);
}

painters.map = () => {
  drawGround();
  drawPoints();
  drawMarks();
};
painters.marks = drawMarks;
