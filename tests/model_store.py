"""The store as the model sees it: its state as tables, the tables that are there, and edits by hand in both."""

import contextlib
import json
import os
import sqlite3

import model

VIEWS = {
    "category": "category_id, parent_id, name, path, position, url, status, suppressed, job, extra",
    "product": "product_id, origin, name, description, brand, url, images, attributes, tags, status, suppressed, job, extra",
    "product_category": "product_id, category_id, position",
    "sku": "sku_id, product_id, name, description, url, price_micros, old_price_micros, currency, availability, quantity_micros, condition, gtin, mpn, "
           "merchant_sku, images, attributes, tags, weight_g, status, suppressed, job, offer_job, stock_job, extra",
    "price": "sku_id, kind, currency, min_quantity_micros, region, valid_from_ms, valid_to_ms, amount_micros",
    "stock": "sku_id, place, quantity_micros, availability",
    "text": "entity, item_id, field, language, value",
}
JSON_COLUMNS = {"path", "images", "attributes", "tags", "extra"}
KIND_PLURALS = {"category": "categories", "product": "products", "sku": "skus"}
# Tables that a run may write although it changes nothing in the catalogue.
LEDGER_TABLES = {"run", "job_name", "job_lease", "job_state", "job_schedule", "missed_check", "hook_state", "sqlite_sequence"}


class Difference(Exception):
    """The program and the model, or two runs of the program, disagree."""


# The model's state as the store's tables


def tables_of(state):
    tables = {name: set() for name in VIEWS}
    for identifier, row in state["categories"].items():
        tables["category"].add((identifier, row["parent"], row["name"], pack(row["path"]), row["position"], row["url"], row["status"],
                                row["suppressed"], row["job"], pack(row["extra"])))
    for identifier, row in state["products"].items():
        tables["product"].add((identifier, row["origin"], row["name"], row["description"], row["brand"], row["url"], pack(row["images"]),
                               pack(row["attributes"]), pack(row["tags"]), row["status"], row["suppressed"], row["job"], pack(row["extra"])))
        for position, category in enumerate(row["categories"] or ()):
            tables["product_category"].add((identifier, category, position))
    for identifier, row in state["skus"].items():
        offer = offer_of(state, row)
        tables["sku"].add((identifier, row["product"], row["name"], row["description"], row["url"], *(offer[field] for field in model.OFFER_FIELDS),
                           row["condition"], row["gtin"], row["mpn"], row["merchant_sku"], pack(row["images"]), pack(row["attributes"]),
                           pack(row["tags"]), row["weight"], row["status"], row["suppressed"], row["job"], row["offer_job"], row["stock_job"],
                           pack(row["extra"])))
        for price in row["prices"] or ():
            tables["price"].add((identifier, price["kind"], price["currency"], 0, "", price["from"], price["to"], price["amount"]))
        for stock in row["stocks"] or ():
            tables["stock"].add((identifier, stock["place"], stock["quantity"], None))
    return tables


def offer_of(state, row):
    """A stated product's own price and stock pass to SKUs that lack them; price, old price and currency go together."""
    offer = {field: row[field] for field in model.OFFER_FIELDS}
    product = state["products"].get(row["product"])
    if not model.is_present(product) or product["origin"] != "stated":
        return offer
    own = product["offer"]
    if offer["price"] is None and own["price"] is not None:
        offer.update(price=own["price"], old_price=own["old_price"], currency=own["currency"])
    for field in ("availability", "quantity"):
        if offer[field] is None:
            offer[field] = own[field]
    return offer


def pack(value):
    return None if value is None else json.dumps(value, sort_keys=True, ensure_ascii=False)


