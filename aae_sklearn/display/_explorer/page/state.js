// The scene, which does not change, and the state, which does; a change asks for a new drawing.

const scene = {};
const state = {
  tool: "move",
  column: null,
  hidden: new Set(),
  cursor: null,
  held: false,
  rowKind: "bars",
  selected: null,
  lasso: [],
  path: [],
  found: [],
  moving: false,
  shown: { contours: true, names: true, veil: true, rows: true, fresh: true },
};

function readScene(payload) {
  const { header } = payload,
    points = payload.array("points");
  const newPoints = payload.array("new_points") ?? new Float32Array(0);
  Object.assign(scene, {
    header,
    points,
    newPoints,
    nRows: points.length / 2,
    nNew: newPoints.length / 2,
    columns: readColumns(payload),
    decode: makeDecoder(payload),
    cells: payload.array("cells"),
    cellSide: payload.shape("cells")[0],
    features: header.features.names,
    kept: readKept(payload),
    usual: Object.fromEntries(
      ["mean", "deviation", "low", "high"].map((name) => [name, payload.array(name)]),
    ),
  });
  scene.diagonal = Math.hypot(...header.places.limits.map(([low, high]) => high - low));
  scene.label = scene.columns.find((column) => column.role === "label") ?? null;
  scene.nearest = makeIndex(points, header.places.limits);
  scene.view = makeView(byId("stage"), header.places.limits, header.width === 2);
}

// Values of a row in the unit of the data, or null where the file does not hold them.
function readKept(payload) {
  const index = payload.array("kept"),
    cells = payload.array("kept_cells");
  const { levels, packed, features } = payload.header,
    width = features.names.length;
  const low = payload.array("low"),
    high = payload.array("high"),
    place = new Map();
  const stride = payload.shape("kept_cells")[1];
  index.forEach((row, k) => place.set(row, k));
  return {
    count: index.length,
    has: (row) => place.has(row),
    values(row) {
      const start = place.get(row) * stride,
        values = new Float64Array(width);
      for (let j = 0; j < width; j++) {
        const cell = packed ? (cells[start + (j >> 1)] >> (4 * (j & 1))) & 15 : cells[start + j];
        values[j] = cell > levels ? NaN : low[j] + (cell / levels) * (high[j] - low[j]);
      }
      return values;
    },
  };
}

const rowName = (row) => scene.header.names?.[row] || `row ${row}`;
const isPlane = () => scene.header.width === 2;
const codeNames = () => (isPlane() ? ["code 1", "code 2"] : ["code 1"]); // else height means nothing

function isShown(row) {
  const mayHide = state.hidden.size > 0; // else slots, of all rows, need not be asked for
  return state.shown.rows && !(mayHide && state.hidden.has(slotsOf(state.column, scene.nRows, scene.nNew).rows[row]));
}

// What is known of a place: "rows", "empty" or "outside" of the prior's support.
// Beyond the limits of the map there are lone rows at most.
function knownOf(x, y) {
  const [[left, right], [bottom, top]] = scene.header.places.limits,
    side = scene.cellSide;
  const column = Math.round(((x - left) / (right - left)) * (side - 1)),
    row = Math.round(((y - bottom) / (top - bottom)) * (side - 1));
  const inside = column >= 0 && row >= 0 && column < side && row < side;
  if (inside) return ["rows", "empty", "outside"][scene.cells[row * side + column]];
  const nearest = scene.nearest(x, y, 1)[0];
  return nearest && Math.sqrt(nearest[0]) <= scene.header.places.reach ? "rows" : "empty";
}

const MANY_ROWS = 80000,
  MOVING_ROWS = 50000,
  REST = 160;
let resting = 0;

// The map moves: of very many rows some are drawn until it rests.
function moved() {
  state.moving = scene.nRows > MANY_ROWS;
  redraw("map");
  clearTimeout(resting);
  if (state.moving) resting = setTimeout(() => ((state.moving = false), redraw("map")), REST);
}

const waiting = new Set();
const painters = {};

// Ask for parts to be drawn before the next frame: "map", "marks", "place", "legend", ...
function redraw(...parts) {
  if (!waiting.size) requestAnimationFrame(drawWaiting);
  parts.forEach((part) => waiting.add(part));
}

function drawWaiting() {
  const parts = [...waiting];
  waiting.clear();
  parts.forEach((part) => painters[part]());
}
