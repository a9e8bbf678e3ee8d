// Colours of classes and of values, on light and on dark paper.

const GREY_SLOT = 255;
const N_SHADES = 128;
const VIRIDIS = [
  "#440154",
  "#472d7b",
  "#3b528b",
  "#2c728e",
  "#21918c",
  "#28ae80",
  "#5ec962",
  "#addc30",
  "#fde725",
];
const darkness = matchMedia("(prefers-color-scheme: dark)");

const channels = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
const toHex = (rgb) => "#" + rgb.map((c) => Math.round(c).toString(16).padStart(2, "0")).join("");
const mix = (a, b, share) => a.map((c, k) => c + (b[k] - c) * share);

function luminance(rgb) {
  const [r, g, b] = rgb.map((c) => ((c / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// A colour light enough to be seen on dark paper.
function onPaper(hex) {
  let rgb = channels(hex);
  if (darkness.matches) while (luminance(rgb) < 0.16) rgb = mix(rgb, [255, 255, 255], 0.12);
  return toHex(rgb);
}

function shade(share) {
  const start = darkness.matches ? 0.18 : 0;
  const place = (start + (1 - start) * share) * (VIRIDIS.length - 1),
    k = Math.min(Math.floor(place), VIRIDIS.length - 2);
  return toHex(mix(channels(VIRIDIS[k]), channels(VIRIDIS[k + 1]), place - k));
}

// By slot: colours of classes, or shades of values; the last one is grey.
function slotColors(header, column) {
  const colors = new Array(256).fill(onPaper(header.grey));
  if (!column) colors[0] = darkness.matches ? "#56b4e9" : header.palette[0];
  else if (column.kind === "classes")
    column.colored.forEach((_, slot) => (colors[slot] = onPaper(header.palette[slot])));
  else for (let slot = 0; slot < N_SHADES; slot++) colors[slot] = shade(slot / (N_SHADES - 1));
  if (darkness.matches) colors[GREY_SLOT] = "#5b636c";
  return colors;
}

// As canvas pixels hold it: red in the lowest byte.
function toPixel(hex) {
  const [r, g, b] = channels(hex);
  return (b << 16) | (g << 8) | r;
}

const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
