"""What an undo does to a catalogue, by what its run did: the state before it, the state after it, and what has become of both since.

The judge of design §8 and importer/store/undo.h, written from what they promise: each field, holder and count of absent runs that the run changed gets its
value back, what it deleted returns, what it created goes. In the way is what runs or people have touched since:

  - a field, holder or count that is no longer what the run left; a row that the run changed and that is gone, even if one of its id was made since; one that
    it deleted and that is there again, or whose creator has been undone since;
  - a created item of which anything was changed since, by a run or by hand; a created item that is gone is not in the way;
  - a created item that what stays needs because of a later run: an SKU its product, a product or a category the category it is in;
  - an SKU that would be there again, where a later run has taken its product away.

With conflicts nothing is undone, or (`keep_later`) all but what is in conflict.

Question: a field that a later run changed, and another one changed back? It is what the run left: no conflict.
Question: what is derived (paths, products that nobody states)? Fields like others: the next run of a job makes anew what does not fit any more.
"""

import copy

from model_derive import is_present
from model_feed import OFFER_FIELDS

KINDS = ("categories", "products", "skus")
NAMES = {"categories": "category", "products": "product", "skus": "sku"}


class Snapshot:
    """A state, and of each item the run that made it."""

    def __init__(self, state, made):
        self.state = copy.deepcopy(state)
        self.made = dict(made)

    def row(self, kind, identifier):
        """The fields of an item, those without a value left out; None where it is not there."""
        row = self.state[kind].get(identifier)
        if row is None:
            return None
        fields = {field: value for field, value in row.items() if field not in ("holders", "offer")}
        fields |= {("offer", field): value for field, value in (row.get("offer") or {}).items()}
        return {field: value for field, value in fields.items() if value is not None and value != []}

    def sides(self):
        """What hangs on items: {(kind, item, what, job): value}."""
        found = {(kind, identifier, "absent", job): runs for (job, kind, identifier), runs in self.state["absent"].items() if identifier in self.state[kind]}
        for identifier, row in self.state["categories"].items():
            found |= {("categories", identifier, "holder", job): True for job in row["holders"]}
        return found

    def items(self):
        return {(kind, identifier) for kind in KINDS for identifier in self.state[kind]}


def made_after(before, state, run_id):
    """Who made the items of `state`, which the run made of the snapshot `before`."""
    return {(kind, identifier): before.made.get((kind, identifier), run_id) for kind in KINDS for identifier in state[kind]}


class Event:
    """A step of the past: an applied run (`undoes`: the run that it took back), or an edit by hand (`edited`: the item; run_id is None)."""

    def __init__(self, before, after, run_id=None, undoes=None, edited=None):
        self.before = before
        self.after = after
        self.run_id = run_id
        self.undoes = undoes
        self.edited = edited


def undone_by(events, run_id):
    """The undo that holds of a run, or None: an undo that is undone itself does not hold."""
    found = None
    for event in events:
        if event.undoes == run_id and undone_by(events, event.run_id) is None:
            found = event.run_id
    return found


def undo(events, run_id, now, keep_later=False):
    """(snapshot afterwards, items in conflict) of the undo of a run, which is among the events. `now` stays as it is."""
    attempt = Undo(events, run_id, now)
    attempt.take_back()
    if attempt.conflicts and not keep_later:
        return now, attempt.conflicts
    return attempt.result, attempt.conflicts


