"""Activations: one operation an element, whatever the function; and where MobileNetV3 uses which."""

from __future__ import annotations

import convcost
from convcost.lessons.board import Board
from convcost.lessons.registry import Steps, lesson

V2 = "MobileNetV2: Sandler et al. 2018, arXiv:1801.04381"
V3 = "MobileNetV3: Howard et al. 2019, arXiv:1905.02244"


@lesson(
    "hard-swish",
    "Hard swish",
    "What is h-swish, what does it cost, and why only in the deeper half?",
    V3,
    beyond="How much longer it takes than ReLU, and how much accuracy it adds, is measured (sec. 5.2): a "
    "count has one operation for either.",
)
def hard_swish(board: Board) -> Steps:
    yield from hard(board)
    layer = board.walk("activation", "h=14 w=14 c=64", "[c, h, w]", "act: hard_swish")
    relu = board.walk("relu", "h=14 w=14 c=64", "[c, h, w]", "act: relu")
    board.define(operations=layer.ops("hard_swish"), operations_relu=relu.ops("relu"), madds=layer.madds)
    board.define(mem=layer.mem_access, mem_relu=relu.mem_access)
    yield board.prove(
        "It is counted as one operation for each element, as ReLU is.", "operations = operations_relu = h*w*c"
    )
    yield board.prove("It has no multiply-adds by the papers' convention,", "madds = 0")
    yield board.prove(
        "and the same memory access as ReLU, nothing once it is fused.", "mem = mem_relu = 2*h*w*c"
    )
    deeper = board.walk("deeper", "p=7 q=7 c=64", "[2*c, p, q]", "act: hard_swish")
    before = board.walk("before", "p=7 q=7 c=64", "[c, 2*p, 2*q]", "act: hard_swish")
    board.define(deeper=deeper.ops("hard_swish"), before=before.ops("hard_swish"))
    yield board.prove(
        "Each halving of the map, even with twice the channels, halves what an activation costs: so the "
        "paper uses h-swish in the second half only.",
        "before/deeper = 2",
        cite="sec. 5.2",
    )
    kinds = convcost.report("mobilenet_v3_large").totals.ops
    board.define(v3_hard_swish=kinds["hard_swish"], v3_relu=kinds["relu"])
    yield board.at(
        "In MobileNetV3-Large as it is shipped here, operations of h-swish for each of ReLU:",
        "v3_hard_swish/v3_relu",
    )


def hard(board: Board) -> Steps:
    """What h-swish is, piece by piece."""
    board.letter("x", whole=False, positive=False)
    board.letter("u", whole=False)
    yield board.say(
        "swish is x sigmoid(x). The exponential in it is slow, so a piecewise linear sigmoid takes its place:"
    )
    yield board.given("one that is cut from ReLU6,", "h_sigmoid", "Min(Max(x + 3, 0), 6)/6", cite="sec. 5.2")
    yield board.given("and h-swish with it.", "h_swish", "x*h_sigmoid", cite="sec. 5.2")
    board.define(h_swish_left=board.put("h_swish", x="-3 - u"), h_swish_right=board.put("h_swish", x="3 + u"))
    yield board.prove("Left of -3, at x = -3 - u, it is 0, as ReLU is;", "h_swish_left = 0")
    yield board.prove("right of 3, at x = 3 + u, it is x, as ReLU is;", "h_swish_right = 3 + u")
    yield board.at("between, a parabola that dips below 0:", "h_swish", x=-1)


@lesson(
    "relu6",
    "ReLU6",
    "Why cut an activation off at 6, and does it cost more than ReLU?",
    V2,
    V3,
    beyond="The reason is robustness where numbers have few bits (MobileNetV2, sec. 4): what precision a "
    "network needs is measured, not counted.",
)
def relu6(board: Board) -> Steps:
    board.letter("x", whole=False, positive=False)
    board.letter("u", whole=False)
    yield board.given("ReLU cuts off below 0, ReLU6 above 6 as well.", "relu6", "Min(Max(x, 0), 6)")
    board.define(relu6_left=board.put("relu6", x="-u"), relu6_right=board.put("relu6", x="6 + u"))
    yield board.prove("Below 0, at x = -u:", "relu6_left = 0")
    yield board.prove(
        "Above 6, at x = 6 + u. A fixed-point number of 8 bits can therefore spend its bits on 0 to 6.",
        "relu6_right = 6",
        cite="MobileNetV2, sec. 4",
    )
    cut = board.walk("relu6", "h=14 w=14 c=64", "[c, h, w]", "act: relu6")
    plain = board.walk("relu", "h=14 w=14 c=64", "[c, h, w]", "act: relu")
    gate = board.walk("h_sigmoid", "h=14 w=14 c=64", "[c, h, w]", "act: hard_sigmoid")
    board.define(operations=cut.ops("relu6"), operations_relu=plain.ops("relu"), madds=cut.madds)
    board.define(mem=cut.mem_access, mem_relu=plain.mem_access, operations_gate=gate.ops("hard_sigmoid"))
    yield board.prove(
        "Either is counted as one operation for each element.", "operations = operations_relu = h*w*c"
    )
    yield board.prove("Neither has a multiply-add,", "madds = 0")
    yield board.prove("and both pass the same memory.", "mem = mem_relu = 2*h*w*c")
    yield board.given(
        "MobileNetV3 makes its gates from it, moved and scaled to 0 ... 1,",
        "h_sigmoid",
        "Min(Max(x + 3, 0), 6)/6",
        cite="MobileNetV3, sec. 5.2",
    )
    yield board.prove("and this is counted as one operation, too.", "operations_gate = h*w*c")
