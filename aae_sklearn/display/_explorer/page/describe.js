// Sentences about the map and the place of the cursor.

const KNOWN_TEXTS = {
  rows: "",
  empty: "No rows here: what is decoded is a guess.",
  outside: "No rows here: outside of the prior’s support.",
};

function describePlace(known) {
  const { x, y } = state.cursor,
    code = isPlane() ? `(${numberText(x)}, ${numberText(y)})` : numberText(x);
  const parts = [`code ${code}`, state.held ? "held: click or press Enter to let go" : ""].filter(Boolean);
  const where = byId("where");
  if (known === "rows") parts.push(...qualityHere());
  where.replaceChildren(parts.join(" · "));
  if (KNOWN_TEXTS[known]) where.append(element("br"), element("strong", { textContent: KNOWN_TEXTS[known] }));
}

// Means of the nearest rows.
function qualityHere() {
  return scene.columns
    .filter(({ role }) => role === "quality")
    .flatMap(({ name, cells }) => {
      const mean = state.near.reduce((sum, [, row]) => sum + cells[row], 0) / state.near.length;
      return Number.isFinite(mean) ? [`${name} ${numberText(mean)}`] : [];
    });
}

// Said to readers of the screen when keys or clicks moved the cursor.
function sayPlace() {
  const { x, y } = state.cursor,
    near = scene
      .nearest(x, y, 3, isShown)
      .map(([, row]) => (scene.label ? cellText(scene.label, row) : rowName(row)));
  const known = KNOWN_TEXTS[knownOf(x, y)];
  byId("status").textContent =
    `Code ${numberText(x)}${isPlane() ? `, ${numberText(y)}` : ""}. ${known || `Nearest: ${near.join(", ")}.`}`;
}

function describeMap() {
  const { header, nRows, nNew } = scene,
    { prior, contours } = header.places;
  const parts = [`${countText(nRows)} rows`];
  if (nNew) parts.push(`${countText(nNew)} new, outlined`);
  if (!isPlane()) parts.push("height has no meaning");
  if (prior)
    parts.push(
      `prior: ${prior}` +
        (contours.length
          ? ` (dashed: ${[...new Set(contours.map(({ share }) => `${Math.round(100 * share)} %`))].join(", ")})`
          : ""),
    );
  byId("summary").textContent = parts.join(" · ");
  const kept =
    scene.kept.count < nRows ? ` The file holds the values of ${countText(scene.kept.count)} rows.` : "";
  byId("status").textContent = "Move over the map to see the row that would be there." + kept;
  byId("stage").setAttribute("aria-label", `Map of ${parts.join(", ")}`);
}
