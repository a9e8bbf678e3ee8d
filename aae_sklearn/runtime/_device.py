"""Where to compute."""

from __future__ import annotations

import torch


def resolve_device(device: str) -> torch.device:
    """Turn the user's ``device`` into one that is there.

    Parameters
    ----------
    device : str
        "auto" (a CUDA GPU where there is one, else the CPU) or a torch device string.

    Returns
    -------
    device : torch.device

    Raises
    ------
    ValueError
        If the device is unknown or not there.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        resolved = torch.device(device)
        torch.empty(1, device=resolved)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(
            f"device={device!r} is not available here ({reason}); use device='auto' or 'cpu'"
        ) from error
    if resolved.type == "meta":
        raise ValueError("device='meta' computes nothing; use device='auto' or 'cpu'")
    return resolved