def read_tables(store, catalog="main"):
    tables = {name: set() for name in VIEWS}
    if not os.path.exists(store):
        return tables
    with contextlib.closing(sqlite3.connect(store)) as database:
        for name, columns in VIEWS.items():
            packed = [at for at, column in enumerate(columns.split(", ")) if column in JSON_COLUMNS]
            for row in database.execute(f"SELECT {columns} FROM {name} WHERE catalog = ?", (catalog,)):
                if packed:
                    row = list(row)
                    for at in packed:
                        if row[at] is not None:
                            row[at] = pack(json.loads(row[at]))
                tables[name].add(tuple(row))
    return tables


def dump(store):
    """Everything in a store but its ledger."""
    if not os.path.exists(store):
        return None
    with contextlib.closing(sqlite3.connect(store)) as database:
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'") if row[0] not in LEDGER_TABLES]
        return {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in names}


def read_bookkeeping(store, catalog="main"):
    """Of every item the run that made it; holders, and counts of absent runs, as model_undo.Snapshot.sides() has them."""
    found = {"made": set(), "sides": set()}
    if not os.path.exists(store):
        return found
    with contextlib.closing(sqlite3.connect(store)) as database:
        (catalog_key,), = database.execute("SELECT coalesce(max(catalog_key), 0) FROM catalog_name WHERE catalog = ?", (catalog,))
        for number, (kind, plural) in enumerate(KIND_PLURALS.items()):
            found["made"] |= {(plural, *row) for row in database.execute(f"SELECT {kind}_id, created_run_id FROM {kind} WHERE catalog = ?", (catalog,))}
            found["sides"] |= {(plural, identifier, "absent", job, runs) for identifier, job, runs in database.execute(
                f"SELECT {kind}_id, job, runs FROM absent_item JOIN job_name USING (job_key) JOIN {kind}_data ON {kind}_key = item_key"
                " WHERE absent_item.catalog_key = ? AND kind = ?", (catalog_key, number))}
        found["sides"] |= {("categories", identifier, "holder", job, True) for identifier, job in database.execute(
            "SELECT category_id, job FROM category_holder h JOIN job_name j ON j.job_key = h.job_key JOIN category_data USING (category_key)"
            " WHERE catalog_key = ?", (catalog_key,))}
    return found


def compare_tables(expected, actual, title):
    lines = []
    for name in expected:
        lines += [f"  {name}: only {who}: {row}" for who, rows in ((title[0], expected[name] - actual[name]), (title[1], actual[name] - expected[name]))
                  for row in sorted(rows, key=repr)]
    if lines:
        raise Difference("content\n" + "\n".join(lines))


# Edits by hand, in the model


def edit_state(state, step):
    """What an edit through a view does; False where it changes nothing that a run would write."""
    plural = KIND_PLURALS[step["table"]]
    row = state[plural].get(step["id"])
    if row is None:
        return False
    if step["set"] is None:
        del state[plural][step["id"]]
        for key in [key for key in state["absent"] if key[1:] == (plural, step["id"])]:
            del state["absent"][key]
        return True
    (column, value), = step["set"].items()
    if column == "suppressed":
        row["suppressed"] = value
        return False
    field = {"price_micros": "price", "quantity_micros": "quantity", "product_id": "product", "parent_id": "parent"}.get(column, column)
    if plural == "skus" and field in model.OFFER_FIELDS:
        shown = offer_of(state, row)
        if shown[field] != value:
            # What a SKU has from its product stays its product's until it is changed; a price is changed with its currency.
            if field == "price":
                row.update(old_price=shown["old_price"], currency=shown["currency"])
            row[field] = value
    else:
        row[field] = value
    return True


def write_edit(store, step):
    key = f"{step['table']}_id"
    with contextlib.closing(sqlite3.connect(store)) as database:
        if step["set"] is None:
            database.execute(f"DELETE FROM {step['table']} WHERE {key} = ?", (step["id"],))
        else:
            (column, value), = step["set"].items()
            database.execute(f"UPDATE {step['table']} SET {column} = ? WHERE {key} = ?", (value, step["id"]))
        database.commit()
