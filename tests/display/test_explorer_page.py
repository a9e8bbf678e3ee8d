"""The explorer's page in a browser: it moves, decodes, selects, finds and saves.

Needs selenium and a Chromium with its driver; without them the tests are skipped.
"""

import csv
import shutil
import time

import numpy as np
import pytest
from sklearn.datasets import load_digits

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.display import Explorer

webdriver = pytest.importorskip("selenium.webdriver")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
DRIVER = shutil.which("chromedriver")
if CHROMIUM is None or DRIVER is None:
    pytest.skip("needs chromium and chromedriver on the path", allow_module_level=True)

N_NEW = 40
WIDTHS = {390: 844, 768: 1024, 1280: 800}
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-dev-shm-usage",
)  # fmt: skip


@pytest.fixture(scope="module")
def digits_map():
    X, y = load_digits(return_X_y=True)
    model = AdversarialAutoencoder(
        max_iter=5, layout_max_iter=10, hidden_layer_sizes=32, random_state=0
    ).fit(X[:500])
    return model, X[: 500 + N_NEW], y[: 500 + N_NEW]


@pytest.fixture(scope="module")
def page(digits_map, tmp_path_factory):
    """The file of the digits' map, with names, a column and new rows."""
    model, X, y = digits_map
    path = tmp_path_factory.mktemp("explorer") / "map.html"
    frame = {"ink": X[:500].mean(axis=1), "parity": np.where(y[:500] % 2, "odd", "even")}
    Explorer.from_estimator(
        model, X[:500], y[:500], X_new=X[500:], y_new=y[500:], image_shape=(8, 8), frame=frame,
        names=[f"image {k}" for k in range(500)],
    ).save(path)  # fmt: skip
    return path


