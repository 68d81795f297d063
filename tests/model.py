#!/usr/bin/env python3
"""What one run does to a catalogue: an independent apply(state, feed, policy), and the judge of the program by random histories.

    python3 tests/model.py --histories 1000 --seed 1 --jobs 2      random histories through the program, each step compared
    python3 tests/model.py --replay history.json                   one history again, with what differs

The functions here are written from the design, and are the documentation of a job's policies: read `apply` first. The state is plain data:

    {"categories": {id: row}, "products": {id: row}, "skus": {id: row}}        one catalog

A row has the columns of the store's contract; beside them a category has `holders` (the jobs that name it), a product `offer` (price and
stock of its own, which pass to SKUs that lack them) and `categories`, a SKU `link` (how its record named its product), `brand`,
`categories`, `prices`, `stocks`. Where the design leaves something open, a paragraph "Question:" says how it is read here.
"""

import copy
import re
import sys

import model_feed
from model_feed import OFFER_FIELDS, PRODUCT_FIELDS, SKU_FIELDS

KINDS = ("categories", "products", "skus")
COUNTS = ("stated", "derived", "created", "updated", "restored", "unchanged", "merged", "duplicate", "rejected", "conflicting", "moved", "kept",
          "skipped_mode", "skipped_scope", "skipped_foreign")
STOCK = ("before", "created", "restored", "adopted", "removed", "released", "after")
CATEGORY_DEPTH_MAX = 32
DEVIATIONS = {"kept-parents", "rejected-parents"}


def empty_state():
    return {"categories": {}, "products": {}, "skus": {}}


def is_present(row):
    """active or hidden: the feed has it."""
    return row is not None and row["status"] != "missing"


class Outcome:
    """What a run reports: counts and stock per kind, complaints by code, and (kind, id, action) of every change."""

    def __init__(self):
        self.records = {"read": 0, "rejected": 0}
        self.counts = {kind: dict.fromkeys(COUNTS, 0) for kind in KINDS}
        self.stock = {kind: dict.fromkeys(STOCK, 0) for kind in KINDS}
        self.complaints = {}
        self.undetermined = set()  # codes whose number the design leaves open here
        self.actions = set()

    def complain(self, code, count=1):
        if count:
            self.complaints[code] = self.complaints.get(code, 0) + count


def apply(state, job, feed, policy):
    """The state after `job` has run `feed` under `policy`, and what the run reports. `state` stays as it is.

    policy: missing (keep, mark, delete), id_prefix, category_prefix, default_currency, dialect options.

    Whatever is new, changed or known, the result is that of reading every record: what is remembered between runs never shows (design §1.4a).
    Five steps, in an order that matters: SKUs are written in feed order, the first statement of each counts; categories are held; products
    that are stated are written; what is absent goes, as `missing` says; products nobody states are made from the SKUs that are there now.
    """
    run = Run(copy.deepcopy(state), job, policy, model_feed.read(feed, policy))
    run.count_stock("before")
    run.write_skus()
    run.hold_categories()
    run.write_products()
    run.remove_absent()
    run.derive_products()
    run.remove_products()
    run.derive_paths()
    run.complain_of_links()
    run.count_stock("after")
    return run.state, run.outcome


