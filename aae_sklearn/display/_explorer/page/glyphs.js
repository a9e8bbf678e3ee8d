// Rows as small pictures.

// An image on a canvas of its own size: ink on paper, which is dark in the dark.
function imageCanvas(values) {
  const {
    shape: [height, width, channelCount],
    low,
    high,
  } = scene.header.image;
  const canvas = element("canvas", { width, height, className: "image" });
  const context = canvas.getContext("2d"),
    image = context.createImageData(width, height);
  const byteOf = (value) => Math.round(255 * Math.min(Math.max((value - low) / (high - low), 0), 1));
  for (let i = 0; i < width * height; i++) {
    for (let k = 0; k < 3; k++) {
      const value = byteOf(values[channelCount === 3 ? 3 * i + k : i]);
      image.data[4 * i + k] = channelCount === 3 || darkness.matches ? value : 255 - value;
    }
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

// The values in order over their usual range.
function curveCanvas(values) {
  const { mean, deviation } = scene.usual,
    n = values.length,
    canvas = element("canvas", { className: "curve" });
  const width = 312,
    height = 140,
    ratio = pixelRatio();
  Object.assign(canvas, { width: width * ratio, height: height * ratio });
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  let low = Infinity,
    high = -Infinity;
  for (let j = 0; j < n; j++) {
    low = Math.min(low, mean[j] - deviation[j], values[j]);
    high = Math.max(high, mean[j] + deviation[j], values[j]);
  }
  const x = (j) => 2 + (j / Math.max(n - 1, 1)) * (width - 4),
    y = (value) => height - 4 - ((value - low) / (high - low || 1)) * (height - 8);
  const line = (valueOf, step = 1) => {
    for (let j = step > 0 ? 0 : n - 1; j >= 0 && j < n; j += step) context.lineTo(x(j), y(valueOf(j)));
  };
  context.fillStyle = variable("--veil");
  context.beginPath();
  line((j) => mean[j] + deviation[j]);
  line((j) => mean[j] - deviation[j], -1);
  context.fill();
  context.strokeStyle = variable("--accent");
  context.lineWidth = 1.5;
  context.beginPath();
  line((j) => values[j]);
  context.stroke();
  return canvas;
}

// A few values over time.
function sparkline(values) {
  const width = 64,
    height = 20,
    ratio = pixelRatio();
  const canvas = element("canvas", { width: width * ratio, height: height * ratio });
  const context = canvas.getContext("2d"),
    low = Math.min(...values),
    high = Math.max(...values);
  context.scale(ratio, ratio);
  context.strokeStyle = variable("--accent");
  context.lineWidth = 1.5;
  context.beginPath();
  values.forEach((value, k) =>
    context.lineTo(
      2 + (k / (values.length - 1)) * (width - 4),
      height - 3 - ((value - low) / (high - low || 1)) * (height - 6),
    ),
  );
  context.stroke();
  return canvas;
}
