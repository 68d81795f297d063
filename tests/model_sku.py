"""SKUs in the model: which statement of each counts, which record is a product after all, what is left alone, and whose price and stock is whose."""

from model_derive import is_present
from model_feed import SKU_FIELDS

# Price and stock of an SKU may come from jobs of their own (`scope: prices`): by the column that says whose they are.
HALVES = {"offer_job": ("price", "old_price", "currency", "prices"), "stock_job": ("availability", "quantity", "stocks")}


class RunFails(Exception):
    """The policy says that this feed makes the run fail; the state stays as it was."""


class SkuRun:
    """The part of model.Run that writes SKUs."""

    def write_skus(self):
        """The first statement of an SKU counts (`duplicates`: or the last, or the run fails); the others are duplicates, of which those with
        other content conflict.

        Rule `parent` (Altcraft): a record without a parent (link `alone`) states a product. It is an SKU too, unless an SKU names it as its
        product: then its SKU statement is merged into the product.

        Question: which one is first, of a record without a parent and one with? The one with: the other one is there for its product, and
        whether it is an SKU is known last. So the order of records of one id does not matter here; by feed order, an SKU would be lost that
        has the id of its product, or whose own record comes behind that of a product of its id. With `last` the last record decides.
        """
        statements = self.statements("sku")
        first, merged = {}, {}
        for statement in statements:
            self.count("skus", "stated")
            if statement.get("is_rejected"):
                self.count("skus", "rejected")
                self.rejected.add(statement["id"])
        usable = [each for each in statements if not each.get("is_rejected")]
        if self.policy.get("duplicates") == "fail" and len({each["id"] for each in usable}) < len(usable):
            raise RunFails("an SKU is stated twice")
        if self.policy.get("duplicates") == "last":
            usable.reverse()
            counted = {each["id"]: each for each in reversed(usable)}
            alone = {each["id"]: each for each in counted.values() if each["link"] == "alone"}
            parents = self.parents(counted, alone)
            for statement in usable:
                self.take_sku_or_product(statement, first, merged, parents)
        else:
            for statement in usable:
                if statement["link"] != "alone":
                    self.take_sku(statement, first)
            alone = {each["id"]: each for each in usable if each["link"] == "alone"}
            parents = self.parents(first, alone)
            for statement in usable:
                if statement["link"] == "alone":
                    self.take_sku_or_product(statement, first, merged, parents)
        for identifier in self.rejected - first.keys() - merged.keys() - self.skipped_skus:  # a record that cannot be used keeps the SKU that it names as it is
            row = self.state["skus"].get(identifier)
            is_held = self.scope() == "prices" and row and self.job in (row["offer_job"], row["stock_job"])
            if is_present(row) and (self.is_ours(row) or is_held):
                self.count("skus", "kept")
                self.kept_skus.add(identifier)
                self.named["skus"].add(identifier)

    def parents(self, counted, alone):
        """Products that SKUs of ours name which are there after this run: those of this feed, and those that stay although it does not state them.

        A record without a parent (its id is in `alone`) that is a product after all does not state the SKU of its id any more; where that
        stays (it is kept, or waits), it names its own product on, which may make that one's record a product too: the least such set.
        """
        stated = {each["id"]: each["product"] for each in counted.values()
                  if each["link"] != "alone" and self.scope() != "prices" and not self.is_foreign("skus", each["id"]) and not self.skip_reason(each)}
        found = {product for identifier, product in stated.items() if product != identifier}
        standing = {identifier: row["product"] for identifier, row in self.before["skus"].items()
                    if is_present(row) and self.is_ours(row) and row["product"] != identifier and identifier not in stated}
        left = self.rejected | self.skipped_skus | {each["id"] for each in counted.values() if each["link"] != "alone"}
        while True:
            more = {product for identifier, product in standing.items() if self.stays(identifier, alone, left, found)} - found
            if not more:
                return found
            found |= more

    def stays(self, identifier, alone, left, parents):
        """Does this SKU of ours, which no statement of the feed changes, name its product when the run is over? `left`: named, and left as they are."""
        if self.scope() == "prices" or (identifier in alone and self.skip_reason(alone[identifier])):
            return True
        if identifier in alone and identifier not in parents:
            return False
        return self.policy["missing"] == "keep" or (identifier in left and identifier not in alone) or not self.is_overdue("skus", identifier)

    def take_sku_or_product(self, statement, first, merged, parents):
        identifier = statement["id"]
        is_counted = self.policy.get("duplicates") == "last" and identifier in first.keys() | self.skipped_skus | self.foreign_skus
        if identifier in merged:
            self.count_duplicate(statement, merged[identifier])
        elif statement["link"] != "alone" or identifier not in parents or is_counted:
            self.take_sku(statement, first)
        else:
            self.count("skus", "merged")
            merged[identifier] = statement

    def take_sku(self, statement, first):
        identifier = statement["id"]
        if self.scope() == "prices":
            self.take_offer(statement, first)
            return
        if self.is_foreign("skus", identifier):
            self.skip_foreign(statement)
            return
        if identifier in first:
            self.count_duplicate(statement, first[identifier])
            return
        reason = self.skip_reason(statement)
        if reason:
            self.skip_sku(statement, reason)
            return
        first[identifier] = statement
        self.write_sku(identifier, statement)

    def skip_reason(self, statement):
        """Why an SKU's statement is left alone, or None. `scope: skus` writes SKUs of products that are there, whosever; `prices` writes SKUs
        that are there: see write_offer.
        """
        if self.skips_mode("skus", statement["id"]):
            return "mode"
        if self.scope() == "skus" and not is_present(self.before["products"].get(statement["product"])):
            return "scope"
        return None

    def skip_foreign(self, statement):
        identifier = statement["id"]
        self.count("skus", "skipped_foreign")
        self.outcome.complain("foreign")
        is_further = identifier in self.foreign_skus and self.policy.get("duplicates") == "last"
        (self.duplicate_records if is_further else self.skipped_records).add(statement["record"])
        self.foreign_skus.add(identifier)

    def skip_sku(self, statement, reason):
        identifier = statement["id"]
        self.skip("skus", identifier, reason)
        is_there = is_present(self.before["skus"].get(identifier))
        if identifier in self.skipped_skus and (is_there or self.policy.get("duplicates") == "last"):
            self.duplicate_records.add(statement["record"])  # as when the SKU was new: the same feed again does nothing
        self.skipped_skus.add(identifier)
        if is_there:
            self.named["skus"].add(identifier)

    # Price and stock of others' SKUs

    def owns(self, job):
        return job == self.job or job in self.policy.get("take_over", ())

    def is_third(self, holder, owner):
        """Is a half of an SKU with a job that is neither its owner nor ours (or to be taken over from)? Then it is that job's to write."""
        return holder != owner and not self.owns(holder)

    def take_offer(self, statement, first):
        """`scope: prices`: the halves that the statement speaks of, and those that this job has, become ours until we name the SKU no more."""
        identifier = statement["id"]
        row = self.state["skus"].get(identifier)
        if row is None and self.skips_mode("skus", identifier):
            self.skip_sku(statement, "mode")
            return
        if not is_present(row):
            self.skip_sku(statement, "scope")
            return
        spoken = {half for half, fields in HALVES.items() if statement["fields"].keys() & set(fields)}
        claimed = {half for half in HALVES
                   if row[half] == self.job or (half in spoken and not self.is_third(row[half], row["job"]))}
        written = {**row, **{field: self.value(field, statement["fields"], row) for half in claimed for field in HALVES[half]}}
        if identifier in first:
            self.count_further(statement, written != row)
            return
        if spoken and not claimed:
            self.skip_foreign(statement)
            return
        first[identifier] = statement
        self.named["skus"].add(identifier)
        self.count("skus", self.action_of("sku", identifier, row, written))
        row.update(written, **{half: self.job for half in claimed})

    def release_offers(self):
        """What this job has of others' SKUs and names no more goes back to the SKU's owner, with the values that it has."""
        for identifier, row in self.state["skus"].items():
            if self.is_ours(row) or (self.scope() == "prices" and identifier in self.named["skus"]):
                continue
            for half in HALVES:
                if row[half] == self.job:
                    row[half] = row["job"]

    def count_duplicate(self, statement, first):
        self.count_further(statement, not self.is_same_content(statement, first))

    def count_further(self, statement, is_other):
        self.duplicate_records.add(statement["record"])
        self.count("skus", "duplicate")
        self.outcome.complain("duplicate_conflicting" if is_other else "duplicate")
        if is_other:
            self.count("skus", "conflicting")

    def is_same_content(self, statement, first):
        """Would this statement, written over the first one, change it?"""
        before = self.before["skus"].get(first["id"])
        written = {field: self.value(field, first["fields"], before) for field in SKU_FIELDS}
        over = {field: self.value(field, statement["fields"], written) for field in SKU_FIELDS}
        written["status"], over["status"] = self.status(first["fields"]), self.status(statement["fields"])
        for half, fields in HALVES.items():
            if first["id"] in self.stated_skus and self.state["skus"][first["id"]][half] != self.job:
                over.update({field: written[field] for field in fields})
        return statement["product"] == first["product"] and written == over

    def write_sku(self, identifier, statement):
        before = self.before["skus"].get(identifier)
        self.named["skus"].add(identifier)
        self.stated_skus.add(identifier)
        row = {field: self.value(field, statement["fields"], before) for field in SKU_FIELDS}
        row.update(product=statement["product"], link=statement["link"], job=self.job, offer_job=self.job, stock_job=self.job,
                   suppressed=before["suppressed"] if before else 0)
        for half, fields in HALVES.items():
            if before and self.is_third(before[half], before["job"]):
                row.update({field: before[field] for field in (half, *fields)})
        row["status"] = self.status(statement["fields"])
        self.state["skus"][identifier] = row
        if is_present(before) and before["product"] != row["product"]:
            self.count("skus", "moved")
        action = self.action_of("sku", identifier, before, row)
        self.count("skus", action)
        self.count_arrival("skus", "sku", identifier, before, action)
