#!/usr/bin/env python3
"""What one run does to a catalogue: an independent apply(state, feed, policy), and the judge of the program by random histories.

    python3 tests/model.py --histories 1000 --seed 1 --jobs 2      random histories through the program, each step compared
    python3 tests/model.py --replay history.json                   one history again, with what differs

The functions here are written from the design, and are the documentation of a job's policies: read `apply` first. The state is plain data:

    {"categories": {id: row}, "products": {id: row}, "skus": {id: row}, "absent": {(job, kind, id): runs}}        one catalog

`absent` counts the runs in a row in which an item of a job was absent (`missing` after n). A row has the columns of the store's contract; beside them a category has `holders` (the jobs that name it), a product `offer` (price and
stock of its own, which pass to SKUs that lack them) and `categories`, a SKU `link` (how its record named its product), `brand`,
`categories`, `prices`, `stocks`. Where the design leaves something open, a paragraph "Question:" says how it is read here.
"""

import copy
import sys

import model_feed
from model_derive import category_path, is_in_loop, is_present, product_of
from model_feed import OFFER_FIELDS, PRODUCT_FIELDS, unique
from model_sku import SkuRun

KINDS = ("categories", "products", "skus")
COUNTS = ("stated", "derived", "created", "updated", "restored", "unchanged", "merged", "duplicate", "rejected", "conflicting", "moved", "kept",
          "skipped_mode", "skipped_scope", "skipped_foreign")
STOCK = ("before", "created", "restored", "adopted", "removed", "released", "after", "waiting")


def empty_state():
    return {"categories": {}, "products": {}, "skus": {}, "absent": {}}


class Outcome:
    """What a run reports: counts and stock per kind, complaints by code, and (kind, id, action) of every change."""

    def __init__(self):
        self.records = {"read": 0, "rejected": 0}
        self.counts = {kind: dict.fromkeys(COUNTS, 0) for kind in KINDS}
        self.stock = {kind: dict.fromkeys(STOCK, 0) for kind in KINDS}
        self.complaints = {}
        self.is_waiting = False    # the next run reads the feed again, changed or not
        self.actions = set()

    def complain(self, code, count=1):
        if count:
            self.complaints[code] = self.complaints.get(code, 0) + count


def apply(state, job, feed, policy):
    """The state after `job` has run `feed` under `policy`, and what the run reports. `state` stays as it is.

    policy: the keys of a job's file: missing (keep, mark, delete), on_absent, on_empty, duplicates, categories, mode, scope, take_over,
    id_prefix, category_prefix, default_currency, and the dialect's options. Raises RunFails where the run fails.

    Whatever is new, changed or known, the result is that of reading every record: what is remembered between runs never shows (design §1.4a).
    Five steps, in an order that matters: SKUs are written in feed order, the first statement of each counts (model_sku); categories are held; products
    that are stated are written; what is absent goes, as `missing` says; products nobody states are made from the SKUs that are there now.
    """
    run = Run(copy.deepcopy(state), job, policy, model_feed.read(feed, policy))
    run.count_stock("before")
    run.write_skus()
    run.release_offers()
    run.hold_categories()
    run.write_products()
    run.remove_absent()
    run.derive_products()
    run.remove_products()
    run.forget_waits()
    run.derive_paths()
    run.complain_of_links()
    run.count_stock("after")
    return run.state, run.outcome


