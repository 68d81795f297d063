"""Random histories for the model: feeds that change, policies, and edits by hand, as plain JSON.

A history is {"steps": [step, …]}; a step is one of
  {"do": "run", "job": NAME, "config": {…}, "feed": {…}, "checks": [dry, full, copy]}    config: the keys of the job's file; see model_driver
  {"do": "undo"}                                                                  of the last run that was applied and is not undone
  {"do": "undo", "back": n, "keep_later": bool}                                   of the run or undo that holds, and has n such ones after it
  {"do": "sql", "table": VIEW, "id": ID, "set": {column: value} | None}            None deletes the row
"""

import copy
import random

ITEM_IDS = ("1", "2", "3", "4", "10", "G", "H", "P", "é", "x-1", "a b")
GROUP_IDS = ("G", "H", "P", "1")
CATEGORY_IDS = ("1", "2", "3", "4", "c5", "x-1")
NAMES = ("Blue shirt S", "Blue shirt M", "Blue shirt, L", "Blue", "Blue shirtless", "Hat", "Größe A", "Größe B", "Ab c", "Ab d", "Red-1", "Red-2", "<&>")
CATEGORY_NAMES = ("Things", "Shirts", "Hats", "Übriges")
PATHS = ("A", "A > B", "A > B > C", "A >  B", "D > B", "D", " > ")
PRICES = ("10", "12.50", "0", "7", "soon", "-5", "")
AVAILABILITY = {"yml": ("true", "false", "", "perhaps"), "google": ("in_stock", "out of stock", "", "perhaps")}
# Policies beyond the first ones, where the program has them.
POLICIES = {
    "on_absent": ("keep", "clear"),
    "on_empty": ("keep", "clear"),
    "duplicates": ("first", "last", "last", "fail"),
    "categories": ("overwrite", "add", "ignore"),
    "mode": ("upsert", "add", "update"),
    "after": (2, 3),
    "take_over": (["a"], ["b"], ["a", "b"]),
    "scope": ("all", "skus", "prices"),
}
KEEPABLE = ("name", "description", "url", "brand", "price", "old_price", "currency", "availability", "quantity", "images", "attributes", "categories",
            "prices", "stocks", "extra", "weight", "mpn", "tags", "condition")


def history(seed, features, undo_chance=0.2):
    """`features`: what the program accepts, of model_driver.probe_features. `undo_chance`: that there is an undo, or a further one, after a run."""
    return (TidyGenerator if seed % 3 == 0 else Generator)(random.Random(seed), features, undo_chance).history()