class Browser:
    """A Chromium that shows a page, at its first state after each `open`."""

    def __init__(self, folder):
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = webdriver.ChromeService(DRIVER)
        self.driver = webdriver.Chrome(options=options, service=service)
        self.downloads = folder / "downloads"
        self.downloads.mkdir()
        self.command(
            "Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.downloads)
        )

    def command(self, name, **params):
        return self.driver.execute_cdp_cmd(name, params)

    def run(self, script, *values):
        return self.driver.execute_script(script, *values)

    def open(self, path, width=1280, height=800):
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height,
            deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        self.driver.get(path.as_uri())
        self.wait("return document.documentElement.dataset.ready")
        assert not [e for e in self.driver.get_log("browser") if e["level"] == "SEVERE"]

    def wait(self, script, *values):
        """Until a script gives something that is true."""
        for _ in range(600):
            found = self.run(script, *values)
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"waited in vain for {script}")

    def settle(self):
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done))"
        )

    def state(self, expression):
        return self.run(f"const {{ scene, state }} = window.explorer; return {expression}")

    def place(self, x, y):
        """Pixels of the window at which a place of the map lies."""
        box = self.run("return document.getElementById('stage').getBoundingClientRect().toJSON()")
        left, top = self.state(f"scene.view.toScreen({x}, {y})")
        return box["x"] + left, box["y"] + top

    def mouse(self, kind, at, **params):
        self.command(
            "Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], **params
        )  # fmt: skip
        self.settle()

    def drag(self, *places):
        self.mouse("mousePressed", places[0], button="left", clickCount=1, buttons=1)
        for at in places[1:]:
            self.mouse("mouseMoved", at, button="left", buttons=1)
        self.mouse("mouseReleased", places[-1], button="left", clickCount=1)

    def click(self, selector):
        self.run("document.querySelector(arguments[0]).click()", selector)
        self.settle()

    def keys(self, *names):
        self.run("document.getElementById('stage').focus()")
        for name in names:
            key = {"key": name, "text": name} if len(name) == 1 else {"key": name}
            self.command("Input.dispatchKeyEvent", type="keyDown", **key)
            self.command("Input.dispatchKeyEvent", type="keyUp", **key)
        self.settle()

    def saved(self, name):
        """Rows of a file that the page saved."""
        for _ in range(600):
            if (self.downloads / name).exists():
                break
            time.sleep(0.05)
        with open(self.downloads / name, newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        (self.downloads / name).unlink()
        return rows


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.driver.quit()


@pytest.fixture
def browser(chromium, page):
    chromium.open(page)
    return chromium


def test_the_row_under_the_cursor_is_the_one_that_the_estimator_decodes(browser, digits_map):
    model, X, _ = digits_map
    room = 1e-2 * np.ptp(model.inverse_transform(model.transform(X)))
    for code in model.transform(X[:500:97]).astype(float):
        browser.mouse("mouseMoved", browser.place(*code))
        at = browser.state("[state.cursor.x, state.cursor.y]")
        unit = 1 / browser.state("scene.view.scaleX")
        assert np.abs(at - code).max() <= unit  # a pixel
        decoded = np.array(browser.state("Array.from(state.decoded)"))
        expected = model.inverse_transform([at])[0]
        assert np.abs(decoded - expected).max() < room
        assert browser.run("return document.querySelector('#row canvas.image').width") == 8


def test_the_nearest_rows_are_the_nearest_and_say_their_label_and_columns(browser, digits_map):
    model, X, y = digits_map
    codes = model.transform(X[:500]).astype(float)
    browser.mouse("mouseMoved", browser.place(*codes[123]))
    at = browser.state("[state.cursor.x, state.cursor.y]")
    distances = np.linalg.norm(codes - at, axis=1)
    found = browser.state("state.near.map(([squared, row]) => [Math.sqrt(squared), row])")
    np.testing.assert_allclose([d for d, _ in found], np.sort(distances)[:6], rtol=1e-4)
    nearest = int(found[0][1])
    text = browser.run("return document.querySelector('#nearest-rows li').textContent")
    assert f"{y[nearest]} · image {nearest}" in text
    assert "parity " + ("odd" if y[nearest] % 2 else "even") in text


def test_the_map_moves_with_the_mouse_and_zooms_about_it(browser):
    at = browser.place(0.3, 0.2)
    browser.drag(at, (at[0] + 60, at[1] + 40))
    assert np.allclose(browser.place(0.3, 0.2), (at[0] + 60, at[1] + 40), atol=1)
    at = browser.place(-0.4, 0.5)
    before = browser.state("scene.view.scaleX")
    browser.mouse("mouseWheel", at, deltaX=0, deltaY=-300)
    browser.wait("return window.explorer.scene.view.scaleX > arguments[0] * 1.3", before)
    assert np.allclose(browser.place(-0.4, 0.5), at, atol=1)
    browser.click("#fit")
    assert browser.state("scene.view.zoomed()") == 1


def test_a_tap_moves_the_cursor_and_two_fingers_zoom(browser):
    def touch(kind, *places):
        points = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(places)]
        browser.command("Input.dispatchTouchEvent", type=kind, touchPoints=points)
        browser.settle()

    at = browser.place(0.5, -0.5)
    touch("touchStart", at)
    touch("touchEnd")
    assert np.allclose(browser.state("[state.cursor.x, state.cursor.y]"), [0.5, -0.5], atol=0.02)
    before = browser.state("scene.view.scaleX")
    browser.run("window.addEventListener('pointerdown', (e) => (window.down = e.pointerId))")
    left, right = ((at[0] - 40, at[1]), (at[0] + 40, at[1]))
    touch("touchStart", left, right)
    touch("touchMove", (at[0] - 80, at[1]), (at[0] + 80, at[1]))
    browser.run(  # a finger is lifted
        "window.addEventListener('error', (event) => (window.wrong = event.message));"
        "const up = new PointerEvent('pointerup', { pointerId: window.down });"
        "document.getElementById('stage').dispatchEvent(up)"
    )
    touch("touchMove", (at[0] - 120, at[1] + 30), (at[0] + 120, at[1]))
    touch("touchEnd")
    assert browser.run("return window.wrong") is None
    assert browser.state("scene.view.scaleX") == pytest.approx(2 * before, rel=0.01)
    assert np.allclose(browser.place(0.5, -0.5), at, atol=1)


def test_keys_move_the_cursor_zoom_and_hold(browser):
    start = browser.state("scene.view.toScreen(state.cursor.x, state.cursor.y)")
    browser.keys("ArrowRight", "ArrowRight", "ArrowUp")
    end = browser.state("scene.view.toScreen(state.cursor.x, state.cursor.y)")
    assert np.allclose(np.subtract(end, start), [24, -12], atol=1e-3)
    said = browser.run("return document.getElementById('status').textContent")
    assert said.startswith("Code ")
    scale = browser.state("scene.view.scaleX")
    browser.keys("+", "+", "-")
    assert browser.state("scene.view.scaleX") == pytest.approx(1.4 * scale)
    browser.keys("Escape", "0")
    assert not browser.state("state.held")
    assert browser.state("scene.view.zoomed()") == 1


