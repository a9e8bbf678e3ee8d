"""Products of matrices that compute each row alike, wherever it stands and whatever is around it.

`transform` promises that a row's code does not depend, to the bit, on the other rows. BLAS does
not: it cuts a product into blocks, multiplies full blocks and those at the edges by different
kernels, and these add up in different orders. Where a row stands then decides how its sums are
rounded, and how many rows there are decides which kernels are used.

Two facts give the promise back, one tested and one proven.

1. What a kernel does to a row depends on shapes and addresses, not on numbers. So rows are
   multiplied in blocks of one height, filled up with zeros, and the first product of a shape is
   tried out: random rows are put at every position, and all their sums must be equal, to the
   bit. `BLOCK_ROWS` is a multiple of the height of every kernel that we know (4, 6, 8, 12, 16,
   24, 32, 48), so that no row lies at an edge, and the trial passes. If it does not, columns are
   copied, or filled up with zeros to a multiple of 16, and the trial is repeated. Lower and taller
   blocks, for few rows and for many, are used where a trial shows that their sums are the same,
   and so are rows at addresses other than torch's, which need not be copied then.
2. If no such form passes, `exact_product` sums without rounding: numbers become integers of so
   few bits that float64 holds every sum of their products. An exact sum has no order.

The limit of (1): a library that chose another kernel for the same shape from one call to the next
would go unnoticed. Ours are called with one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from aae_sklearn.settings import _defaults as defaults

# Heights of blocks, read once: a plan that was made for them is kept.
BLOCK_ROWS = defaults.CHUNK_ROWS
LOW_BLOCK_ROWS = defaults.FEW_CHUNKS_ROWS  # where they give the same bits
TALL_BLOCK_ROWS = defaults.TALL_CHUNK_ROWS  # the same
_BY_NUMBER = (nn.ReLU, nn.SiLU, nn.GELU, nn.Tanh, nn.LeakyReLU, nn.Identity, nn.Sequential)
_COLUMNS_OF_KERNELS = 16
_LINE_BYTES = 64  # of the cache: torch's memory begins at one
_TRIED_ROWS = 4  # at each position: a kernel may treat the last columns otherwise than the others
_TRIED_SUMS = 64  # in all of them: other orders would have to agree, which those of short sums do
_MANTISSA_BITS = 53
_MOST_BITS = 25

_Form = Callable[[Tensor, Tensor, Tensor | None, Tensor], object]  # the last is written to


@dataclass(frozen=True)
class _Plan:
    """How products of one shape are computed."""

    form: _Form
    heights: tuple[int, ...]
    """Of blocks, ascending: those of `LOW_BLOCK_ROWS` with the same bits, and `BLOCK_ROWS`."""
    tall: bool
    """Whether blocks of `TALL_BLOCK_ROWS` give the same bits."""
    same_at: dict[int, bool] = field(default_factory=dict)
    """Whether blocks that begin so many bytes after a line of the cache do, as far as tried."""


_plans: dict[tuple[object, ...], _Plan] = {}  # two threads may both find one: it is the same
_modules: WeakKeyDictionary[nn.Module, bool] = WeakKeyDictionary()
_ours: WeakKeyDictionary[nn.Module, bool] = WeakKeyDictionary()  # a walk takes as long as a row


def product(
    x: Tensor, columns: Tensor, offset: Tensor | None = None, out: Tensor | None = None
) -> Tensor:
    """Rows times columns, plus an offset; a row of the result is a function of its row alone.

    Parameters
    ----------
    x : Tensor of shape (n_rows, n_inputs)
    columns : Tensor of shape (n_inputs, n_outputs)
    offset : Tensor of shape (n_outputs,) or None
    out : Tensor of shape (n_rows, n_outputs) or None
        Memory for the result.

    Returns
    -------
    Tensor of shape (n_rows, n_outputs)
    """
    n_rows = x.shape[0]  # which torch gives quicker than len
    result = x.new_empty(n_rows, columns.shape[1]) if out is None else out
    if x.device.type != "cpu":  # one launch: blocks are the caller's, all of one height
        _as_they_are(x, columns, offset, result)
        return result
    plan = _plan_of(columns, offset)
    if n_rows in plan.heights or (plan.tall and n_rows == TALL_BLOCK_ROWS):
        plan.form(_readable(x, plan, columns, offset), columns, offset, result)
        return result
    height = next((few for few in plan.heights if n_rows <= few), BLOCK_ROWS)
    for block, place in zip(x.split(height), result.split(height), strict=True):
        n_given = block.shape[0]
        if n_given < height:
            whole = x.new_empty(height, columns.shape[1])
            plan.form(pad(block, (0, 0, 0, height - n_given)), columns, offset, whole)
            place.copy_(whole[:n_given])
        else:
            plan.form(_readable(block, plan, columns, offset), columns, offset, place)
    return result


def is_plain() -> bool:
    """Whether products are torch's: in training, and where a graph of a module is made."""
    if torch.is_grad_enabled() or torch.compiler.is_compiling():
        return True
    return bool(torch.jit.is_tracing())  # type: ignore[attr-defined,no-untyped-call]


