"""What there is to check: specs, each with the claims beside it, and files of claims about several."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from convcost import library
from convcost.claim_reader import read_claims
from convcost.claims import SECTIONS, Claims
from convcost.errors import SpecError, printable
from convcost.limits import Limits, Meter
from convcost.loader import load
from convcost.reader import as_map, read_source, read_yaml
from convcost.spec import Spec


class Job(NamedTuple):
    """The claims of one file, about a spec or, each by its own `spec`, about several.

    The steps of reading it and of all that its claims expand are counted together.
    """

    title: str
    spec: Spec | None
    claims: Claims
    directory: str  # where the specs that claims name are looked for first
    files: tuple[str, ...]
    meter: Meter


def jobs_of(path: str, limits: Limits) -> Iterator[Job]:
    """The specs a user means, each with the claims beside it; a directory's `claims/` comes along."""
    if path == "-" or not os.path.isdir(path):
        yield spec_job(path if path == "-" else library.spec_path(path), limits)
        return
    names = yaml_files(path)
    if not names:
        raise SpecError(f"no spec in {path}", hint="a spec's file ends in .yaml")
    for name in names:
        yield spec_job(os.path.join(path, name), limits)
    claims = os.path.join(path, "claims")
    for name in yaml_files(claims) if os.path.isdir(claims) else []:
        if name not in names:
            file = os.path.join(claims, name)
            meter = Meter(limits)
            yield Job(printable(name), None, claims_file(file, meter), path, (file,), meter)


def yaml_files(directory: str) -> list[str]:
    return sorted(name for name in os.listdir(directory) if name.endswith((".yaml", ".yml")))


def spec_job(path: str, limits: Limits) -> Job:
    """A spec with its own claims and those of `claims/NAME.yaml` beside it."""
    source, meter = read_source(path, limits), Meter(limits)
    spec = load(source.text, source.name, meter)
    directory, name = os.path.split(path)
    beside = beside_it(directory, "claims", name)
    claims = spec.claims
    if path != "-" and beside is not None:
        more = claims_file(beside, meter)
        claims = Claims(claims.claims + more.claims, claims.non_targets + more.non_targets)
        return Job(spec.name, spec, claims, directory, (path, beside), meter)
    return Job(spec.name, spec, claims, directory, (path,), meter)


def beside_it(directory: str, *names: str) -> str | None:
    """A file that nobody named, since it lies beside one that somebody did; None where there is none.

    Not through a link out of the directory, which could lead to any file. What is shipped may be linked.
    """
    path = os.path.join(directory, *names)
    if not os.path.isfile(path):
        return None
    where, here = os.path.realpath(path), os.path.realpath(directory)
    if directory != library.specs_directory() and os.path.commonpath((where, here)) != here:
        raise SpecError(f"{path} is a link to another directory", hint="name the file itself")
    return path


def claims_file(path: str, meter: Meter) -> Claims:
    top = as_map(read_yaml(read_source(path, meter.limits), meter), "a file of claims")
    return read_claims(top.only(SECTIONS, "a file of claims"), printable(stem(path)), meter)


def stem(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]