def test_a_lasso_selects_the_rows_within_and_saves_their_indices(browser, digits_map):
    model, X, y = digits_map
    codes = model.transform(X[:500]).astype(np.float32)
    low, high = np.quantile(codes, 0.3, axis=0), np.quantile(codes, 0.8, axis=0)
    corners = [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])]
    browser.click("[data-tool=lasso]")
    browser.drag(*(browser.place(*map(float, corner)) for corner in corners))
    # Between the pixels in which the corners lie.
    unit = 2 / browser.state("scene.view.scaleX")
    surely = np.flatnonzero(((codes > low + unit) & (codes < high - unit)).all(axis=1))
    maybe = np.flatnonzero(((codes > low - unit) & (codes < high + unit)).all(axis=1))
    selected = browser.state("Array.from(state.selected.keys()).filter((i) => state.selected[i])")
    assert len(surely) > 20
    assert set(surely) <= set(selected) <= set(maybe)
    browser.click("#export-selection")
    head, *rows = browser.saved("selected_rows.csv")
    assert head[:5] == ["index", "name", "code 1", "code 2", "label"]
    assert [int(row[0]) for row in rows] == selected
    assert [row[1] for row in rows] == [f"image {k}" for k in selected]
    assert [int(row[4]) for row in rows] == list(y[selected])
    browser.click("#clear-selection")
    assert browser.state("state.selected") is None


def test_a_path_is_decoded_step_by_step_and_saved(browser, digits_map):
    model, X, _ = digits_map
    browser.click("[data-tool=path]")
    browser.drag(*(browser.place(*at) for at in ((-1.0, 0.0), (-0.5, 0.0), (1.0, 0.0))))
    assert browser.run("return document.querySelectorAll('#strip canvas').length") == 9
    browser.click("#export-path")
    head, *rows = browser.saved("path.csv")
    assert head[:5] == ["step", "code 1", "code 2", "place", "nearest row"]
    assert len(rows) == 25
    codes = np.array([row[1:3] for row in rows], dtype=float)
    steps = np.linalg.norm(np.diff(codes, axis=0), axis=1)
    np.testing.assert_allclose(steps, steps.mean(), rtol=1e-6)
    decoded = np.array([row[5:] for row in rows], dtype=float)
    expected = model.inverse_transform(codes)
    assert np.abs(decoded - expected).max() < 1e-2 * np.ptp(expected)
    nearest = np.linalg.norm(codes[:, None] - model.transform(X[:500]), axis=-1).argmin(axis=1)
    assert [int(row[4]) for row in rows] == list(nearest)
    assert {row[3] for row in rows} <= {"rows", "empty", "outside"}


def pixels(browser):
    """How many pixels of the points' canvas are not empty."""
    return browser.run(
        "const c = document.getElementById('points');"
        "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n"
    )


def test_the_legend_hides_classes_from_the_map_and_from_the_nearest(browser, digits_map):
    model, X, y = digits_map
    whole = pixels(browser)
    browser.click("#key button[data-slot='3']")
    assert pixels(browser) < whole
    row = int(np.flatnonzero(y[:500] == 3)[0])
    browser.mouse("mouseMoved", browser.place(*model.transform(X[[row]])[0].astype(float)))
    near = browser.state("state.near.map(([, row]) => row)")
    assert len(near) == 6
    assert not (y[near] == 3).any()
    browser.click("#key button[data-slot='3']")
    assert pixels(browser) == whole


def test_new_rows_lie_over_the_others_and_can_be_hidden(browser):
    whole = pixels(browser)
    browser.click("[data-layer=rows]")
    alone = pixels(browser)
    assert 0 < alone < whole
    browser.click("[data-layer=fresh]")
    assert pixels(browser) == 0


def test_rows_are_found_by_name_number_and_label(browser, digits_map):
    _, _, y = digits_map
    search = "return window.explorer.searchRows(arguments[0]).sort((a, b) => a - b)"
    assert browser.run(search, "image 417") == [417]
    assert 42 in browser.run(search, "#42")
    assert browser.run(search, "ODD") == list(np.flatnonzero(y[:500] % 2))
    assert browser.run(search, "nothing like it") == []
    browser.run(
        "const q = document.getElementById('query'); q.value = 'image 417';"
        "q.dispatchEvent(new Event('input')); q.form.requestSubmit()"
    )
    browser.settle()
    assert browser.run("return document.getElementById('found').textContent") == "1 row found"
    at = browser.state("[state.cursor.x, state.cursor.y]")
    assert at == browser.state("[scene.points[2 * 417], scene.points[2 * 417 + 1]]")


