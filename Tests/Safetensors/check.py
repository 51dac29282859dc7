"""check.py FILE STREAM STEP: opens a checkpoint as any Python user would, and looks for what the README names."""

import sys

import numpy
from safetensors import safe_open

path, stream, step = sys.argv[1:]
with safe_open(path, framework="numpy") as checkpoint:
    metadata = checkpoint.metadata()
    tensors = {name: checkpoint.get_tensor(name) for name in checkpoint.keys()}

assert metadata["stream"] == stream, metadata
assert metadata["step"] == step, metadata
for key in ["format_version", "configuration", "checksum"]:
    assert metadata.get(key), f"no {key} in {metadata}"

for name in ["theta", "nobacktrack.v", "nobacktrack.w", "metric.j", "readout.phi", "readout.covariance",
             "state.learner", "state.forecaster"]:
    assert name in tensors, f"no {name} among {sorted(tensors)}"
for prefix in ["normaliser.", "delay."]:
    assert any(name.startswith(prefix) for name in tensors), f"no {prefix}* among {sorted(tensors)}"
for name, tensor in tensors.items():
    if tensor.dtype.kind == "f":
        # Missing values are NaN in the delay lines; nothing else may be.
        assert name.startswith("delay.") or numpy.isfinite(tensor).all(), f"{name} is not finite"

print(f"safetensors: {len(tensors)} tensors, {sum(tensor.size for tensor in tensors.values())} numbers")
