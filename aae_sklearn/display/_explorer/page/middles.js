// Where the name of a class stands: at a row amid many of its rows. The median of a class in two pieces would
// lie between them.

const CROWD = 0.04; // of the map's diagonal, within which rows are counted
const N_COUNTED = 400;
const N_CANDIDATES = 60;

const someOf = (rows, count) => rows.filter((_, k) => k % Math.ceil(rows.length / count) === 0);

function middleRow(rows) {
  const { points, diagonal } = scene;
  const isNear = (i, j) =>
    Math.hypot(points[2 * i] - points[2 * j], points[2 * i + 1] - points[2 * j + 1]) < CROWD * diagonal;
  const crowd = (i) => rows.filter((j) => isNear(i, j)).length;
  return someOf(rows, N_CANDIDATES)
    .map((row) => [row, crowd(row)])
    .reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}

// How far nine in ten of the rows lie from one of them, along both axes.
function reachOf(rows, middle) {
  return [0, 1].map((axis) => {
    const away = rows.map((row) => Math.abs(scene.points[2 * row + axis] - scene.points[2 * middle + axis]));
    return away.sort((a, b) => a - b)[Math.floor(0.9 * (away.length - 1))];
  });
}

// The largest class first.
function classMiddles(column) {
  if (column.middles) return column.middles;
  const { rows } = slotsOf(column, scene.nRows, scene.nNew);
  const members = column.colored.map(() => []);
  for (let i = 0; i < rows.length; i++) if (rows[i] !== GREY_SLOT) members[rows[i]].push(i);
  const middles = members.flatMap((every, slot) => {
    if (!every.length) return [];
    const some = someOf(every, N_COUNTED);
    const row = middleRow(some);
    const [x, y] = [scene.points[2 * row], scene.points[2 * row + 1]];
    const name = column.names[column.colored[slot]];
    return [{ slot, name, x, y, reach: reachOf(some, row), size: every.length }];
  });
  column.middles = middles.sort((a, b) => b.size - a.size);
  return column.middles;
}