def test_places_without_rows_say_so_and_are_pale(browser, digits_map):
    model, X, _ = digits_map
    browser.mouse("mouseMoved", browser.place(*model.transform(X[:1])[0].astype(float)))
    assert browser.run("return document.getElementById('row').className") == ""
    browser.click("#zoom-out")
    box = browser.run("return document.getElementById('stage').getBoundingClientRect().toJSON()")
    browser.mouse("mouseMoved", (box["x"] + 4, box["y"] + 4))
    assert browser.run("return document.getElementById('row').className") == "unknown"
    assert "No rows here" in browser.run("return document.getElementById('where').textContent")


def test_rows_are_coloured_by_columns_and_by_quality(browser):
    options = browser.run(
        "return Array.from(document.getElementById('color-by').options, (o) => o.textContent)"
    )
    assert options == [
        "label", "ink", "parity", "reconstruction error", "trustworthiness", "nothing"
    ]  # fmt: skip
    for position in range(len(options)):
        browser.run(
            "const s = document.getElementById('color-by'); s.selectedIndex = arguments[0];"
            "s.dispatchEvent(new Event('change'))", position,
        )  # fmt: skip
        browser.settle()
        assert pixels(browser) > 0


@pytest.mark.parametrize("kind", ["image", "bars", "curve"])
def test_the_row_is_drawn_in_each_way(browser, kind):
    browser.run(
        "const s = document.getElementById('row-kind'); s.value = arguments[0];"
        "s.dispatchEvent(new Event('change'))", kind,
    )  # fmt: skip
    browser.settle()
    wanted = {"image": "canvas.image", "bars": ".bars .bar", "curve": "canvas.curve"}
    assert browser.run("return document.querySelectorAll(arguments[0]).length", wanted[kind])


def test_bars_show_the_most_unusual_features_first(browser, digits_map):
    X = digits_map[1]
    browser.mouse("mouseMoved", browser.place(0.5, 0.5))
    browser.run(
        "const s = document.getElementById('row-kind'); s.value = 'bars';"
        "s.dispatchEvent(new Event('change'))"
    )
    browser.settle()
    names = browser.run(
        "return Array.from(document.querySelectorAll('#row .name'), (n) => n.title)"
    )
    row = np.array(browser.state("Array.from(state.decoded)"))
    unit = np.maximum(X[:500].std(axis=0), 0.05 * np.ptp(X[:500], axis=0))
    unusual = np.abs(row - X[:500].mean(axis=0)) / np.where(unit > 0, unit, np.inf)
    np.testing.assert_allclose(
        unusual[[int(name[1:]) for name in names]], np.sort(unusual)[::-1][:12], rtol=1e-3
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), WIDTHS.items())
def test_it_fits_every_width(chromium, page, width, height, scheme):
    media = [{"name": "prefers-color-scheme", "value": scheme}]
    chromium.command("Emulation.setEmulatedMedia", features=media)
    chromium.open(page, width, height)
    sizes = chromium.run(
        "const d = document.documentElement, s = document.getElementById('stage');"
        "return [d.scrollWidth, d.clientWidth, s.clientWidth, s.clientHeight]"
    )
    assert sizes[0] <= sizes[1] <= width
    assert sizes[2] > 0.6 * width
    assert sizes[3] >= 240
    assert pixels(chromium) > 0
    chromium.command("Emulation.setEmulatedMedia", features=[])


def test_every_control_can_be_reached_and_has_a_name(browser):
    nameless = browser.run(
        "return Array.from(document.querySelectorAll('button, select, input, [tabindex]'))"
        ".filter((e) => !(e.textContent.trim() || e.ariaLabel || e.labels?.length || "
        "e.getAttribute('aria-label'))).map((e) => e.outerHTML)"
    )
    assert nameless == []
    for _ in range(3):
        browser.command("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab")
        browser.command("Input.dispatchKeyEvent", type="keyUp", key="Tab", code="Tab")
    assert browser.run("return document.activeElement.tagName") == "BUTTON"


def test_no_request_leaves_the_page(browser):
    names = browser.run("return performance.getEntriesByType('resource').map((e) => e.name)")
    assert [name for name in names if not name.startswith(("blob:", "data:"))] == []
