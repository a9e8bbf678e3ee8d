// Numbers, dates and files as text.

function numberText(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size >= 1e4 && size < 1e15) return (value < 0 ? "−" : "") + countText(size);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2).replaceAll("-", "−");
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  const text = value.toFixed(digits);
  return (digits ? text.replace(/\.?0+$/, "") : text).replace("-", "−") || "0";
}

const countText = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");
const dateText = (milliseconds) =>
  new Date(milliseconds)
    .toISOString()
    .replace(/T00:00:00\.000Z$|\.\d+Z$/, "")
    .replace("T", " ");

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const byId = (id) => document.getElementById(id);

function csvText(rows) {
  const cell = (value) => (/[",\r\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : value);
  return rows.map((row) => row.map((value) => cell(value ?? "")).join(",")).join("\r\n") + "\r\n";
}

function saveFile(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = element("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