class Run:
    def __init__(self, state, job, policy, reading):
        self.state = state
        self.before = copy.deepcopy(state)
        self.job = job
        self.policy = policy
        self.reading = reading
        self.outcome = Outcome()
        self.outcome.records = {"read": reading.record_count, "rejected": reading.rejected_count}
        for code, _, _ in reading.complaints:
            self.outcome.complain(code)
        self.named = {kind: set() for kind in KINDS}  # ids that this feed names
        self.stated_products = set()
        self.rejected = set()
        self.kept_skus = set()
        self.skipped_records = set()
        self.duplicate_records = set()

    def statements(self, kind):
        return [each for each in self.reading.statements if each["kind"] == kind]

    def is_ours(self, row):
        return row["job"] == self.job

    def is_foreign(self, kind, identifier):
        """Another job's row that is there: not ours to write."""
        row = self.before[kind].get(identifier)
        return is_present(row) and not self.is_ours(row)

    def count(self, kind, what):
        self.outcome.counts[kind][what] += 1

    def count_stock(self, when):
        """Present rows of this job; categories that it holds."""
        for kind in KINDS:
            rows = self.state[kind].values()
            if kind == "categories":
                mine = [row for row in rows if is_present(row) and self.job in row["holders"]]
            else:
                mine = [row for row in rows if is_present(row) and self.is_ours(row)]
            self.outcome.stock[kind][when] = len(mine)

    def record_action(self, kind, identifier, action):
        self.outcome.actions.add((kind, identifier, action))

    # Categories

    def hold_categories(self):
        """Every job that names a category holds it; the words are those of one holder.

        The first statement in the feed counts, further ones are merged. A category path states its end and derives its ancestors, where no
        record states them. A category whose words are another holder's is skipped as foreign, and adopted into our stock when we did not hold it.

        Question: the category paths of a record whose SKU does not count? They do not count either: those of a foreign SKU are skipped,
        those of a duplicate are merged. (A product of a duplicate record counts: it is what a record without a parent is there for.)
        """
        first = {}
        for statement in self.statements("category"):
            if statement["record"] in self.skipped_records:
                if not statement.get("is_derived"):
                    self.count("categories", "stated")
                    self.count("categories", "skipped_foreign")
                continue
            if statement["record"] in self.duplicate_records:
                if not statement.get("is_derived"):
                    self.count("categories", "stated")
                    self.count("categories", "merged")
                continue
            if statement.get("is_rejected"):
                self.count("categories", "stated")
                self.count("categories", "rejected")
                continue
            identifier = statement["id"]
            if not statement.get("is_derived"):
                self.count("categories", "stated")
                if identifier in first and not first[identifier].get("is_derived"):
                    self.count("categories", "merged")
                    continue
            elif identifier in first:
                continue
            first[identifier] = statement
        self.first_categories = first
        for identifier, statement in first.items():
            if statement.get("is_derived"):
                self.count("categories", "derived")
            self.named["categories"].add(identifier)
            self.hold_category(identifier, statement["fields"])

    def hold_category(self, identifier, fields):
        row = self.state["categories"].get(identifier)
        stock = self.outcome.stock["categories"]
        if is_present(row) and not self.is_ours(row):
            self.count("categories", "skipped_foreign")
            if self.job not in row["holders"]:
                row["holders"].add(self.job)
                stock["adopted"] += 1
            return
        if row is None:
            row = {"path": None, "position": None, "url": None, "status": "active", "suppressed": 0, "extra": None, "holders": set()}
            self.state["categories"][identifier] = row
            stock["created"] += 1
            self.record_action("category", identifier, "created")
        elif not is_present(row):
            stock["restored"] += 1
            self.record_action("category", identifier, "restored")
        elif self.job not in row["holders"]:
            stock["adopted"] += 1
        row.update(name=fields["name"], parent=fields["parent"], position=None, url=None, extra=None, status="active", job=self.job)
        row["holders"].add(self.job)

    def derive_paths(self):
        """A category's path: the names from its root, NULL where no root is reached (a parent that is not there, or a loop).

        Question: whose paths? Every category's that is there: a path is derived, so a foreign parent's new name shows below it at once.
        A category that is missing keeps the path that it had.
        """
        categories = self.state["categories"]
        for identifier, row in categories.items():
            if not is_present(row):
                continue
            path = category_path(categories, identifier)
            if path != row["path"] and (identifier not in self.named["categories"] or not self.is_ours(row)):
                self.record_action("category", identifier, "updated")
            row["path"] = path
        self.count_categories()

    def count_categories(self):
        """Created, restored, updated or unchanged: after the paths, as a new path is an update of its category."""
        for identifier in self.named["categories"]:
            row = self.state["categories"][identifier]
            if not self.is_ours(row):
                continue
            before = self.before["categories"].get(identifier)
            self.count("categories", self.action_of("category", identifier, before, row))
            if is_present(before) and before["parent"] != row["parent"]:
                self.count("categories", "moved")

    def action_of(self, kind, identifier, before, row):
        if before is None:
            return "created"
        if not is_present(before):
            return "restored"
        if visible(before) == visible(row):
            return "unchanged"
        self.record_action(kind, identifier, "updated")
        return "updated"

    # SKUs

    def write_skus(self):
        """The first statement of an SKU counts; further ones are duplicates, of which those with other content conflict.

        Rule `parent` (Altcraft): a record without a parent (link `alone`) states a product. It is an SKU too, unless an SKU names it as its
        product: then its SKU statement is merged into the product.

        Question: which one is first, of a record without a parent and one with? The one with: the other one is there for its product, and
        whether it is an SKU is known last. So the order of records of one id does not matter here.
        """
        statements = self.statements("sku")
        first = {}
        for statement in statements:
            self.count("skus", "stated")
            if statement.get("is_rejected"):
                self.reject_sku(statement["id"])
            elif statement["link"] != "alone":
                self.take_sku(statement, first)
        parents = {each["product"] for each in first.values() if each["link"] == "named" and each["product"] != each["id"]} | self.standing_parents()
        merged = {}
        for statement in statements:
            identifier = statement["id"]
            if statement.get("link") != "alone":
                continue
            if identifier not in parents:
                self.take_sku(statement, first)
            elif identifier not in merged:
                self.count("skus", "merged")
                merged[identifier] = statement
            else:
                self.count_duplicate(statement, merged[identifier])
        for identifier in self.rejected - first.keys() - merged.keys():
            row = self.state["skus"].get(identifier)
            if is_present(row) and self.is_ours(row):
                self.count("skus", "kept")
                self.kept_skus.add(identifier)
                self.named["skus"].add(identifier)

    def reject_sku(self, identifier):
        """A record that cannot be used keeps the SKU that it names as it is."""
        self.count("skus", "rejected")
        if identifier:
            self.rejected.add(identifier)

    def take_sku(self, statement, first):
        identifier = statement["id"]
        if self.is_foreign("skus", identifier):
            self.count("skus", "skipped_foreign")
            self.outcome.complain("foreign")
            self.skipped_records.add(statement["record"])
            return
        if identifier not in first:
            first[identifier] = statement
            self.write_sku(identifier, statement)
            return
        self.count_duplicate(statement, first[identifier])

    def count_duplicate(self, statement, first):
        self.duplicate_records.add(statement["record"])
        self.count("skus", "duplicate")
        is_other = not same_content(statement, first)
        self.outcome.complain("duplicate_conflicting" if is_other else "duplicate")
        if is_other:
            self.count("skus", "conflicting")

    def standing_parents(self):
        """Products that SKUs of ours name which are not in this feed and stay."""
        stated = {each["id"] for each in self.statements("sku")}
        if self.policy["missing"] != "keep" or "kept-parents" in DEVIATIONS:
            return set()
        return {row["product"] for identifier, row in self.state["skus"].items()
                if is_present(row) and self.is_ours(row) and row["link"] == "named" and identifier not in stated}

    def write_sku(self, identifier, statement):
        before = self.before["skus"].get(identifier)
        self.named["skus"].add(identifier)
        row = {field: self.value(field, statement["fields"], before) for field in SKU_FIELDS}
        row.update(product=statement["product"], link=statement["link"], job=self.job, offer_job=self.job,
                   suppressed=before["suppressed"] if before else 0)
        row["status"] = statement["fields"].get("status") or "active"
        self.state["skus"][identifier] = row
        if is_present(before) and before["product"] != row["product"]:
            self.count("skus", "moved")
        action = self.action_of("sku", identifier, before, row)
        self.count("skus", action)
        if action in ("created", "restored"):
            self.outcome.stock["skus"][action] += 1
            self.record_action("sku", identifier, action)

    def value(self, field, fields, before):
        """A field's new value: what the record says; absent and empty clear it."""
        return fields.get(field)

    # Products

    def write_products(self):
        """Products that records state. The first statement counts, further ones are merged; a foreign one is complained of once."""
        foreign = set()
        for statement in self.statements("product"):
            self.count("products", "stated")
            identifier = statement["id"]
            if self.is_foreign("products", identifier):
                self.count("products", "skipped_foreign")
                if identifier not in foreign:
                    self.outcome.complain("foreign")
                foreign.add(identifier)
                continue
            if identifier in self.stated_products:
                self.count("products", "merged")
                continue
            self.stated_products.add(identifier)
            row = {field: statement["fields"].get(field) for field in PRODUCT_FIELDS}
            row["offer"] = {field: statement["fields"].get(field) for field in OFFER_FIELDS}
            row["status"] = statement["fields"].get("status") or "active"
            row["origin"] = "stated"
            self.put_product(identifier, row)

    def put_product(self, identifier, row):
        before = self.before["products"].get(identifier)
        row.update(job=self.job, suppressed=before["suppressed"] if before else 0)
        self.state["products"][identifier] = row
        self.named["products"].add(identifier)
        action = self.action_of("product", identifier, before, row)
        self.count("products", action)
        if action in ("created", "restored"):
            self.outcome.stock["products"][action] += 1
            self.record_action("product", identifier, action)

    def members(self, product):
        """The SKUs that a product is made from: the present ones of its own job, by id in bytes.

        Question: does another job's SKU count, which names the same product? No: a job writes what it owns, and its numbers must not
        depend on whose run came last.
        """
        found = [(identifier, row) for identifier, row in self.state["skus"].items()
                 if is_present(row) and self.is_ours(row) and row["product"] == product]
        return sorted(found, key=lambda each: each[0].encode())

    def is_kept_product(self, identifier):
        """A product that a rejected record may have stated stays as it is."""
        row = self.before["products"].get(identifier)
        if "rejected-parents" in DEVIATIONS and identifier not in self.kept_skus:
            return False
        return identifier in self.rejected and is_present(row) and self.is_ours(row) and row["origin"] == "stated"

    def derive_products(self):
        """Every product that SKUs of this job name and that nobody states."""
        touched = {row["product"] for row in self.state["skus"].values() if is_present(row) and self.is_ours(row)}
        for identifier in sorted(touched):
            if identifier in self.stated_products or self.is_kept_product(identifier) or self.is_foreign("products", identifier):
                continue
            members = self.members(identifier)
            before = self.before["products"].get(identifier)
            if is_present(before) and before["origin"] == "stated" and self.policy["missing"] == "keep":
                continue
            self.count("products", "derived")
            self.put_product(identifier, product_of(identifier, members))
        self.count_left_behind()

    def count_left_behind(self):
        """Products that have lost their SKUs and stay, as nothing is removed: derived, and unchanged."""
        if self.policy["missing"] != "keep":
            return
        for identifier, row in self.state["products"].items():
            if is_present(row) and self.is_ours(row) and row["origin"] != "stated" and not self.members(identifier):
                self.count("products", "derived")
                self.count("products", "unchanged")

    # What is absent

    def remove_absent(self):
        """SKUs and categories of this job that the feed no longer names: kept, marked or deleted.

        A category goes with its last holder; until then it is released, and its words pass to a holder that is left.
        """
        if self.policy["missing"] == "keep":
            return
        for identifier, row in list(self.state["skus"].items()):
            if is_present(row) and self.is_ours(row) and identifier not in self.named["skus"]:
                self.remove("skus", "sku", identifier)
        for identifier, row in list(self.state["categories"].items()):
            if not is_present(row) or self.job not in row["holders"] or identifier in self.named["categories"]:
                continue
            if row["holders"] == {self.job}:
                self.remove("categories", "category", identifier)
                continue
            row["holders"].discard(self.job)
            self.outcome.stock["categories"]["released"] += 1
            if self.is_ours(row):
                row["job"] = min(row["holders"])

    def remove_products(self):
        """Products of this job that no record states and no SKU makes."""
        if self.policy["missing"] == "keep":
            return
        for identifier, row in list(self.state["products"].items()):
            if identifier in self.stated_products or self.is_kept_product(identifier):
                continue
            if is_present(row) and self.is_ours(row) and not self.members(identifier):
                self.remove("products", "product", identifier)

    def remove(self, plural, kind, identifier):
        self.outcome.stock[plural]["removed"] += 1
        self.record_action(kind, identifier, "removed")
        if self.policy["missing"] == "delete":
            del self.state[plural][identifier]
        else:
            self.state[plural][identifier]["status"] = "missing"
            if plural == "categories":
                self.state[plural][identifier]["holders"] = {self.job}

    # Complaints about what other records say

    def complain_of_links(self):
        """Once for each category that our feed declares below one that is not there or in a loop; that products are in and nobody declares;
        and for each product that SKUs name as a parent and nobody states.

        Question: links of items that this feed does not name, and that are kept? They are not this feed's fault; but the categories that a kept
        product is in and nobody declares are complained of at every run until they are declared.
        """
        categories = self.state["categories"]
        for identifier in self.named["categories"]:
            parent = self.first_categories[identifier]["fields"]["parent"]
            if parent is not None and not is_present(categories.get(parent)):
                self.outcome.complain("category_parent_missing")
            if is_in_loop(categories, identifier):
                self.outcome.complain("category_loop")
        linked = set()
        for row in self.state["products"].values():
            if is_present(row) and self.is_ours(row):
                linked |= set(row["categories"] or ())
        self.outcome.complain("category_undeclared", len([each for each in linked if not is_present(categories.get(each))]))
        named = {identifier for identifier in self.named["skus"] if self.state["skus"][identifier]["link"] == "named"}
        orphaned = {self.state["skus"][identifier]["product"] for identifier in named}
        self.outcome.complain("product_not_stated", len([each for each in orphaned & self.named["products"]
                                                         if self.state["products"][each]["origin"] == "synthesised"]))
        if self.policy["missing"] == "keep" or self.rejected:
            self.outcome.undetermined.add("product_not_stated")


def visible(row):
    return {key: value for key, value in row.items() if key != "holders"}


def same_content(one, other):
    """Absent and empty are the same content where both clear."""
    fields = [{key: value for key, value in each["fields"].items() if value is not None} for each in (one, other)]
    return one["product"] == other["product"] and fields[0] == fields[1]


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


def has_changed(outcome):
    return bool(outcome.actions) or any(outcome.stock[kind][what] for kind in KINDS for what in ("adopted", "released"))


if __name__ == "__main__":
    import model_driver

    sys.exit(model_driver.main(sys.argv[1:]))
