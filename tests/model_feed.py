"""Feeds for the model: abstract records, what each of them states in a dialect, and how it is written as a document.

A feed is a dictionary, so that a history is JSON:

  format      yml or google
  layout      json or csv: the offers of yml in another format (model_layout); not there: XML
  currency    the feed's own currency (yml), or None
  categories  [{id, parent, name}] (yml; a key that is not there is not in the document)
  records     [{field: text or list}]; an absent key is an absent element, '' is an empty one

`read` is written from the dialects' documentation, not from the program: it says what a person who read schema/dialects would expect
of each record. A statement is {kind, id, link, product, fields, record}; in `fields` a missing key is ABSENT, None is EMPTY.
"""

import re
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

import model_layout

CURRENCIES = {"EUR", "USD", "PLN", "UAH", "RUB"}
SKU_FIELDS = (
    "name", "description", "url", "brand", "price", "old_price", "currency", "availability", "quantity", "condition", "gtin", "mpn",
    "merchant_sku", "images", "attributes", "tags", "weight", "status", "categories", "prices", "stocks", "extra",
)
# A product that is stated, or made from its SKUs, has these; price and stock are only a stated one's.
PRODUCT_FIELDS = ("name", "description", "brand", "url", "images", "attributes", "tags", "status", "categories", "extra")
OFFER_FIELDS = ("price", "old_price", "currency", "availability", "quantity")
ALWAYS_FROM, ALWAYS_TO = -(2**63), 2**63 - 1


class Reading:
    """What reading a feed brought: statements in feed order, and complaints."""

    def __init__(self):
        self.statements = []
        self.complaints = []  # (code, record, field)
        self.record_count = 0
        self.rejected_count = 0

    def complain(self, code, record, field):
        self.complaints.append((code, record, field))


class RecordReader:
    """One record on its way to its fields: `fields`, and `extra` for what no field took."""

    def __init__(self, reading, ordinal, layout=None):
        self.reading = reading
        self.ordinal = ordinal
        self.layout = layout
        self.fields = {}
        self.extra = {}

    def keep(self, path, text):
        self.extra.setdefault(path, []).append(text)

    def complain(self, code, field):
        self.reading.complain(code, self.ordinal, field)

    def text(self, field, text):
        if text is not None:
            self.fields[field] = text or None

    def number(self, field, path, text, scale=1000000):
        """A number; one that cannot be read is absent, complained of, and kept as extra."""
        if text is None:
            return
        if text == "":
            self.fields[field] = None
            return
        value = self.amount(field, path, text)
        if value is not None:
            self.fields[field] = int(value * scale)

    def amount(self, field, path, text):
        if re.fullmatch(r"\d+(\.\d{1,6})?", text):
            return Decimal(text)
        self.complain("number_negative" if re.fullmatch(r"-\d+", text) else "number_invalid", field)
        self.keep(path, text)
        return None

    def words(self, field, path, text, words, code="word_unknown"):
        if text is None:
            return
        if text == "":
            self.fields[field] = None
        elif text.lower() in words:
            self.fields[field] = words[text.lower()]
        else:
            self.complain(code, field)
            self.keep(path, text)

    def url(self, field, path, text):
        self.text(field, text)
        if text and not re.match(r"https?://", text):
            self.complain("url_invalid", field)

    def texts(self, field, texts, path):
        """A list: its empty texts stand for nothing, and stay in extra."""
        if not texts:
            return
        self.fields[field] = [text for text in texts if text] or None
        for text in texts:
            if not text:
                self.keep(path, text)

    def images(self, texts, path):
        self.texts("images", texts, path)
        for image in texts or ():
            if image and not re.match(r"https?://", image):
                self.complain("url_invalid", "images")

    def finish(self):
        extra = self.extra
        if self.layout:
            extra = model_layout.extra_of(extra, self.layout)
        else:
            extra = {path: texts[0] if len(texts) == 1 else texts for path, texts in extra.items()}
        if extra:
            self.fields["extra"] = extra
        return self.fields