class Generator:
    """Suppliers and people of all kinds: much is faulty, and changes from run to run."""

    two_jobs, edits, other_configs = 0.45, 0.2, 0.15

    def __init__(self, rng, features, undo_chance):
        self.rng = rng
        self.undo_chance = undo_chance
        self.features = features

    def chance(self, probability):
        return self.rng.random() < probability

    def pick(self, items):
        return self.rng.choice(items)

    def history(self):
        rng = self.rng
        jobs = ["a", "b"] if self.chance(self.two_jobs) else ["a"]
        configs = {job: self.config() for job in jobs}
        feeds = {job: self.feed(configs[job]) for job in jobs}
        steps = []
        for number in range(rng.randint(3, 8)):
            job = self.pick(jobs)
            if number and self.chance(self.edits):
                steps.append(self.edit())
            if number and self.chance(self.other_configs):
                self.change_config(configs[job])
            if number and not self.chance(0.15):
                feeds[job] = self.changed(feeds[job])
            step = {"do": "run", "job": job, "config": copy.deepcopy(configs[job]), "feed": copy.deepcopy(feeds[job])}
            step["checks"] = [check for check, probability in (("dry", 0.15), ("full", 0.25), ("copy", 0.2)) if self.chance(probability)]
            steps.append(step)
            while "undo" in self.features and self.chance(self.undo_chance):
                steps.append(self.undo())
        return {"steps": steps}

    def undo(self):
        if self.chance(0.3):
            return {"do": "undo"}
        step = {"do": "undo", "back": self.pick((0, 0, 1, 1, 2, 3, 4))}
        if self.chance(0.3):
            step["keep_later"] = True
        return step

    # Configuration

    def config(self):
        config = {"missing": self.pick(("mark", "mark", "delete", "keep"))}
        config["dialect"] = self.pick(("yml", "yml", "parent", "google", "strict", "strict_parent"))
        if self.chance(0.5):
            config["default_currency"] = self.pick(("EUR", "USD"))
        if self.chance(0.4):
            config["removes"] = True
        if self.chance(0.15):
            config["id_prefix"] = "x-"
        if self.chance(0.15):
            config["category_prefix"] = "x-"
        for key in POLICIES:
            if key in self.features and self.chance(0.3):
                config[key] = self.policy(key)
        return config

    def policy(self, key):
        if key in ("on_absent", "on_empty") and self.chance(0.5):
            fields = self.rng.sample(KEEPABLE, self.rng.randint(1, 3))
            return {"default": self.pick(("keep", "clear")), **{field: self.pick(("keep", "clear")) for field in fields}}
        return self.pick(POLICIES[key])

    def change_config(self, config):
        known = [key for key in POLICIES if key in self.features]
        if known and self.chance(0.5):
            key = self.pick(known)
            if config.pop(key, None) is None or self.chance(0.5):
                config[key] = self.policy(key)
            return
        key = self.pick(("missing", "missing", "default_currency", "id_prefix", "dialect"))
        if key == "dialect" and config["dialect"] != "google":
            config["dialect"] = self.pick(("yml", "parent", "strict", "strict_parent"))
        elif key == "id_prefix":
            if not config.pop("id_prefix", None):
                config["id_prefix"] = "x-"
        elif key != "dialect":
            config[key] = self.pick({"missing": ("keep", "mark", "delete"), "default_currency": ("EUR", "USD")}[key])

    # Feeds

    def feed(self, config):
        layout = "google" if config["dialect"] == "google" else "yml"
        feed = {"format": layout, "records": [self.record(layout) for _ in range(self.rng.randint(1, 8))]}
        if layout == "yml":
            if self.chance(0.3):
                feed["layout"] = self.pick(("json", "csv"))
            feed["currency"] = self.pick((None, "EUR", "UAH"))
            feed["categories"] = [self.category() for _ in range(self.rng.randint(0, 5))]
        return feed

    def category(self):
        category = {"name": self.pick(CATEGORY_NAMES + ("",))}
        if not self.chance(0.04):
            category["id"] = self.pick(CATEGORY_IDS)
        if self.chance(0.6):
            category["parent"] = self.pick(CATEGORY_IDS + ("", "0", "99"))
        return category

    def record(self, layout):
        record = {}
        for field in ["id", *self.fields(layout)]:
            self.set_field(record, layout, field)
        return record

    def fields(self, layout):
        common = ["group", "name", "description", "brand", "url", "price", "availability", "quantity", "images", "categories", "attributes", "more"]
        return common + (["old_price", "currency", "cost", "weight", "hidden", "stocks", "mpn"] if layout == "yml"
                         else ["sale_price", "sale_dates", "condition", "tags"])

    def set_field(self, record, layout, field):
        """Give a field a new value, or none: most are absent, some are empty."""
        record.pop(field, None)
        often = {"id": 0.96, "name": 0.85, "price": 0.85, "group": 0.5, "categories": 0.6, "attributes": 0.4}
        if not self.chance(often.get(field, 0.2)):
            return
        value = self.value(layout, field)
        if value is not None and value != []:
            record[field] = value

    def value(self, layout, field):
        if field not in ("id", "more", "attributes", "images", "tags", "categories", "stocks", "availability", "sale_dates") and self.chance(0.1):
            return ""
        rng = self.rng
        google = layout == "google"
        if field == "availability":
            return self.pick(AVAILABILITY[layout])
        if field in ("price", "old_price", "sale_price"):
            price = self.pick(PRICES)
            return f"{price} {self.pick(('EUR', 'USD'))}" if google and price and self.chance(0.6) and price[0] != "s" else price
        if field == "categories":
            return [self.pick(PATHS if google else CATEGORY_IDS + ("",)) for _ in range(rng.randint(1, 3))]
        if field == "attributes":
            names = rng.sample(("color", "size", "material"), rng.randint(1, 3))
            if google:
                return [[name, self.pick(("x", "y", ""))] for name in sorted(names, key=("color", "size", "material").index)]
            return [[self.pick(("c", "s", "")), self.pick(("x", "y", "")), self.pick((None, None, "cm"))] for _ in names]
        if field == "stocks":
            return [[self.pick(("north", "south")), self.pick(("0", "5"))] for _ in range(rng.randint(1, 2))]
        if field in ("images", "tags"):
            return [self.pick(("http://a.example/1", "http://a.example/2", "3.jpg", "")) if field == "images" else self.pick(("t", "u", ""))
                    for _ in range(rng.randint(1, 2))]
        if field == "more":
            return [[self.pick(("foo", "bar")), self.pick(("1", "2", ""))] for _ in range(rng.randint(1, 2))]
        return self.pick({
            "id": ITEM_IDS + (" ", "1", "2"), "group": GROUP_IDS, "name": NAMES, "description": ("d", "e"), "brand": ("V", "W"), "mpn": ("m", "n"),
            "url": ("http://a.example/u", "/u"), "quantity": ("0", "5", "0.5", "many"), "cost": ("3", "4"), "weight": ("0.5", "2"),
            "currency": ("EUR", "USD", "XXZ"), "hidden": ("true", "false", "perhaps"), "condition": ("new", "used", "odd"),
            "sale_dates": ("2026-01-01T00:00Z/2026-02-01T00:00Z", "2026-03-01T00:00+02:00/2026-03-02T00:00+02:00", "soon", ""),
        }[field])

    def changed(self, feed):
        """The supplier's next version of a feed."""
        feed = copy.deepcopy(feed)
        records = feed["records"]
        for _ in range(self.rng.randint(1, 3)):
            what = self.rng.random()
            if what < 0.4 and records:
                record = self.pick(records)
                self.set_field(record, feed["format"], self.pick(self.fields(feed["format"])))
            elif what < 0.55 and records:
                records.remove(self.pick(records))
            elif what < 0.7 and len(records) < 12:
                records.insert(self.rng.randint(0, len(records)), self.record(feed["format"]))
            elif what < 0.78 and records:
                records.append(copy.deepcopy(self.pick(records)))
            elif what < 0.84:
                self.rng.shuffle(records)
            elif what < 0.88 and records:
                self.set_field(self.pick(records), feed["format"], "id")
            elif feed["format"] == "yml":
                self.change_categories(feed)
        return feed

    def change_categories(self, feed):
        categories = feed["categories"]
        what = self.rng.random()
        if what < 0.35 and categories:
            categories.remove(self.pick(categories))
        elif what < 0.7 and categories:
            categories[self.rng.randrange(len(categories))].update(self.category())
        elif what < 0.9:
            categories.insert(self.rng.randint(0, len(categories)), self.category())
        else:
            feed["currency"] = self.pick((None, "EUR", "UAH"))

    # Edits by hand

    def edit(self):
        table = self.pick(("sku", "sku", "product", "category"))
        identifier = self.pick(CATEGORY_IDS + ("A", "A > B") if table == "category" else ITEM_IDS + GROUP_IDS)
        step = {"do": "sql", "table": table, "id": identifier, "set": None}
        if self.chance(0.6):
            column = self.pick({"sku": ("name", "price_micros", "status", "product_id", "suppressed", "availability", "quantity_micros"),
                                "product": ("name", "status", "suppressed", "brand"), "category": ("name", "status", "suppressed", "parent_id")}[table])
            step["set"] = {column: self.pick({
                "name": ("By hand", None), "price_micros": (1, 99000000, None), "status": ("missing", "hidden", "active"), "product_id": GROUP_IDS,
                "suppressed": (0, 1), "availability": ("discontinued", None), "quantity_micros": (3000000, None), "brand": ("Hand", None),
                "parent_id": CATEGORY_IDS + (None,)}[column])}
        return step