class Undo:
    def __init__(self, events, run_id, now):
        at = next(index for index, event in enumerate(events) if event.run_id == run_id)
        self.events = events
        self.run_id = run_id
        self.before, self.after = events[at].before, events[at].after
        self.since = events[at + 1:]
        self.later = [event for event in events[at + 1:] if event.run_id is not None]
        self.edited = {event.edited for event in events[at + 1:] if event.run_id is None}
        self.now = now
        self.result = Snapshot(now.state, now.made)
        self.conflicts = set()
        self.staying = set()

    def take_back(self):
        self.going = self.find_created()
        sides = self.side_changes()
        for key, (was, is_left) in sides.items():
            if is_left is not None and key[:2] not in self.going | self.staying:
                self.take_side_back(key, was, is_left)
        for kind in KINDS:
            for identifier in sorted(self.before.state[kind]):
                self.take_item_back(kind, identifier)
        for key, (was, is_left) in sides.items():
            if is_left is None:
                self.bring_side_back(key, was)
        self.keep_what_is_needed()
        for kind, identifier in self.going:
            self.delete(kind, identifier)

    def obstruct(self, item):
        self.conflicts.add((NAMES[item[0]], item[1]))

    def is_same(self, snapshot, item):
        """Is the item there that the run left, or had deleted, and no other one in its place?"""
        return item in snapshot.made and snapshot.made[item] == (self.after if item in self.after.made else self.before).made[item]

    # What the run created

    def find_created(self):
        going = set()
        for item in sorted(self.after.items() - self.before.items()):
            if not self.is_same(self.now, item):
                continue  # gone, or made again by a later run
            if self.facts(self.now, item) != self.facts(self.after, item) or item in self.edited:
                self.obstruct(item)
                self.staying.add(item)
            else:
                going.add(item)
        return going

    def facts(self, snapshot, item):
        return snapshot.row(*item), {key: value for key, value in snapshot.sides().items() if key[:2] == item}

    def keep_what_is_needed(self):
        while True:
            needed = {item for item in self.going if self.is_needed(*item)}
            if not needed:
                return
            for item in needed:
                self.obstruct(item)
            self.going -= needed
            self.staying |= needed

    def is_needed(self, kind, identifier):
        if kind == "products":
            return self.has_user("skus", "product", lambda row: row.get("product") == identifier)
        if kind == "categories":
            return (self.has_user("products", "categories", lambda row: identifier in row.get("categories", ()))
                    or self.has_user("categories", "parent", lambda row: row.get("parent") == identifier))
        return False

    def has_user(self, kind, field, uses):
        for identifier in self.result.state[kind]:
            item = (kind, identifier)
            row = self.result.row(*item)
            if is_present(row) and uses(row) and item not in self.going and (
                    self.result.made[item] > self.run_id or item in self.staying
                    or self.is_changed_by_later(item, field) or self.is_changed_by_later(item, "status")):
                return True
        return False

    def is_changed_by_later(self, item, field):
        """Is the field of the item not what the run left, and has a later run changed it?"""
        for event in self.later:
            before, after = event.before.row(*item), event.after.row(*item)
            if before is not None and (after is None or before.get(field) != after.get(field)):
                return before.get(field) != self.result.row(*item).get(field)
        return False

    def delete(self, kind, identifier):
        del self.result.state[kind][identifier]
        del self.result.made[kind, identifier]
        absent = self.result.state["absent"]
        for key in [key for key in absent if key[1:] == (kind, identifier)]:
            del absent[key]

    # What the run changed and deleted

    def take_item_back(self, kind, identifier):
        item = (kind, identifier)
        before, after = self.before.row(*item), self.after.row(*item)
        if after is None:
            self.bring_back(item)
        elif before != after:
            if not self.is_same(self.now, item):
                self.obstruct(item)
            else:
                self.change_back(item, before, after)

    def bring_back(self, item):
        kind, identifier = item
        row = copy.deepcopy(self.before.state[kind][identifier])
        creator_undo = undone_by(self.events, self.before.made[item])
        if self.now.row(*item) is not None or (creator_undo or 0) > self.run_id or self.has_lost_product(kind, row):
            self.obstruct(item)
            return
        if kind == "categories":
            row["holders"] = set()  # they come back one by one
        self.result.state[kind][identifier] = row
        self.result.made[item] = self.before.made[item]

    def change_back(self, item, before, after):
        kind, identifier = item
        now = self.now.row(*item)
        row = copy.deepcopy(self.now.state[kind][identifier])
        changed = [field for field in before.keys() | after.keys() if before.get(field) != after.get(field)]
        undone = [field for field in changed if now.get(field) == after.get(field)]
        if len(undone) < len(changed):
            self.obstruct(item)
        for field in undone:
            if isinstance(field, tuple):
                row["offer"] = {**dict.fromkeys(OFFER_FIELDS), **row["offer"], field[1]: before.get(field)}
            else:
                row[field] = copy.deepcopy(before.get(field))
        if kind == "products":  # only one that is stated has price and stock of its own
            row["offer"] = {**dict.fromkeys(OFFER_FIELDS), **row["offer"]} if row["origin"] == "stated" else {}
        if {"product", "status"} & set(undone) and self.has_lost_product(kind, row):
            self.obstruct(item)
            return
        row.pop("holders", None)
        self.result.state[kind][identifier].update(row)

    def has_lost_product(self, kind, row):
        """An SKU that is to be there: has a later run taken its product away?"""
        if kind != "skus" or not is_present(row):
            return False
        item = ("products", row["product"])
        if is_present(self.result.row(*item)):
            return False
        for event in self.later:
            before, after = event.before.row(*item), event.after.row(*item)
            if before is not None and (after is None or before["status"] != after["status"]):
                return is_present(before)
        return False

    # Holders, and runs in which an item was absent

    def side_changes(self):
        before, after = self.before.sides(), self.after.sides()
        made = self.after.items() - self.before.items()
        return {key: (before.get(key), after.get(key)) for key in sorted(before.keys() | after.keys())
                if before.get(key) != after.get(key) and key[:2] not in made}

    def take_side_back(self, key, was, is_left):
        item = key[:2]
        if not self.is_same(self.now, item):
            if was is not None or not self.is_deleted_by_hand(item):
                self.obstruct(item)
        elif self.now.sides().get(key) != is_left:
            self.obstruct(item)
        else:
            self.put_side(key, was)

    def is_deleted_by_hand(self, item):
        """Was it a person who deleted the item that the run left?"""
        return next(event.run_id is None for event in self.since if self.is_same(event.before, item) and not self.is_same(event.after, item))

    def bring_side_back(self, key, was):
        item = key[:2]
        if not self.is_same(self.result, item) or key in self.now.sides():
            self.obstruct(item)
        else:
            self.put_side(key, was)

    def put_side(self, key, value):
        kind, identifier, what, job = key
        if what == "absent":
            self.result.state["absent"].pop((job, kind, identifier), None)
            if value is not None:
                self.result.state["absent"][job, kind, identifier] = value
        elif value is None:
            self.result.state["categories"][identifier]["holders"].discard(job)
        else:
            self.result.state["categories"][identifier]["holders"].add(job)