def read(feed, job):
    """All statements of a feed. `job` is a job's configuration: default_currency, id_prefix, category_prefix, dialect options."""
    reading = Reading()
    feed = model_layout.as_written(feed)
    if feed["format"] == "google":
        read_google(reading, feed, job)
    else:
        read_yml(reading, feed, job)
    add_prefixes(reading.statements, job)
    return reading


def add_prefixes(statements, job):
    """Namespaces of a supplier: before the ids of SKUs and products, and of categories, wherever they are named."""
    item, category = job.get("id_prefix", ""), job.get("category_prefix", "")
    for statement in statements:
        if statement["id"] is None:
            continue
        if statement["kind"] == "category":
            statement["id"] = category + statement["id"]
            if statement["fields"].get("parent"):
                statement["fields"]["parent"] = category + statement["fields"]["parent"]
            continue
        statement["id"] = item + statement["id"]
        if statement.get("product") is not None:
            statement["product"] = item + statement["product"]
        if statement["fields"].get("categories"):
            statement["fields"]["categories"] = [category + each for each in statement["fields"]["categories"]]


def unique(items):
    return list(dict.fromkeys(items))


# Yandex Market Language


def read_yml(reading, feed, job):
    ordinal = 0
    for category in feed.get("categories", ()):
        ordinal += 1
        identifier = (category.get("id") or "").strip()
        if not identifier:
            reading.complain("id_missing", ordinal, "id")
            reading.statements.append({"kind": "category", "id": None, "record": ordinal, "is_rejected": True})
            continue
        parent = category.get("parent")
        fields = {"name": category.get("name") or None, "parent": None if parent in (None, "", "0") else parent}
        reading.statements.append({"kind": "category", "id": identifier, "fields": fields, "record": ordinal})
    for record in feed["records"]:
        ordinal += 1
        read_offer(reading, ordinal, record, feed, job)


def read_offer(reading, ordinal, record, feed, job):
    reading.record_count += 1
    said = len(reading.complaints)
    reader = RecordReader(reading, ordinal, feed.get("layout"))
    identifier = (record.get("id") or "").strip()
    reader.text("name", record.get("name"))
    reader.text("description", record.get("description"))
    reader.text("brand", record.get("brand"))
    reader.text("mpn", record.get("mpn"))
    reader.url("url", "url", record.get("url"))
    read_offer_price(reader, record, feed, job)
    reader.words("availability", "@available", record.get("availability"), {"true": "in_stock", "false": "on_order"})
    reader.number("quantity", "count", record.get("quantity"))
    reader.number("weight", "weight", record.get("weight"), scale=1000)
    reader.words("status", "disabled", record.get("hidden"), {"true": "hidden", "false": "active"}, code="bool_invalid")
    reader.images(record.get("images"), "picture")
    reader.texts("categories", record.get("categories"), "categoryId")
    if reader.fields.get("categories"):
        reader.fields["categories"] = unique(reader.fields["categories"])
    if record.get("attributes"):
        if any(name for name, _, _ in record["attributes"]):  # one without a name is none
            reader.fields["attributes"] = [attribute(*each) for each in record["attributes"] if each[0]]
        for name, value, unit in record["attributes"]:
            if not name:
                if value or not unit:
                    reader.keep("param", value)
                if unit:
                    reader.keep("param/@unit", unit)
    if record.get("stocks"):
        reader.fields["stocks"] = read_stocks(reader, record["stocks"])
    for name, text in record.get("more") or ():
        reader.keep(name, text)

    name_required = job.get("dialect") in ("strict", "strict_parent")
    if not identifier or (name_required and not record.get("name")):
        if not identifier:  # nothing else is said of a record that cannot be named
            reading.complaints[said:] = []
        reader.complain("id_missing" if not identifier else "required_missing", "id" if not identifier else "name")
        reading.rejected_count += 1
        reading.statements.append({"kind": "sku", "id": identifier or None, "record": ordinal, "is_rejected": True, "fields": {}})
        return
    fields = reader.finish()
    group = record.get("group") or None
    if job.get("group_id") != "parent":
        link, product = ("group", group) if group else ("self", identifier)
    else:
        link, product = ("named", group) if group else ("alone", identifier)
    reading.statements.append({"kind": "sku", "id": identifier, "link": link, "product": product, "fields": fields, "record": ordinal})
    if link == "alone":
        own = {key: value for key, value in fields.items() if key in PRODUCT_FIELDS + OFFER_FIELDS}
        reading.statements.append({"kind": "product", "id": identifier, "fields": own, "record": ordinal})