# Words that somebody complains about.
FAULTY = {"", " ", " > ", "0", "-5", "soon", "perhaps", "many", "odd", "XXZ", "/u", "3.jpg"}
TIDY_IDS = ITEM_IDS + tuple(str(number) for number in range(20, 32))


class TidyGenerator(Generator):
    """A supplier of whole records with ids of their own, of which few change from run to run: most of them are known."""

    two_jobs, edits, other_configs = 0.2, 0.06, 0.05

    def config(self):
        config = super().config()
        config["dialect"] = self.pick(("yml", "yml", "parent", "google"))
        config.setdefault("default_currency", "EUR")
        for key in ("scope", "mode"):
            if self.chance(0.9):
                config.pop(key, None)
        return config

    def feed(self, config):
        feed = super().feed(config)
        feed["records"] += [self.record(feed["format"]) for _ in range(4)]
        if "categories" in feed:
            feed["categories"] = [{"id": identifier, "name": self.pick(CATEGORY_NAMES)} for identifier in CATEGORY_IDS]
        return self.tidied(feed)

    def changed(self, feed):
        return self.tidied(super().changed(feed))

    def tidied(self, feed):
        """No id twice, most of the time; what is complained about is left out."""
        records, ids = [], set()
        for record in feed["records"]:
            if record.get("id", "") not in FAULTY and (record["id"] not in ids or self.chance(0.1)):
                ids.add(record["id"])
                records.append(record)
        return {**feed, "records": records}

    def record(self, layout):
        return {**super().record(layout), "id": self.pick(TIDY_IDS), "name": self.pick(NAMES), "price": self.pick(("10", "12.50", "7"))}

    def fields(self, layout):
        return [field for field in super().fields(layout) if field not in ("old_price", "sale_price", "sale_dates")]

    def value(self, layout, field):
        for _ in range(8):
            value = super().value(layout, field)
            if not FAULTY & set(leaves(value)):
                return value
        return None


def leaves(value):
    """The texts of a value, however deep."""
    if isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif value is not None:
        yield value
