"""The same steps as an ONNX model, built node by node and never exported; ONNX infers the shapes.

Weights enter as inputs, since only their shapes matter. What ONNX has no operator for enters as an input too,
with the shape that PyTorch gave, and its own shape is not compared: see `absent`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from growth import Graph, Step
from in_torch import pair
from onnx import TensorProto, helper, shape_inference

# From opset 22 on, a pool in ceil_mode leaves out windows that start behind the map, as PyTorch's does.
OPSET = 22
Shape = tuple[int, ...]


class Model:
    """A model while it is built."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.inputs: list[Any] = []
        self.constants: list[Any] = []

    def input(self, shape: Sequence[int]) -> str:
        name = f"in{len(self.inputs)}"
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)))
        return name

    def constant(self, values: Sequence[float], kind: int = TensorProto.INT64) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(helper.make_tensor(name, kind, [len(values)], values))
        return name

    def node(self, op: str, *reads: str, **attributes: Any) -> str:
        name = f"y{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, reads, [name], **attributes))
        return name

    def inferred(self) -> dict[str, Shape]:
        """The shapes of what the nodes give."""
        graph = helper.make_graph(self.nodes, "grown", self.inputs, [], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        told = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
        return {
            v.name: tuple(d.dim_value for d in v.type.tensor_type.shape.dim) for v in told.graph.value_info
        }


def inferred(graph: Graph, outputs: Sequence[Shape]) -> list[Shape | None]:
    """For each step the shape that ONNX infers, N×C×H×W, or None where ONNX has no such operator.

    `outputs` are PyTorch's shapes: they size the weights, and stand in for what is absent.
    """
    model = Model()
    shapes = [tuple(graph.input.shape), *outputs]
    names, compared = [model.input(shapes[0])], []
    for number, step in enumerate(graph.steps, 1):
        if absent(step):
            names.append(model.input(shapes[number]))
            continue
        reads = [names[i] for i in step.inputs]
        names.append(NODES[step.op](model, reads, [shapes[i] for i in step.inputs], **step.fields))
        compared.append(number)
    told = model.inferred()
    return [told.get(names[number]) if number in compared else None for number in range(1, len(names))]


def absent(step: Step) -> bool:
    """What ONNX has no operator for, or infers another shape for than its own text says.

    - There are no adaptive pools, no convolution that rounds up, and no pool that rounds as Caffe's.
    - ConvTranspose, SAME_UPPER: "output_shape[i] = input_shape[i] * strides[i]"; but where a kernel spans
      less than the stride, (n - 1) s + span is inferred. TensorFlow gives n s, as we do; test_windows.py
      holds ONNX to this.
    """
    fields = step.fields
    if step.op == "adaptive_avg_pool":
        return True
    if step.op == "conv_transpose" and fields.get("pad", "same") == "same":
        sides = zip(pair(fields["k"]), pair(fields.get("s", 1)), pair(fields.get("d", 1)), strict=True)
        return any(d * (k - 1) + 1 < s for k, s, d in sides)
    unknown = ("caffe",) if step.op in ("max_pool", "avg_pool") else ("up", "caffe")
    return fields.get("rounding", "down") in unknown


# ------------------------------------------------------------------------------ windows


def padding(pad: Any, k: Any, d: Any, ceil: bool = False) -> dict[str, Any]:
    """A padding as ONNX writes it: a word, or top, left, bottom, right. Its VALID never rounds up."""
    if pad in ("same", "batched"):
        return {"auto_pad": "SAME_UPPER"}
    if pad == "valid" and not ceil:
        return {"auto_pad": "VALID"}
    if pad == "half":
        pad = [((n - 1) * step + 1) // 2 for n, step in zip(pair(k), pair(d), strict=True)]
    if isinstance(pad, list) and len(pad) == 4:
        top, bottom, left, right = pad
    else:
        top, left = bottom, right = pair(0 if pad == "valid" else pad)
    return {"pads": [top, left, bottom, right]}


def window(k: Any, s: Any, pad: Any, d: Any, rounding: str = "down") -> dict[str, Any]:
    return {
        "kernel_shape": pair(k),
        "strides": pair(s),
        "dilations": pair(d),
        **padding(pad, k, d, ceil=rounding == "up"),
    }


def conv(
    model: Model, reads: list[str], xs: list[Shape], out: int, k: Any = 1, s: Any = 1, g: int = 1,
    pad: Any = "same", d: Any = 1, bias: bool = False, rounding: str = "down",
) -> str:  # fmt: skip
    weights = [model.input((out, xs[0][1] // g, *pair(k)))] + [model.input((out,))] * bias
    return model.node("Conv", *reads, *weights, group=g, **window(k, s, pad, d))


def dwconv(model: Model, reads: list[str], xs: list[Shape], k: Any = 3, mult: int = 1, **fields: Any) -> str:
    return conv(model, reads, xs, xs[0][1] * mult, k, g=xs[0][1], **fields)


def conv_transpose(
    model: Model, reads: list[str], xs: list[Shape], out: int, k: Any, s: Any = 1, g: int = 1,
    pad: Any = "same", d: Any = 1, output_pad: Any = 0, bias: bool = False,
) -> str:  # fmt: skip
    weights = [model.input((xs[0][1], out // g, *pair(k)))] + [model.input((out,))] * bias
    more = {} if pad == "same" else {"output_padding": pair(output_pad)}
    return model.node("ConvTranspose", *reads, *weights, group=g, **window(k, s, pad, d), **more)


def pool(op: str) -> Callable[..., str]:
    def node(
        model: Model, reads: list[str], xs: list[Shape], k: Any, s: Any = None, pad: Any = "valid",
        d: Any = 1, rounding: str = "down",
    ) -> str:  # fmt: skip
        return model.node(op, *reads, ceil_mode=int(rounding == "up"), **window(k, s or k, pad, d, rounding))

    return node


# ------------------------------------------------------------------------------ the others


def linear(model: Model, reads: list[str], xs: list[Shape], out: int, bias: bool = True) -> str:
    weights = [model.input((xs[0][1], out))] + [model.input((out,))] * bias
    return vector(model, model.node("Gemm", model.node("Flatten", *reads), *weights))


def vector(model: Model, name: str) -> str:
    """A row a vector becomes a map of 1x1."""
    return model.node("Unsqueeze", name, model.constant([2, 3]))


def one(op: str, **attributes: Any) -> Callable[..., str]:
    """A node without weights; the fields change no shape."""
    return lambda model, reads, xs, **_: model.node(op, *reads, **attributes)


def act(model: Model, reads: list[str], xs: list[Shape], kind: str) -> str:
    if kind == "relu6":
        bounds = [model.node("Squeeze", model.constant([n], TensorProto.FLOAT)) for n in (0.0, 6.0)]
        return model.node("Clip", *reads, *bounds)
    if kind == "swish":
        return model.node("Mul", *reads, model.node("Sigmoid", *reads))
    return model.node(NAMES[kind], *reads)


NAMES = {
    "relu": "Relu",
    "leaky_relu": "LeakyRelu",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "gelu": "Gelu",
    "hard_sigmoid": "HardSigmoid",
    "hard_swish": "HardSwish",
}


def bn(model: Model, reads: list[str], xs: list[Shape], **_: Any) -> str:
    return model.node("BatchNormalization", *reads, *(model.input(xs[0][1:2]) for _ in range(4)))


def layer_norm(model: Model, reads: list[str], xs: list[Shape], **_: Any) -> str:
    last = model.node("Transpose", *reads, perm=[0, 2, 3, 1])
    return model.node(
        "Transpose", model.node("LayerNormalization", last, model.input(xs[0][1:2])), perm=[0, 3, 1, 2]
    )


def shuffle(model: Model, reads: list[str], xs: list[Shape], g: int) -> str:
    _, c, h, w = xs[0]
    dealt = model.node("Reshape", *reads, model.constant([0, g, c // g, h, w]))
    return model.node(
        "Reshape", model.node("Transpose", dealt, perm=[0, 2, 1, 3, 4]), model.constant([0, -1, h, w])
    )


def take(model: Model, reads: list[str], xs: list[Shape], out: int, start: int = 0) -> str:
    return model.node("Slice", *reads, *(model.constant([n]) for n in (start, start + out, 1)))


def select(model: Model, reads: list[str], xs: list[Shape], out: int) -> str:
    return model.node("Gather", *reads, model.constant([i % xs[0][1] for i in range(out)]), axis=1)


def subsample(model: Model, reads: list[str], xs: list[Shape], out: int, s: Any = 1) -> str:
    far = [2**31, 2**31]
    kept = model.node("Slice", *reads, *(model.constant(n) for n in ([0, 0], far, [2, 3], pair(s))))
    return model.node("Pad", kept, model.constant([0, 0, 0, 0, 0, out - xs[0][1], 0, 0]))


def upsample(model: Model, reads: list[str], xs: list[Shape], scale: Any, mode: str = "nearest") -> str:
    scales = model.constant([1.0, 1.0, *map(float, pair(scale))], TensorProto.FLOAT)
    return model.node("Resize", *reads, "", scales, mode=MODES[mode])


def resize(model: Model, reads: list[str], xs: list[Shape], mode: str = "nearest") -> str:
    size = model.node("Shape", reads[1], start=2)
    return model.node("Resize", reads[0], "", "", size, mode=MODES[mode], axes=[2, 3])


MODES = {"nearest": "nearest", "bilinear": "linear"}


def join(op: str) -> Callable[..., str]:
    def node(model: Model, reads: list[str], xs: list[Shape]) -> str:
        first, *others = reads
        for other in others:
            first = model.node(op, first, other)
        return first

    return node


NODES: dict[str, Callable[..., str]] = {
    "conv": conv,
    "dwconv": dwconv,
    "conv_transpose": conv_transpose,
    "linear": linear,
    "max_pool": pool("MaxPool"),
    "avg_pool": pool("AveragePool"),
    "global_avg_pool": one("GlobalAveragePool"),
    "global_max_pool": one("GlobalMaxPool"),
    "act": act,
    "softmax": one("Softmax", axis=1),
    "dropout": one("Dropout"),
    "bn": bn,
    "layer_norm": layer_norm,
    "lrn": lambda model, reads, xs, n=5: model.node("LRN", *reads, size=n),
    "add": join("Add"),
    "mul": join("Mul"),
    "concat": one("Concat", axis=1),
    "shuffle": shuffle,
    "slice": take,
    "select": select,
    "subsample": subsample,
    "upsample": upsample,
    "resize": resize,
    "flatten": lambda model, reads, xs: vector(model, model.node("Flatten", *reads)),
}