def read_stocks(reader, stocks):
    """Stock by place; a second one of a place is left to extra."""
    found = {}
    for place, quantity in stocks:
        if place in found:
            reader.keep("outlets/outlet/@id", place)
            reader.keep("outlets/outlet/@instock", quantity)
        else:
            found[place] = int(Decimal(quantity) * 1000000)
    return [{"place": place, "quantity": quantity} for place, quantity in found.items()]


def attribute(name, value, unit):
    return {"name": name, "value": value, **({"unit": unit} if unit else {})}


def read_offer_price(reader, record, feed, job):
    """Price, old price (only a greater one) and currency: the offer's, else the feed's, else the job's; not without anything to pay."""
    reader.number("price", "price", record.get("price"))
    price = reader.fields.get("price")
    if price == 0:
        reader.complain("price_zero", "price")
    old = record.get("old_price")
    if old == "":
        reader.fields["old_price"] = None
    elif old is not None:
        amount = reader.amount("old_price", "oldprice", old)
        if amount is not None and (price is None or amount * 1000000 <= price):
            reader.complain("old_price_not_greater", "old_price")
            reader.keep("oldprice", old)
        elif amount is not None:
            reader.fields["old_price"] = int(amount * 1000000)

    stated = record.get("currency") or None
    currency = stated or feed.get("currency") or job.get("default_currency")
    if stated and stated not in CURRENCIES:
        reader.complain("currency_unknown", "currency")
        reader.keep("currencyId", stated)
        currency = None
    cost = record.get("cost")
    if cost == "":
        reader.keep("purchase_price", "")  # an entry without an amount is none, and the list is empty
        reader.fields["prices"] = None
    elif cost is not None:
        reader.fields["prices"] = [further_price("cost", currency, Decimal(cost))]
    if currency and (stated or price is not None):
        reader.fields["currency"] = currency
    elif record.get("currency") == "" and not feed.get("currency"):
        reader.fields["currency"] = None
    if record.get("currency") == "" and feed.get("currency"):
        reader.keep("currencyId", "")  # the default counted, so nothing took the empty text
    if price is not None and not currency and not stated:
        reader.complain("currency_missing", "currency")


def further_price(kind, currency, amount, start=ALWAYS_FROM, end=ALWAYS_TO):
    return {"kind": kind, "currency": currency or "", "from": start, "to": end, "amount": int(amount * 1000000)}


def write_yml(feed):
    parts = ["<yml_catalog><shop>"]
    if feed.get("currency"):
        parts.append(f'<currencies><currency id="{feed["currency"]}" rate="1"/></currencies>')
    parts.append("<categories>\n")
    for category in feed.get("categories", ()):
        attributes = "".join(f" {name}={quoteattr(category[key])}" for key, name in (("id", "id"), ("parent", "parentId")) if category.get(key) is not None)
        parts.append(f"<category{attributes}>{escape(category.get('name') or '')}</category>\n")
    parts.append("</categories><offers>\n")
    parts += [write_offer(record) for record in feed["records"]]
    parts.append("</offers></shop></yml_catalog>\n")
    return "".join(parts)


YML_ELEMENTS = (
    ("name", "name"), ("description", "description"), ("brand", "vendor"), ("mpn", "vendorCode"), ("url", "url"), ("price", "price"),
    ("old_price", "oldprice"), ("currency", "currencyId"), ("cost", "purchase_price"), ("quantity", "count"), ("weight", "weight"),
    ("hidden", "disabled"),
)


