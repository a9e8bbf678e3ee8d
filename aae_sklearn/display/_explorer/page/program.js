// The decoder: instructions on one code, with the operators of ONNX and `Interpolate`.

const elementwise = (f) => (a, b) => {
  const n = Math.max(a.length, b ? b.length : 1),
    result = new Float64Array(n);
  const one = a.length === 1,
    other = !b || b.length === 1;
  for (let i = 0; i < n; i++) result[i] = f(a[one ? 0 : i], b ? b[other ? 0 : i] : 0);
  return result;
};

// Abramowitz and Stegun, "Handbook of Mathematical Functions", 7.1.26: off by 1.5e-7 at most.
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - p * Math.exp(-x * x));
}

function gemm(x, weights, offset) {
  const n = weights.shape[1],
    w = weights;
  const result = offset ? Float64Array.from(offset) : new Float64Array(n);
  for (let i = 0, k = 0; i < x.length; i++, k += n) {
    const factor = x[i];
    if (factor !== 0) for (let j = 0; j < n; j++) result[j] += factor * w[k + j];
  }
  return result;
}

function where(condition, yes, no) {
  const n = Math.max(condition.length, yes.length, no.length);
  const at = (values, i) => values[values.length === 1 ? 0 : i];
  return Float64Array.from({ length: n }, (_, i) => at(at(condition, i) ? yes : no, i));
}

// Multilinear, the first component along the last axis of the grid.
function interpolate(code, table, _, attributes) {
  const sides = table.shape.slice(0, -1).reverse(),
    width = table.shape[table.shape.length - 1];
  const result = new Float64Array(width);
  const places = sides.map((side, k) => {
    const { low, high } = { low: attributes.low[k], high: attributes.high[k] };
    const place = Math.min(Math.max((code[k] - low) / (high - low), 0), 1) * (side - 1);
    const whole = Math.min(Math.floor(place), side - 2);
    return { whole, part: place - whole };
  });
  for (let corner = 0; corner < 1 << sides.length; corner++) {
    let share = 1,
      index = 0,
      stride = 1;
    places.forEach(({ whole, part }, k) => {
      const up = (corner >> k) & 1;
      share *= up ? part : 1 - part;
      index += (whole + up) * stride;
      stride *= sides[k];
    });
    if (share) for (let j = 0; j < width; j++) result[j] += share * table[index * width + j];
  }
  return result;
}

const OPERATORS = {
  Add: elementwise((a, b) => a + b),
  Sub: elementwise((a, b) => a - b),
  Mul: elementwise((a, b) => a * b),
  Div: elementwise((a, b) => a / b),
  Less: elementwise((a, b) => +(a < b)),
  Greater: elementwise((a, b) => +(a > b)),
  Neg: elementwise((a) => -a),
  Exp: elementwise(Math.exp),
  Log: elementwise(Math.log),
  Sqrt: elementwise(Math.sqrt),
  Abs: elementwise(Math.abs),
  Sign: elementwise(Math.sign),
  Tan: elementwise(Math.tan),
  Atan: elementwise(Math.atan),
  Sinh: elementwise(Math.sinh),
  Asinh: elementwise(Math.asinh),
  Atanh: elementwise(Math.atanh),
  Tanh: elementwise(Math.tanh),
  Erf: elementwise(erf),
  Relu: elementwise((a) => (a > 0 ? a : 0)),
  Sigmoid: elementwise((a) => 1 / (1 + Math.exp(-a))),
  Clip: (x, low, high) => x.map((value) => Math.min(Math.max(value, low[0]), high[0])),
  Where: where,
  ReduceL2: (x) => Float64Array.of(Math.hypot(...x)),
  Gemm: gemm,
  Interpolate: interpolate,
};

// A function from the coordinates of a place to a decoded row.
function makeDecoder(payload) {
  const { steps, constants } = payload.header.decoder,
    known = {};
  for (const name of constants) {
    known[name] = payload.array(name);
    known[name].shape = payload.shape(name);
  }
  const width = payload.header.width;
  return (x, y) => {
    const values = { ...known, code: Float64Array.of(x, y).subarray(0, width) };
    let result = null;
    for (const [operator, inputs, name, attributes] of steps) {
      const [a, b, c] = inputs.map((input) => values[input]);
      result = values[name] = OPERATORS[operator](a, b, c, attributes);
    }
    return result;
  };
}
