// Mouse, pen and fingers on the map.

const CLICK_REACH = 5;
const pointers = new Map();
let press = null;

function placeOf(event) {
  const box = byId("stage").getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function moveCursor(left, top) {
  const [x, y] = scene.view.toMap(left, top);
  state.cursor = { x, y };
  redraw("place");
}

function startPress(event) {
  const [left, top] = placeOf(event);
  byId("stage").setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, [left, top]);
  press = pointers.size === 1 ? { left, top, isClick: true, tool: state.tool } : { tool: "pinch" };
  if (press.tool === "lasso") Object.assign(state, { lasso: [], selected: null });
  if (press.tool === "path") state.path = [];
}

// Two fingers: the map follows both.
function pinch(id, left, top) {
  const [other] = [...pointers].filter(([key]) => key !== id).map(([, place]) => place),
    [oldLeft, oldTop] = pointers.get(id);
  const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2],
    apart = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
  const before = middle(other, [oldLeft, oldTop]),
    after = middle(other, [left, top]);
  scene.view.pan(after[0] - before[0], after[1] - before[1]);
  scene.view.zoom(apart(other, [left, top]) / Math.max(apart(other, [oldLeft, oldTop]), 1), ...after);
  moved();
}

function drag(left, top, oldLeft, oldTop) {
  if (press.tool === "move") {
    scene.view.pan(left - oldLeft, top - oldTop);
    byId("stage").classList.add("dragging");
    moved();
    return;
  }
  const line = state[press.tool];
  if (!line.length) line.push(scene.view.toMap(press.left, press.top));
  line.push(scene.view.toMap(left, top));
  redraw("marks");
}

function onMove(event) {
  const [left, top] = placeOf(event),
    old = pointers.get(event.pointerId);
  if (!old) {
    if (event.pointerType === "mouse" && !state.held) moveCursor(left, top);
    return;
  }
  if (press?.tool === "pinch") {
    if (pointers.size > 1) pinch(event.pointerId, left, top); // else one finger is left of it
  } else if (press) {
    if (press.isClick && Math.hypot(left - press.left, top - press.top) > CLICK_REACH) press.isClick = false;
    if (!press.isClick) drag(left, top, ...old);
    if (press.tool === "path" || (press.tool === "lasso" && !state.held)) moveCursor(left, top);
  }
  pointers.set(event.pointerId, [left, top]);
}

function endPress(event) {
  if (!pointers.delete(event.pointerId) || !press) return;
  const { tool, isClick } = press;
  byId("stage").classList.remove("dragging");
  press = pointers.size ? { tool: "pinch" } : null;
  if (tool === "lasso") selectWithin(state.lasso);
  if (tool === "path") redraw("marks", "path");
  if (isClick && event.type === "pointerup") hold(event);
}

// A click holds the cursor, another one lets it go; a finger's tap moves it.
function hold(event) {
  const isMouse = event.pointerType === "mouse";
  state.held = isMouse ? !state.held : true;
  moveCursor(...placeOf(event));
  sayPlace();
}

function setUpPointer() {
  const stage = byId("stage");
  stage.addEventListener("pointerdown", startPress);
  stage.addEventListener("pointermove", onMove);
  stage.addEventListener("pointerup", endPress);
  stage.addEventListener("pointercancel", endPress);
  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 16 : 1;
      scene.view.zoom(Math.exp(-event.deltaY * lines * 0.0016), ...placeOf(event));
      moved();
    },
    { passive: false },
  );
}