def write_offer(record):
    attributes = "".join(f" {name}={quoteattr(record[key])}" for key, name in (("id", "id"), ("group", "group_id"), ("availability", "available"))
                         if record.get(key) is not None)
    parts = [f"<offer{attributes}>"]
    parts += [element(name, record[key]) for key, name in YML_ELEMENTS if record.get(key) is not None]
    parts += [element("picture", each) for each in record.get("images") or ()]
    parts += [element("categoryId", each) for each in record.get("categories") or ()]
    for name, value, unit in record.get("attributes") or ():
        named = (f" name={quoteattr(name)}" if name else "") + (f" unit={quoteattr(unit)}" if unit else "")
        parts.append(f"<param{named}>{escape(value)}</param>")
    if record.get("stocks"):
        outlets = "".join(f"<outlet id={quoteattr(place)} instock={quoteattr(quantity)}/>" for place, quantity in record["stocks"])
        parts.append(f"<outlets>{outlets}</outlets>")
    parts += [element(name, text) for name, text in further(record)]
    return "".join(parts) + "</offer>\n"


def further(record):
    """What no field takes, in an order by name: as `extra` stands in the order of the document, another order is another content."""
    return sorted(record.get("more") or (), key=lambda each: each[0])


def element(name, text):
    return f"<{name}>{escape(text)}</{name}>"


# Google Merchant Center

GOOGLE_AVAILABILITY = {"in_stock": "in_stock", "in stock": "in_stock", "out of stock": "out_of_stock", "preorder": "preorder", "backorder": "backorder"}
# A moment for each sale that the generator writes.
SALE_DATES = {
    "2026-01-01T00:00Z/2026-02-01T00:00Z": (1767225600000, 1769904000000),
    "2026-03-01T00:00+02:00/2026-03-02T00:00+02:00": (1772316000000, 1772402400000),
}
GOOGLE_ATTRIBUTES = ("color", "size", "material")


def read_google(reading, feed, job):
    for ordinal, record in enumerate(feed["records"], 1):
        reading.record_count += 1
        said = len(reading.complaints)
        identifier = (record.get("id") or "").strip()
        reader = RecordReader(reading, ordinal)
        paths = read_item(reader, record, job)
        if not identifier:
            reading.complaints[said:] = []
            reader.complain("id_missing", "id")
            reading.rejected_count += 1
            reading.statements.append({"kind": "sku", "id": None, "record": ordinal, "is_rejected": True, "fields": {}})
            continue
        group = record.get("group") or None
        reading.statements.append({"kind": "sku", "id": identifier, "link": "group" if group else "self", "product": group or identifier,
                                   "fields": reader.finish(), "record": ordinal})
        for path in paths:
            state_category_path(reading, ordinal, path)


def read_item(reader, record, job):
    """The fields of an item; returns its category paths, each a list of names."""
    for field in ("name", "description", "brand", "mpn"):
        reader.text(field, record.get(field))
    reader.url("url", "g:link", record.get("url"))
    read_item_price(reader, record, job)
    reader.words("availability", "g:availability", record.get("availability"), GOOGLE_AVAILABILITY)
    reader.words("condition", "g:condition", record.get("condition"), {"new": "new", "used": "used", "refurbished": "refurbished"})
    reader.number("quantity", "g:quantity", record.get("quantity"))
    reader.images(record.get("images"), "g:additional_image_link")
    reader.texts("tags", record.get("tags"), "g:custom_label_0")
    values = dict(record.get("attributes") or ())
    if values:
        reader.fields["attributes"] = [attribute(name, values[name], None) for name in GOOGLE_ATTRIBUTES if name in values]
    paths = []
    if record.get("categories"):
        for text in record["categories"]:
            path = [" ".join(name.split()) for name in text.split(">")]
            path = [name for name in path if name]
            if path and path not in paths:
                paths.append(path)
            elif not path:
                reader.keep("g:product_type", text.strip())
        if paths:  # one without a name cannot be used: it is no path, but not empty either
            reader.fields["categories"] = [" > ".join(path) for path in paths]
    for name, text in record.get("more") or ():
        reader.keep(f"g:{name}", text)
    return paths


