// Where the window lies on the map. Lengths on the screen are CSS pixels.

function makeView(stage, limits, isPlane) {
  const view = { x: 0, y: 0, scaleX: 1, scaleY: 1, width: 1, height: 1 };

  function measure() {
    view.width = Math.max(stage.clientWidth, 1);
    view.height = Math.max(stage.clientHeight, 1);
  }

  view.fit = () => {
    measure();
    const [[left, right], [bottom, top]] = limits;
    view.x = (left + right) / 2;
    view.y = (bottom + top) / 2;
    view.scaleX = view.width / (right - left);
    view.scaleY = view.height / (top - bottom);
    if (isPlane) view.scaleX = view.scaleY = Math.min(view.scaleX, view.scaleY);
    view.least = view.scaleX / 8;
    view.fitted = view.scaleX;
  };

  // Keep the middle of the map where it is.
  view.resize = () => {
    const isWhole = view.scaleX === view.fitted;
    measure();
    if (isWhole) view.fit();
  };
  view.toScreen = (x, y) => [
    (x - view.x) * view.scaleX + view.width / 2,
    view.height / 2 - (y - view.y) * view.scaleY,
  ];
  view.toMap = (left, top) => [
    (left - view.width / 2) / view.scaleX + view.x,
    (view.height / 2 - top) / view.scaleY + view.y,
  ];
  view.pan = (dx, dy) => {
    view.x -= dx / view.scaleX;
    view.y += dy / view.scaleY;
  };
  view.zoom = (factor, left = view.width / 2, top = view.height / 2) => {
    const [x, y] = view.toMap(left, top);
    const bounded = Math.min(Math.max(view.scaleX * factor, view.least), view.fitted * 2000) / view.scaleX;
    view.scaleX *= bounded;
    view.scaleY *= bounded;
    const [newX, newY] = view.toMap(left, top);
    view.x += x - newX;
    view.y += y - newY;
  };
  view.center = (x, y) => Object.assign(view, { x, y });
  view.zoomed = () => view.scaleX / view.fitted;
  return view;
}
