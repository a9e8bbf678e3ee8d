// Rows put into the pixels of a canvas: 200,000 take a few milliseconds, without a graphics card.

const GOLDEN = 0.6180339887;

// Offsets of a disc, and how much of each pixel it covers.
function makeDisc(radius) {
  const reach = Math.ceil(radius + 0.5),
    disc = [];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const cover = Math.min(Math.max(radius + 0.5 - Math.hypot(x, y), 0), 1);
      if (cover > 0.05) disc.push([x, y, cover]);
    }
  }
  return disc;
}

// A stride through the rows without a common divisor, so that no class hides another.
function strideOf(n) {
  const divisor = (a, b) => (b ? divisor(b, a % b) : a);
  let stride = Math.max(1, Math.floor(n * GOLDEN));
  while (divisor(n, stride) !== 1) stride++;
  return stride;
}

function pointRadius(n, view, ratio) {
  const whole = Math.min(Math.max(Math.sqrt((view.width * view.height) / Math.max(n, 1)) * 0.2, 1.1), 4);
  return Math.min(whole * Math.pow(Math.max(view.zoomed(), 1), 0.35), 9) * ratio;
}

function blend(pixels, at, color, cover) {
  const below = pixels[at],
    alpha = below >>> 24;
  if (alpha === 0 || cover >= 0.999) {
    pixels[at] = ((cover * 255) << 24) | color;
    return;
  }
  const r = below & 255,
    g = (below >>> 8) & 255,
    b = (below >>> 16) & 255;
  const whole = cover * 255 + alpha * (1 - cover);
  const mixedR = r + ((color & 255) - r) * cover;
  const mixedG = g + (((color >>> 8) & 255) - g) * cover;
  const mixedB = b + ((color >>> 16) - b) * cover;
  pixels[at] = (whole << 24) | (mixedB << 16) | (mixedG << 8) | mixedR; // whole parts of each
}

// Draw points by the colours of their slots; those that are hidden are left out.
function splat(pixels, size, view, ratio, points, slots, colors, radius, opacity, isShown, most = Infinity) {
  const { width, height } = size,
    n = points.length / 2,
    disc = makeDisc(radius);
  const shift = disc.map(([x, y]) => y * width + x),
    cover = disc.map((part) => part[2] * opacity);
  const reach = Math.ceil(radius + 0.5),
    stride = strideOf(n),
    packed = Uint32Array.from(colors, toPixel);
  const sx = view.scaleX * ratio,
    sy = view.scaleY * ratio;
  const ox = width / 2 - view.x * sx,
    oy = height / 2 + view.y * sy;
  const count = Math.min(n, most); // of fewer the stride takes a fair sample
  for (let k = 0, i = 0; k < count; k++, i = (i + stride) % n) {
    const x = Math.round(points[2 * i] * sx + ox),
      y = Math.round(oy - points[2 * i + 1] * sy);
    if (x < reach || y < reach || x >= width - reach || y >= height - reach || !isShown(i)) continue;
    const at = y * width + x,
      color = packed[slots[i]];
    for (let j = 0; j < shift.length; j++) blend(pixels, at + shift[j], color, cover[j]);
  }
}