def read_item_price(reader, record, job):
    """A sale without dates is the price, one with dates is a further price."""
    price, price_currency = read_money(reader, "price", "g:price", record.get("price"))
    sale, sale_currency = read_money(reader, "sale_price", "g:sale_price", record.get("sale_price"))
    if record.get("price") == "":
        reader.fields["price"] = None
    stated = price_currency or sale_currency
    currency = stated or job.get("default_currency")
    if sale == 0:  # nothing is sold for nothing: not a price, and not a reason to forget the regular one
        reader.complain("price_zero", "sale_price")
        reader.keep("g:sale_price", record["sale_price"])
        sale = None
    dates = record.get("sale_dates")
    window = SALE_DATES.get(dates)
    old = None
    if sale is None:
        if dates:
            reader.keep("g:sale_price_effective_date", dates)
    elif price is not None and (sale >= price or (sale_currency or currency) != currency):
        reader.complain("old_price_not_greater", "sale_price")
        reader.keep("g:sale_price", record["sale_price"])
        if dates:
            reader.keep("g:sale_price_effective_date", dates)
    elif dates and not window:
        reader.complain("date_invalid", "sale_dates")
        reader.keep("g:sale_price", record["sale_price"])
        reader.keep("g:sale_price_effective_date", dates)
    elif window:
        reader.fields["prices"] = [further_price("sale", currency, sale, *window)]
    else:
        price, old = sale, price
    if dates == "" and "g:sale_price" in reader.extra or dates == "" and sale is None:
        reader.keep("g:sale_price_effective_date", "")
    if price == 0:
        reader.complain("price_zero", "price")
    for field, value in (("price", price), ("old_price", old)):
        if value is not None:
            reader.fields[field] = int(value * 1000000)
    if stated or (currency and (price is not None or "prices" in reader.fields)):
        reader.fields["currency"] = currency
    elif price is not None or "prices" in reader.fields:
        reader.complain("currency_missing", "currency")


def read_money(reader, field, path, text):
    """'10.00 EUR' or '10'."""
    if text is None:
        return None, None
    if text == "":
        if field == "sale_price":
            reader.keep(path, "")
        return None, None
    number, _, currency = text.partition(" ")
    amount = reader.amount(field, path, number)
    if amount is None:
        reader.extra[path] = [text]
    return amount, currency or None


def state_category_path(reading, ordinal, path):
    """The path's end is stated; its ancestors are derived where nobody states them. Ids are whole paths."""
    for depth in range(len(path), 0, -1):
        reading.statements.append({"kind": "category", "id": " > ".join(path[:depth]), "record": ordinal, "is_derived": depth < len(path),
                                   "fields": {"name": path[depth - 1], "parent": " > ".join(path[:depth - 1]) or None}})


GOOGLE_ELEMENTS = (
    ("id", "id"), ("group", "item_group_id"), ("name", "title"), ("description", "description"), ("brand", "brand"), ("mpn", "mpn"), ("url", "link"),
    ("price", "price"), ("sale_price", "sale_price"), ("sale_dates", "sale_price_effective_date"), ("availability", "availability"),
    ("condition", "condition"), ("quantity", "quantity"),
)


def write_google(feed):
    parts = ['<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>\n']
    for record in feed["records"]:
        parts.append("<item>")
        parts += [element(f"g:{name}", record[key]) for key, name in GOOGLE_ELEMENTS if record.get(key) is not None]
        parts += [element("g:additional_image_link", each) for each in record.get("images") or ()]
        parts += [element("g:custom_label_0", each) for each in record.get("tags") or ()]
        parts += [element("g:product_type", each) for each in record.get("categories") or ()]
        parts += [element(f"g:{name}", value) for name, value in record.get("attributes") or ()]
        parts += [element(f"g:{name}", text) for name, text in further(record)]
        parts.append("</item>\n")
    return "".join(parts) + "</channel></rss>\n"


def write(feed):
    if feed.get("layout"):
        return model_layout.write(feed)
    return write_google(feed) if feed["format"] == "google" else write_yml(feed)