class Run(SkuRun):
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
        self.stated_skus = set()
        self.skipped_products = set()
        self.rejected = set()
        self.kept_skus = set()
        self.skipped_skus = set()
        self.foreign_skus = set()
        self.written_categories = set()
        self.first_categories = {}
        self.skipped_records = set()
        self.duplicate_records = set()
        self.counted = set()  # keys of `absent` that this run came across

    def statements(self, kind):
        return [each for each in self.reading.statements if each["kind"] == kind]

    def is_ours(self, row):
        return row["job"] == self.job

    def is_foreign(self, kind, identifier):
        """Another job's row that is there: not ours to write, unless the policy takes that job's items over."""
        row = self.before[kind].get(identifier)
        return is_present(row) and not self.is_ours(row) and row["job"] not in self.policy.get("take_over", ())

    def is_taken(self, before):
        """A row that is there and becomes ours."""
        return is_present(before) and not self.is_ours(before)

    def scope(self):
        return self.policy.get("scope", "all")

    def skips_mode(self, kind, identifier):
        """`mode`: add leaves what is there alone, update what is not.

        Question: an item that went missing? It is not there: add restores it, update leaves it alone.
        Question: a second record of an SKU that is skipped? It is skipped too, not a duplicate: none was taken that it could be one of.
        """
        mode = self.policy.get("mode", "upsert")
        is_there = is_present(self.before[kind].get(identifier))
        return (mode == "add" and is_there) or (mode == "update" and not is_there)

    def skip(self, kind, identifier, reason="mode", has_complaint=True):
        self.count(kind, f"skipped_{reason}")
        if not is_present(self.before[kind].get(identifier)):
            if has_complaint:
                self.outcome.complain("new_skipped")
            self.outcome.is_waiting = True

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
        if self.policy.get("categories") == "ignore":
            self.ignore_categories()
            return
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
        for identifier, statement in list(first.items()):
            if statement.get("is_derived"):
                self.count("categories", "derived")
            self.named["categories"].add(identifier)
            self.hold_category(identifier, statement)

    def ignore_categories(self):
        """`categories: ignore`: no category is written or let go, and no item's categories change."""
        for statement in self.statements("category"):
            if not statement.get("is_derived"):
                self.count("categories", "stated")
                if statement["record"] in self.duplicate_records:
                    self.count("categories", "merged")
                elif statement["record"] in self.skipped_records:
                    self.count("categories", "skipped_foreign")
                else:
                    self.count("categories", "rejected" if statement.get("is_rejected") else "skipped_scope")

    def hold_category(self, identifier, statement):
        row = self.state["categories"].get(identifier)
        stock = self.outcome.stock["categories"]
        if self.is_foreign("categories", identifier):
            self.count("categories", "skipped_foreign")
            if self.job not in row["holders"]:
                row["holders"].add(self.job)
                stock["adopted"] += 1
            return
        if self.skips_mode("categories", identifier):
            self.skip("categories", identifier, has_complaint=not statement.get("is_derived"))
            if is_present(row) and self.job not in row["holders"]:
                row["holders"].add(self.job)
                stock["adopted"] += 1
            if not is_present(row):
                del self.first_categories[identifier]
            return
        before = copy.deepcopy(row)
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
        row["holders"].add(self.job)
        row["job"] = self.job
        self.written_categories.add(identifier)
        row.update(url=None, extra=None, status="active")
        if self.policy.get("categories") == "add" and is_present(before):
            return  # parent, name and position stay
        fields = statement["fields"]
        row.update(name=self.value("name", fields, before), parent=fields["parent"], position=None)

    def derive_paths(self):
        """A category's path: the names from its root, NULL where no root is reached (a parent that is not there, or a loop).

        Question: whose paths? Every category's that is there: a path is derived, so a foreign parent's new name shows below it at once.
        A category that is missing keeps the path that it had.
        """
        if self.policy.get("categories") == "ignore":
            return
        categories = self.state["categories"]
        for identifier, row in categories.items():
            if not is_present(row):
                continue
            path = category_path(categories, identifier)
            if path != row["path"] and identifier not in self.written_categories:
                self.record_action("category", identifier, "updated")
            row["path"] = path
        self.count_categories()

    def count_categories(self):
        """Created, restored, updated or unchanged: after the paths, as a new path is an update of its category."""
        for identifier in self.written_categories:
            row = self.state["categories"][identifier]
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

    # Values

    def count_arrival(self, plural, kind, identifier, before, action):
        """Stock that came: created, restored, or taken over."""
        if action in ("created", "restored"):
            self.outcome.stock[plural][action] += 1
            self.record_action(kind, identifier, action)
        elif self.is_taken(before):
            self.outcome.stock[plural]["adopted"] += 1

    def value(self, field, fields, before):
        """A field's new value: what the record says. Where it says nothing (absent) or an empty text, the policy decides between clearing
        the stored value and keeping it; each field by its own word, or the default one.

        Question: are values that stand for each other kept apart (a new price, and the old price of before)? Yes, each by its own word.
        Question: the values of a row that another job left as missing? They are that job's, and not kept, unless its items are taken over.
        """
        if field == "categories" and self.policy.get("categories") == "ignore":
            return before["categories"] if self.is_known(before) else None
        if fields.get(field) is not None:
            return fields[field]
        word = self.word_for(field, "on_empty" if field in fields else "on_absent")
        return before[field] if word == "keep" and self.is_known(before) else None

    def is_known(self, row):
        """Has a row values that may be kept? Not where it is another job's and missing."""
        return row is not None and (is_present(row) or row.get("job", self.job) in {self.job, *self.policy.get("take_over", ())})

    def word_for(self, field, key):
        words = self.policy.get(key, "clear")
        return words.get(field, words.get("default", "clear")) if isinstance(words, dict) else words

    def status(self, fields):
        """hidden where the feed says so, else active: a status is never kept, as an item that is named is there."""
        return fields.get("status") or "active"

    # Products

    def write_products(self):
        """Products that records state. The first statement counts (`duplicates`: or the last), others are merged; a foreign one is complained of once."""
        foreign = set()
        statements = self.statements("product")
        if self.policy.get("duplicates") == "last":
            statements.reverse()
        for statement in statements:
            self.count("products", "stated")
            identifier = statement["id"]
            if self.policy.get("duplicates") == "last" and statement["record"] in self.duplicate_records:
                self.count("products", "merged")
                continue
            if self.scope() != "all":
                self.count("products", "skipped_scope")
                continue
            if self.is_foreign("products", identifier):
                self.count("products", "skipped_foreign")
                if identifier not in foreign:
                    self.outcome.complain("foreign")
                foreign.add(identifier)
                continue
            before = self.before["products"].get(identifier)
            if self.skips_mode("products", identifier):
                self.skip("products", identifier)
                self.skipped_products.add(identifier)
                continue
            if identifier in self.stated_products:
                self.count("products", "merged")
                continue
            self.stated_products.add(identifier)
            row = {field: self.value(field, statement["fields"], before) for field in PRODUCT_FIELDS}
            offer = before["offer"] if before and before["origin"] == "stated" else None
            row["offer"] = {field: self.value(field, statement["fields"], offer) for field in OFFER_FIELDS}
            row["status"] = self.status(statement["fields"])
            row["origin"] = "stated"
            self.put_product(identifier, row)

    def put_product(self, identifier, row):
        before = self.before["products"].get(identifier)
        stored = before["categories"] if self.is_known(before) else None
        if self.policy.get("categories") == "ignore":
            row["categories"] = stored
        if self.policy.get("categories") == "add":
            row["categories"] = unique((stored or []) + (row["categories"] or [])) or None
        row.update(job=self.job, suppressed=before["suppressed"] if before else 0)
        self.state["products"][identifier] = row
        self.named["products"].add(identifier)
        action = self.action_of("product", identifier, before, row)
        self.count("products", action)
        self.count_arrival("products", "product", identifier, before, action)

    def members(self, product):
        """The SKUs that a product is made from: the present ones of its own job, by id in bytes.

        Question: does another job's SKU count, which names the same product? No: a job writes what it owns, and its numbers must not
        depend on whose run came last.
        """
        found = [(identifier, row) for identifier, row in self.state["skus"].items()
                 if is_present(row) and self.is_ours(row) and row["product"] == product]
        return sorted(found, key=lambda each: each[0].encode())

    def is_kept_product(self, identifier):
        """A product that a rejected record may have stated (one of its id, or of an SKU that names the product), or one that is skipped, stays as it is."""
        row = self.before["products"].get(identifier)
        of_kept = {self.state["skus"][each]["product"] for each in self.kept_skus}
        return identifier in self.rejected | self.skipped_products | of_kept and is_present(row) and self.is_ours(row) and row["origin"] == "stated"

    def derive_products(self):
        """Every product that SKUs of this job name and that nobody states. Not `scope` but all: they stay as they are, whatever becomes of the SKUs."""
        if self.scope() != "all":
            for row in self.state["products"].values():
                if is_present(row) and self.is_ours(row) and row["origin"] != "stated":
                    self.count("products", "derived")
                    self.count("products", "unchanged")
            return
        touched = {row["product"] for row in self.state["skus"].values() if is_present(row) and self.is_ours(row)}
        for identifier in sorted(touched):
            if identifier in self.stated_products or self.is_kept_product(identifier) or self.is_foreign("products", identifier):
                continue
            members = self.members(identifier)
            before = self.before["products"].get(identifier)
            if self.is_taken(before) and before["origin"] == "stated":
                continue  # taking SKUs over does not take the words of a product that their job states
            if is_present(before) and before["origin"] == "stated" and not self.is_overdue("products", identifier):
                continue  # its own words stay, as long as it stays
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
        """SKUs and categories of this job that the feed no longer names: kept, marked or deleted, after so many runs in a row.

        A category goes with its last holder; until then it is released, and its words pass to a holder that is left.

        Question: the categories of an SKU that a rejected record keeps? They are kept with it, and so are their ancestors.
        Question: a category that somebody marked as missing by hand? Its holders hold it on, until they name it no more.
        """
        if self.policy["missing"] == "keep":
            self.wait_on()
            return
        for identifier, row in list(self.state["skus"].items()):
            if is_present(row) and self.is_ours(row) and self.is_due("skus", identifier, identifier not in self.named["skus"]):
                self.remove("skus", "sku", identifier)
        if self.policy.get("categories") == "ignore":
            return
        kept = self.kept_categories()
        for identifier, row in list(self.state["categories"].items()):
            if self.job not in row["holders"] or not self.is_due("categories", identifier, identifier not in self.named["categories"] | kept):
                continue
            if row["holders"] == {self.job} and is_present(row):
                self.remove("categories", "category", identifier)
                continue
            row["holders"].discard(self.job)
            if is_present(row):
                self.outcome.stock["categories"]["released"] += 1
            if self.is_ours(row) and row["holders"]:
                row["job"] = min(row["holders"])

    def kept_categories(self):
        """Those of SKUs that rejected records keep, of the stated products that such records are about, and their ancestors."""
        rows = [self.state["skus"][identifier] for identifier in self.kept_skus]
        products = {row["product"] for row in rows} | {each for each in self.rejected - self.stated_products if self.is_kept_product(each)}
        rows += [row for identifier, row in self.state["products"].items()
                 if identifier in products and is_present(row) and self.is_ours(row) and row["origin"] == "stated"]
        more = {each for row in rows for each in row["categories"] or ()}
        kept = set()
        while more:
            kept |= more
            more = {self.state["categories"][each]["parent"] for each in more if each in self.state["categories"]} - kept - {None}
        return kept

    def wait_on(self):
        """Question: what does a run with `keep` do to items that wait? Those that it names start anew; the others keep their count, but do
        not wait in this run, which does not count.
        """
        for key in [key for key in self.state["absent"] if key[0] == self.job]:
            _, kind, identifier = key
            row = self.state[kind].get(identifier)
            if identifier in self.named[kind] | self.stated_products or not is_present(row) or not self.is_ours(row):
                del self.state["absent"][key]

    def is_due(self, kind, identifier, is_absent):
        """Has this item been absent for as many runs in a row as the policy says? One that is named starts anew."""
        key = (self.job, kind, identifier)
        runs = self.before["absent"].get(key, 0) + 1 if is_absent else 0
        self.state["absent"].pop(key, None)
        self.counted.add(key)
        if runs and runs < self.policy.get("after", 1):
            self.state["absent"][key] = runs
            self.outcome.stock[kind]["waiting"] += 1
            self.outcome.is_waiting = True
            return False
        return is_absent

    def forget_waits(self):
        """Whatever a run counts, it forgets of what it does not come across: items that are another job's by now, or are not there any more."""
        if self.policy["missing"] == "keep":
            return
        kinds = {"skus"}
        kinds |= {"categories"} if self.policy.get("categories") != "ignore" else set()
        kinds |= {"products"} if self.scope() == "all" else set()
        for key in [key for key in self.state["absent"] if key[0] == self.job and key[1] in kinds and key not in self.counted]:
            del self.state["absent"][key]

    def is_overdue(self, kind, identifier):
        """Would this run be the last one that an absent item outlives?"""
        return self.policy["missing"] != "keep" and self.before["absent"].get((self.job, kind, identifier), 0) + 1 >= self.policy.get("after", 1)

    def remove_products(self):
        """Products of this job that no record states and no SKU makes: a stated one after so many runs, others with their last SKU."""
        if self.policy["missing"] == "keep" or self.scope() != "all":
            return
        for identifier, row in list(self.state["products"].items()):
            if not is_present(row) or not self.is_ours(row):
                continue
            is_absent = identifier not in self.stated_products and not self.is_kept_product(identifier)
            before = self.before["products"].get(identifier)
            was_stated = is_present(before) and self.is_ours(before) and before["origin"] == "stated"
            is_due = self.is_due("products", identifier, is_absent) if was_stated else is_absent
            if is_due and not self.members(identifier):
                self.remove("products", "product", identifier)

    def remove(self, plural, kind, identifier):
        self.outcome.stock[plural]["removed"] += 1
        self.record_action(kind, identifier, "removed")
        if self.policy["missing"] == "delete":
            del self.state[plural][identifier]
        else:
            self.state[plural][identifier]["status"] = "missing"
            if plural == "categories":
                self.state[plural][identifier]["holders"] = set()

    # Complaints about what other records say

    def complain_of_links(self):
        """Once for each category that our feed declares below one that is not there or in a loop; that products are in and nobody declares;
        and for each product that SKUs name as a parent and nobody states.

        Question: links of items that this feed does not name, or that are left as they are (skipped, or kept for a rejected record)? They are
        not this feed's fault, and no complaint. A product that nobody states is this feed's where it states one of its SKUs.
        """
        categories = self.state["categories"]
        for identifier in self.first_categories:
            parent = self.first_categories[identifier]["fields"]["parent"]
            if parent is not None and not is_present(categories.get(parent)):
                self.outcome.complain("category_parent_missing")
            if identifier in categories and is_in_loop(categories, identifier):
                self.outcome.complain("category_loop")
        products = {identifier: row for identifier, row in self.state["products"].items() if is_present(row) and self.is_ours(row)}
        skus = [self.state["skus"][identifier] for identifier in self.stated_skus]
        made = {row["product"] for row in skus}
        linked = {each for identifier, row in products.items()
                  if identifier in self.stated_products or (row["origin"] != "stated" and identifier in made) for each in row["categories"] or ()}
        if self.policy.get("categories") == "ignore":
            linked = set()
        if self.scope() != "all":
            return
        self.outcome.complain("category_undeclared", len([each for each in linked if not is_present(categories.get(each))]))
        orphaned = {row["product"] for row in skus if row["link"] == "named"} & products.keys()
        self.outcome.complain("product_not_stated", len([each for each in orphaned if products[each]["origin"] != "stated"]))


def visible(row):
    """What counts as an update: all but whose the row is, and how a record named its product."""
    return {key: value for key, value in row.items() if key not in ("holders", "job", "offer_job", "stock_job", "link")}


def has_changed(outcome):
    return bool(outcome.actions) or any(outcome.stock[kind][what] for kind in KINDS for what in ("adopted", "released"))


def has_passed_offers(before, after):
    """Has price or stock of an SKU passed to another job, even with the same values?"""
    return any(before["skus"][identifier][half] != row[half] for identifier, row in after["skus"].items() if identifier in before["skus"]
               for half in ("offer_job", "stock_job"))


if __name__ == "__main__":
    import model_driver

    sys.exit(model_driver.main(sys.argv[1:]))
