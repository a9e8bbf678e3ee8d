// From the string of base64 to names, numbers and arrays.

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

const VIEWS = {
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  f2: Uint16Array,
  f4: Float32Array,
  f8: Float64Array,
};

// All numbers of float16, by their bits.
let halves = null;
function halfTable() {
  if (halves) return halves;
  halves = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const exponent = (bits >> 10) & 31,
      fraction = bits & 1023;
    let value = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
    if (exponent === 31) value = fraction ? NaN : Infinity;
    halves[bits] = bits >> 15 ? -value : value;
  }
  return halves;
}

function fromHalves(bits, unit) {
  const table = halfTable(),
    numbers = new Float64Array(bits.length);
  const width = unit ? unit.length : 1;
  for (let i = 0, j = 0; i < bits.length; i++) {
    numbers[i] = unit ? table[bits[i]] * unit[j] : table[bits[i]];
    if (++j === width) j = 0;
  }
  return numbers;
}

// {header, array(name), shape(name)}; an array is there once it is asked for.
async function readPayload(element) {
  const buffer = await inflate(fromBase64(element.textContent.trim()));
  element.textContent = "";
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const start = 4 + length;
  function array(name) {
    const place = header.arrays[name];
    if (!place) return null;
    const count = place.shape.reduce((product, n) => product * n, 1);
    const numbers = new VIEWS[place.dtype](buffer, start + place.offset, count);
    return place.dtype === "f2" ? fromHalves(numbers, array(name + ".unit")) : numbers;
  }
  return { header, array, shape: (name) => header.arrays[name].shape };
}
