"""The only imports of private or version-dependent scikit-learn names.

Supported: scikit-learn 1.6 and later. Callbacks arrived in 1.9; where they are
missing the mixin below does nothing and everything else works.
"""

from __future__ import annotations

from typing import Any

from sklearn.base import _fit_context
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils._set_output import _get_output_config

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # scikit-learn < 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stand-in for scikit-learn's mixin: no callback is ever called."""

        def _init_callback_context(self, **kwargs: Any) -> _SilentContext:
            return _SilentContext()


class _SilentContext:
    """A callback context with nobody listening."""

    def subcontext(self, **kwargs: Any) -> _SilentContext:
        return self

    def call_on_fit_task_begin(self, **kwargs: Any) -> _SilentContext:
        return self

    def call_on_fit_task_end(self, **kwargs: Any) -> bool:
        return False


__all__ = [
    "CallbackSupportMixin",
    "HasMethods",
    "Interval",
    "StrOptions",
    "_fit_context",
    "_get_output_config",
]
