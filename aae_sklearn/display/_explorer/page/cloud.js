// All rows as points, and the new ones over them.

const FAINT_OPACITY = 0.15; // of rows outside of a selection
const opacityOf = (n) => (n > 20000 ? 0.75 : 0.85);

// What the points are drawn with.
function makeBrush(context) {
  const { canvas } = context;
  const image = context.createImageData(canvas.width, canvas.height);
  const ratio = pixelRatio();
  const colors = slotColors(scene.header, state.column);
  return {
    image,
    pixels: new Uint32Array(image.data.buffer),
    size: { width: canvas.width, height: canvas.height },
    ratio,
    radius: pointRadius(scene.nRows + scene.nNew, scene.view, ratio),
    colors,
    isHidden: Uint8Array.from(colors, (_, slot) => state.hidden.has(slot)),
  };
}

function dab(brush, points, slots, { colors = brush.colors, radius = brush.radius, ...rest }) {
  const { pixels, size, ratio } = brush;
  const { opacity = 1, isShown, most } = rest;
  splat(pixels, size, scene.view, ratio, points, slots, colors, radius, opacity, isShown, most);
}

function drawRows(brush, slots) {
  const { selected } = state;
  const { isHidden } = brush;
  const most = state.moving ? MOVING_ROWS : Infinity;
  const opacity = opacityOf(scene.nRows);
  const draw = (opacity, isShown) => dab(brush, scene.points, slots, { opacity, isShown, most });
  if (!selected) {
    draw(opacity, (i) => !isHidden[slots[i]]);
    return;
  }
  draw(FAINT_OPACITY, (i) => !selected[i] && !isHidden[slots[i]]);
  draw(opacity, (i) => selected[i] && !isHidden[slots[i]]);
}

// Outlined; without colours all ink.
function drawNewRows(brush, slots) {
  const radius = Math.max(brush.radius * 1.4, 2.5 * brush.ratio);
  const isShown = (i) => !brush.isHidden[slots[i]];
  const ink = new Array(256).fill(variable("--ink"));
  dab(brush, scene.newPoints, slots, { colors: ink, radius: radius + brush.ratio, isShown });
  if (state.column) dab(brush, scene.newPoints, slots, { radius, isShown });
}

function drawPoints() {
  const context = sizeCanvas(byId("points"), scene.view, pixelRatio());
  const brush = makeBrush(context);
  const { rows, fresh } = slotsOf(state.column, scene.nRows, scene.nNew);
  if (state.shown.rows) drawRows(brush, rows);
  if (state.shown.fresh) drawNewRows(brush, fresh);
  context.putImageData(brush.image, 0, 0);
}