def each_row_alike(module: nn.Module, x: Tensor) -> Tensor:
    """A module applied to rows; a row of the result is a function of its row alone.

    Modules of this package multiply by `product`. What a user's module does with a block of rows
    is tried out, as a product is; if rows come out differently, they are taken one by one.
    """
    if is_plain() or x.device.type != "cpu" or is_ours(module):
        result: Tensor = module(x)
        return result
    if module not in _modules:
        # Random ones, and those of a kind that a module may treat in another way.
        probes = torch.cat([x[:1], _random((3, *x.shape[1:]), x.dtype)])
        _modules[module] = _are_alike(module, probes, BLOCK_ROWS)
    height = BLOCK_ROWS if _modules[module] else 1
    parts = []
    for block in x.split(height):
        filled_up = pad(block, (0, 0, 0, height - len(block)))
        parts.append(module(filled_up)[: len(block)])
    return torch.cat(parts)


def exact_product(x: Tensor, columns: Tensor, offset: Tensor | None = None) -> Tensor:
    """The same product by sums that are not rounded; as accurate as float32, and slow.

    A row becomes integers of b bits times a power of two, and so does a column. A sum of n
    products of such integers is at most n 2^(2b); b is the most for which that is 2^53, so that
    float64 holds every sum exactly, in whatever order, with fused additions or without. What
    follows is done number by number. A row is rounded to 2^-b of its largest number, b being 21
    for a thousand inputs, and 24 for fifteen.
    """
    n_inputs = x.shape[1]
    n_bits = min(_MOST_BITS, (_MANTISSA_BITS - max(1, n_inputs - 1).bit_length()) // 2)
    rows, row_exponent = _fixed_point(x, 1, n_bits)
    integers, column_exponent = _fixed_point(columns, 0, n_bits)
    exponent = row_exponent + column_exponent - 2 * n_bits
    # At most 2^53 times a power of two; offsets are added in float64, one addition a number.
    whole = torch.ldexp(rows @ integers, exponent)
    return (whole if offset is None else whole + offset).to(x.dtype)


def _fixed_point(x: Tensor, dim: int, n_bits: int) -> tuple[Tensor, Tensor]:
    """Integers of at most 2^n_bits, and the exponent e for which they are x 2^(n_bits - e)."""
    exponent = torch.frexp(x.abs().amax(dim=dim, keepdim=True)).exponent.double()
    return torch.ldexp(x.double(), n_bits - exponent).round_(), exponent


def _as_they_are(x: Tensor, columns: Tensor, offset: Tensor | None, out: Tensor) -> None:
    if offset is None:
        torch.mm(x, columns, out=out)
    else:
        torch.addmm(offset, x, columns, out=out)


def _copied(x: Tensor, columns: Tensor, offset: Tensor | None, out: Tensor) -> None:
    _as_they_are(x, columns.contiguous(), offset, out)


def _filled_up(x: Tensor, columns: Tensor, offset: Tensor | None, out: Tensor) -> None:
    n_outputs = columns.shape[1]
    room = (0, -n_outputs % _COLUMNS_OF_KERNELS)
    offset = None if offset is None else pad(offset, room)
    whole = x.new_empty(len(x), n_outputs + room[1])
    _as_they_are(x, pad(columns, room), offset, whole)
    out.copy_(whole[:, :n_outputs])


def _exact(x: Tensor, columns: Tensor, offset: Tensor | None, out: Tensor) -> None:
    out.copy_(exact_product(x, columns, offset))


_FORMS: tuple[_Form, ...] = (_as_they_are, _copied, _filled_up)


def _plan_of(columns: Tensor, offset: Tensor | None) -> _Plan:
    n_threads = torch.get_num_threads()
    key = columns.shape, columns.stride(), columns.dtype, offset is None, n_threads
    plan = _plans.get(key)
    if plan is None:
        plan = _plans[key] = _make_plan(columns, offset)
    return plan


def _make_plan(columns: Tensor, offset: Tensor | None) -> _Plan:
    """The first form that treats all positions alike."""
    probes = _probes_of(columns)
    for form in _FORMS:
        apply = _trial_of(form, columns, offset)
        if _are_alike(apply, probes, BLOCK_ROWS):
            few = [n for n in LOW_BLOCK_ROWS if _are_alike(apply, probes, BLOCK_ROWS, n)]
            return _Plan(
                form, (*few, BLOCK_ROWS), _are_alike(apply, probes, BLOCK_ROWS, TALL_BLOCK_ROWS)
            )
    return _Plan(_exact, (*LOW_BLOCK_ROWS, BLOCK_ROWS), True)


def _probes_of(columns: Tensor) -> Tensor:
    n_inputs = columns.shape[0]
    n_probes = max(_TRIED_ROWS, -(-_TRIED_SUMS // min(columns.shape)))
    return _random((n_probes, n_inputs), columns.dtype)


def _trial_of(form: _Form, columns: Tensor, offset: Tensor | None) -> Callable[[Tensor], Tensor]:
    """From rows to their products with random columns, and a random offset if there is one."""
    tried = torch.empty_like(columns)  # strides are kept
    tried.copy_(_random(columns.shape, columns.dtype))
    added = None if offset is None else _random(offset.shape, columns.dtype)

    def apply(x: Tensor) -> Tensor:
        result = x.new_empty(len(x), columns.shape[1])
        form(x, tried, added, result)
        return result

    return apply


def _are_alike(function: Callable[[Tensor], Tensor], probes: Tensor, *heights: int) -> bool:
    """Whether a row has one result at every position in blocks of all these heights."""
    for probe in probes:
        blocks = [function(_repeated(probe, height)) for height in heights]
        # Of equal bits: a module may give NaN.
        wanted = blocks[0][:1].contiguous().view(torch.uint8)
        if not all((block.contiguous().view(torch.uint8) == wanted).all() for block in blocks):
            return False
    return True


def _repeated(row: Tensor, n_rows: int) -> Tensor:
    return row.expand(n_rows, *row.shape).contiguous()


def _readable(x: Tensor, plan: _Plan, columns: Tensor, offset: Tensor | None) -> Tensor:
    """The same rows at an address that torch would give them, or one that does; numpy's is any."""
    x = x.contiguous()
    place = x.data_ptr() % _LINE_BYTES
    if place and place not in plan.same_at:
        plan.same_at[place] = _is_same_at(place, plan, columns, offset)
    return x if not place or plan.same_at[place] else x.clone()


def _is_same_at(place: int, plan: _Plan, columns: Tensor, offset: Tensor | None) -> bool:
    """Whether blocks that begin there give the bits of those at torch's addresses."""
    if place % columns.element_size():
        return False
    apply = _trial_of(plan.form, columns, offset)
    heights = (*plan.heights, TALL_BLOCK_ROWS) if plan.tall else plan.heights

    def at_both(x: Tensor) -> Tensor:
        return torch.cat([apply(x), apply(_moved(x, place))])

    return _are_alike(at_both, _probes_of(columns), *heights)


def _moved(x: Tensor, place: int) -> Tensor:
    """A copy that begins so many bytes after a line of the cache."""
    room = x.new_empty(x.numel() + _LINE_BYTES // x.element_size())
    start = (place - room.data_ptr()) % _LINE_BYTES // x.element_size()
    return room[start : start + x.numel()].view(x.shape).copy_(x)


def _random(shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    generator = torch.Generator("cpu").manual_seed(0)
    return torch.randn(*shape, generator=generator, dtype=dtype, device="cpu")


def is_ours(module: nn.Module) -> bool:
    """Whether all that computes in a module does so by `product`, or number by number."""
    known = _ours.get(module)
    if known is None:
        kinds = map(type, module.modules())
        known = _ours[module] = all(
            kind in _BY_NUMBER or getattr(kind, "by_product", False) for kind in kinds
        )
    return known
