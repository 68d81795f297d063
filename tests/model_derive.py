"""What the model derives from several rows: paths of categories, and the products that nobody states."""

import re

from model_feed import PRODUCT_FIELDS

CATEGORY_DEPTH_MAX = 32


def is_present(row):
    """active or hidden: the feed has it."""
    return row is not None and row.get("status") != "missing"


def category_path(categories, identifier):
    names, seen = [], set()
    while identifier is not None:
        row = categories.get(identifier)
        if not is_present(row) or identifier in seen or len(seen) == CATEGORY_DEPTH_MAX:
            return None
        seen.add(identifier)
        names.append(row["name"] or identifier)
        identifier = row["parent"]
    return names[::-1]


def is_in_loop(categories, identifier):
    """Is this category its own ancestor? (One below a loop is not.)"""
    at, seen = categories[identifier]["parent"], set()
    while at is not None and at not in seen and is_present(categories.get(at)):
        if at == identifier:
            return True
        seen.add(at)
        at = categories[at]["parent"]
    return False


def product_of(identifier, members):
    """A product that nobody states, from its SKUs in the order of their ids.

    An SKU that is its own product: its fields. Otherwise a synthesised one: the names' common beginning, at a word's end and at least three
    characters long, else the first name; description and brand where all that have one agree; the first URL and the first images; the
    attributes and tags that all have; hidden where all are; the first SKU's categories, then further ones by id. It has no price or stock of
    its own, and no extra.
    """
    rows = [row for _, row in members]
    if len(members) == 1 and members[0][0] == identifier and rows[0]["link"] in ("self", "alone"):
        row = {field: rows[0][field] for field in PRODUCT_FIELDS}
        row.update(origin="self", extra=None, offer={})
        return row
    attributes = [each for each in rows[0]["attributes"] or () if all(each in (row["attributes"] or ()) for row in rows)]
    own = rows[0]["categories"] or []
    further = sorted({each for row in rows[1:] for each in row["categories"] or ()} - set(own), key=str.encode)
    return {
        "origin": "synthesised",
        "name": common_name([row["name"] for row in rows if row["name"]]),
        "description": agreed([row["description"] for row in rows if row["description"]]),
        "brand": agreed([row["brand"] for row in rows if row["brand"]]),
        "url": next((row["url"] for row in rows if row["url"]), None),
        "images": next((row["images"] for row in rows if row["images"]), None),
        "attributes": attributes or None,
        "tags": [each for each in rows[0]["tags"] or () if all(each in (row["tags"] or ()) for row in rows)] or None,
        "extra": None,
        "status": "hidden" if all(row["status"] == "hidden" for row in rows) else "active",
        "categories": own + further or None,
        "offer": {},
    }


def agreed(values):
    return values[0] if values and all(value == values[0] for value in values) else None


def common_name(names):
    """The longest common beginning that ends where a word ends in all names, without the marks at its end; at least three characters."""
    if not names:
        return None
    length = 0
    while all(len(name) > length and name[length] == names[0][length] for name in names):
        length += 1
    while length and not all(len(name) == length or not (name[length].isalnum() and name[length - 1].isalnum()) for name in names):
        length -= 1
    prefix = re.sub(r"[\W_]+$", "", names[0][:length])
    return prefix if len(prefix) >= 3 else names[0]
