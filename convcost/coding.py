"""How an implementation has a network coded: what tools that run a model see, and costs do not."""

from __future__ import annotations

from convcost.errors import SpecError, nearest
from convcost.expr import Names
from convcost.limits import Meter
from convcost.lines import checked
from convcost.ops import OPS
from convcost.reader import Map, Node, Scalar, as_map, as_scalar, as_seq
from convcost.spec import Coding, Manner


def read_coding(node: Node | None, names: Names, meter: Meter) -> Coding:
    """The section `code`: its source, and for ops how they are called and in which blocks once."""
    if node is None:
        return Coding("", {})
    top = as_map(node, "code")
    source = top.get("source")
    if source is None:
        raise SpecError("`code` names its source", top.mark, 'source: "torchvision 0.28, models/resnet.py"')
    manners = {
        key.text: _manner(key, value, names, meter) for key, value in top.items() if key.text != "source"
    }
    return Coding(" ".join(as_scalar(source, "source").text.split()), manners)


def _manner(key: Scalar, node: Node, names: Names, meter: Meter) -> Manner:
    if key.text not in OPS:
        raise SpecError(f"there is no op {key.text!r}", key.mark, nearest(key.text, set(OPS)))
    calls = OPS[key.text].calls
    fields = (
        node.only(("call", "once", "in_place"), f"the code of {key.text}") if isinstance(node, Map) else None
    )
    call = fields.get("call") if fields else node
    once = fields.get("once") if fields else None
    known = names._replace(words=names.words | set(calls))
    return Manner(
        call=checked(as_scalar(call, "call"), known, meter) if call is not None else None,
        once=_blocks(once) if once is not None else (),
        in_place=_in_place(fields) if fields else False,
        mark=key.mark,
    )


def _in_place(fields: Map) -> bool:
    node = fields.get("in_place")
    text = as_scalar(node, "in_place").text if node is not None else "false"
    if text not in ("true", "false"):
        raise SpecError("`in_place` is true or false", fields.key("in_place").mark)
    return text == "true"


def _blocks(node: Node) -> tuple[str, ...]:
    if isinstance(node, Scalar):
        return (as_scalar(node, "a block").text,)
    return tuple(as_scalar(item, "a block").text for item in as_seq(node, "once").items)
