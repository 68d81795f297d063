"""The same offers in other formats: a feed of the layout json or csv says what one of XML says, as far as its format can.

`as_written` is what a feed of that layout can say of its records; from there on, only the places in `extra` differ. The dialects here map
each layout as schema/dialects/yml.yaml maps XML; model_driver puts them into its configuration.
"""

import csv
import io
import json

OPTIONS = """options:
  group_id: {values: [variants, parent], default: variants, description: as in yml}
"""
FIELDS = """    kind: sku
    product:
      option: group_id
      variants: {rule: group, id: group_id}
      parent: {rule: parent, id: group_id}
    fields:
      id: {from: id, required: true}
      name: name
      description: description
      url: url
      brand: vendor
      mpn: vendorCode
      price: price
      old_price: oldprice
      prices:
        - {each: purchase_price, kind: {constant: cost}}
      availability: {from: available, words: {'true': in_stock, 'false': on_order}}
      quantity: count
      status: disabled
      weight: {from: weight, unit: kg}
"""
DIALECTS = {
    "json": f"""description: the offers of yml as JSON
format: json
{OPTIONS}feed:
  currency: $.currency
records:
  category:
    path: $.categories[*]
    kind: category
    fields:
      id: id
      parent_id: {{from: parentId, empty_when: '0'}}
      name: name
  offer:
    path: $.offers[*]
{FIELDS}      currency: {{from: currencyId, default: 'feed:currency'}}
      stocks:
        - {{each: 'outlets[*]', place: id, quantity: instock}}
      images: picture
      categories: categoryId
      attributes:
        - {{each: 'param[*]', name: name, value: value, unit: unit}}
""",
    "csv": f"""description: the offers of yml as CSV
format: csv
{OPTIONS}records:
  offer:
{FIELDS}      currency: currencyId
      images: {{from: picture, split: '|'}}
      categories: {{from: categoryId, split: '|'}}
""",
}
TEXTS = {
    "id": "id", "group": "group_id", "availability": "available", "name": "name", "description": "description", "brand": "vendor", "mpn": "vendorCode",
    "url": "url", "price": "price", "old_price": "oldprice", "currency": "currencyId", "cost": "purchase_price", "quantity": "count",
    "weight": "weight", "hidden": "disabled",
}
LISTS = {"images": "picture", "categories": "categoryId"}


def as_written(feed):
    """What the feed says in its layout."""
    layout = feed.get("layout")
    if layout == "json":
        return {**feed, "records": [json_record(record) for record in feed["records"]]}
    if layout == "csv":
        return csv_feed(feed)
    return feed


def json_record(record):
    """Without what JSON says in other places than XML: a nameless attribute, a second stock of one place."""
    record = {key: value for key, value in record.items() if value != []}
    if "attributes" in record:
        record["attributes"] = [each for each in record["attributes"] if each[0] and each[1]]
    if "stocks" in record:
        record["stocks"] = [[place, quantity] for place, quantity in dict(reversed(record["stocks"])).items()]
    return record


def csv_feed(feed):
    """Rows have a cell for each column that any of them has, so that nothing is absent: what a row does not say is empty."""
    records = [{key: value for key, value in record.items() if key not in ("attributes", "stocks")} for record in feed["records"]]
    for record in records:
        for key in LISTS.keys() & record.keys():
            record[key] = [text for text in record[key] if text] or [""]
        if "more" in record:
            record["more"] = [[name, text] for name, text in dict(record["more"]).items()]
    records = [record for record in records if any(value.strip() for value in row_of(record).values())]
    columns = {key for record in records for key in record if key != "more"} | {"id"}
    records = [{**{key: [""] if key in LISTS else "" for key in columns}, **record} for record in records]
    return {**feed, "records": records, "categories": [], "currency": None}


def extra_of(extra, layout):
    """What no field took, where that layout has it."""
    if layout == "csv":
        extra = {path: texts for path, texts in ((path, [text for text in texts if text]) for path, texts in extra.items()) if texts}
    lists = LISTS.values() if layout == "json" else ()
    return {path.lstrip("@"): texts[0] if len(texts) == 1 and path not in lists else texts for path, texts in extra.items()}


def write(feed):
    feed = as_written(feed)
    return write_json(feed) if feed["layout"] == "json" else write_csv(feed)


def write_json(feed):
    document = {"currency": feed["currency"]} if feed.get("currency") else {}
    names = {"id": "id", "parent": "parentId", "name": "name"}
    document["categories"] = [{names[key]: text for key, text in category.items()} for category in feed.get("categories", ())]
    document["offers"] = [offer_of(record) for record in feed["records"]]
    return json.dumps(document, ensure_ascii=False, indent=0) + "\n"


def offer_of(record):
    offer = {name: record[key] for key, name in (TEXTS | LISTS).items() if key in record}
    if record.get("attributes"):
        offer["param"] = [{"name": name, "value": value, **({"unit": unit} if unit else {})} for name, value, unit in record["attributes"]]
    if record.get("stocks"):
        offer["outlets"] = [{"id": place, "instock": quantity} for place, quantity in record["stocks"]]
    for name, text in sorted(record.get("more") or (), key=lambda each: each[0]):
        offer[name] = [*offer[name], text] if isinstance(offer.get(name), list) else [offer[name], text] if name in offer else text
    return offer


def row_of(record):
    row = {TEXTS[key]: value for key, value in record.items() if key in TEXTS}
    row |= {LISTS[key]: "|".join(value) for key, value in record.items() if key in LISTS}
    return row | dict(record.get("more") or ())


def write_csv(feed):
    rows = [row_of(record) for record in feed["records"]]
    columns = ["id", *sorted({name for row in rows for name in row} - {"id"})]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
