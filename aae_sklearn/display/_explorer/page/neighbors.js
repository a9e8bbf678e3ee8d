// Nearest rows of a place, by a grid over the map.

const ROWS_PER_CELL = 3;

function makeIndex(points, limits) {
  const n = points.length / 2,
    [[left, right], [bottom, top]] = limits;
  const size = Math.sqrt(((right - left) * (top - bottom) * ROWS_PER_CELL) / Math.max(n, 1));
  const side = (length) => Math.min(Math.max(Math.ceil(length / size), 1), 2000);
  const nx = side(right - left),
    ny = side(top - bottom);
  const cellX = (x) => Math.min(Math.max(Math.floor((x - left) / size), 0), nx - 1);
  const cellY = (y) => Math.min(Math.max(Math.floor((y - bottom) / size), 0), ny - 1);
  const start = new Uint32Array(nx * ny + 1),
    order = new Uint32Array(n),
    cells = new Uint32Array(n);
  for (let i = 0; i < n; i++) start[(cells[i] = cellY(points[2 * i + 1]) * nx + cellX(points[2 * i])) + 1]++;
  for (let k = 0; k < nx * ny; k++) start[k + 1] += start[k];
  const next = start.slice();
  for (let i = 0; i < n; i++) order[next[cells[i]]++] = i;

  // The `count` nearest rows that are shown, as [squared distance, row].
  return function nearest(x, y, count, isShown = () => true) {
    const found = [],
      cx = cellX(x),
      cy = cellY(y),
      rings = Math.max(nx, ny);
    const visit = (column, row) => {
      if (column < 0 || row < 0 || column >= nx || row >= ny) return;
      for (let k = start[row * nx + column]; k < start[row * nx + column + 1]; k++) {
        const i = order[k],
          squared = (points[2 * i] - x) ** 2 + (points[2 * i + 1] - y) ** 2;
        if (found.length === count && squared >= found[count - 1][0]) continue;
        if (!isShown(i)) continue;
        let at = found.length === count ? count - 1 : found.length;
        for (; at > 0 && found[at - 1][0] > squared; at--) found[at] = found[at - 1];
        found[at] = [squared, i];
      }
    };
    for (let ring = 0; ring <= rings; ring++) {
      if (found.length === count && found[count - 1][0] <= ((ring - 1) * size) ** 2) break;
      if (ring === 0) visit(cx, cy);
      for (let k = -ring; k < ring; k++) {
        visit(cx + k, cy - ring);
        visit(cx + ring, cy + k);
        visit(cx - k, cy + ring);
        visit(cx - ring, cy - k);
      }
    }
    return found;
  };
}
