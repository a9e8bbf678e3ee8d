// Read what the file holds, draw it, and listen.

function repaintAll() {
  delete scene.veil;
  redraw("legend", "map", "place", "path");
}

async function main() {
  readScene(await readPayload(byId("payload")));
  setUpRow();
  setUpLegend();
  setUpSearch();
  setUpSelection();
  setUpPath();
  setUpPointer();
  setUpKeys();
  describeMap();
  scene.view.fit();
  const middle = scene.view.toMap(scene.view.width / 2, scene.view.height / 2);
  state.cursor = { x: middle[0], y: middle[1] };
  ["legend", "map", "place", "selection", "path"].forEach((part) => painters[part]());
  new ResizeObserver(() => {
    scene.view.resize();
    redraw("map");
  }).observe(byId("stage"));
  darkness.addEventListener("change", repaintAll);
  // For scripts, such as tests of the page.
  const decode = (x, y) => Array.from(scene.decode(x, y));
  window.explorer = { scene, state, decode, knownOf, searchRows, colorBy, pan };
  requestAnimationFrame(() => (document.documentElement.dataset.ready = Math.round(performance.now())));
}

main().catch((error) => {
  byId("status").textContent = `The map could not be read: ${error.message}`;
  throw error;
});
