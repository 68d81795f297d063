"""Random histories through the program, judged by the model (tests/model.py): a bounded number of them, and the ones that once differed."""

import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import support  # noqa: E402

os.environ.setdefault("FEEDMILL_BINARY", support.BINARY)

import model  # noqa: E402
import model_driver  # noqa: E402
import model_history  # noqa: E402
import model_store  # noqa: E402

HISTORIES = int(os.environ.get("FEEDMILL_HISTORIES", "12" if support.SANITIZED else "60"))
SEEDS = pathlib.Path(__file__).with_name("model_seeds.json")


class ModelTest(unittest.TestCase):
    """The program and the model agree."""

    @classmethod
    def setUpClass(cls):
        cls.program = model_driver.Program()
        cls.addClassCleanup(cls.program.close)
        cls.judge = model_driver.Judge(cls.program)

    def judge_history(self, history):
        try:
            self.judge.play(history)
        except model_store.Difference as difference:
            self.fail(model_driver.explain(history, str(difference)))

    def test_random_histories_agree_after_every_step(self):
        features = model_driver.probe_features()
        for seed in range(1, HISTORIES + 1):
            with self.subTest(seed=seed):
                self.judge_history(model_history.history(seed, features))
        self.assertGreater(self.judge.known, HISTORIES // 2, "too few records were known")

    def test_histories_that_once_differed_agree(self):
        for name, history in json.loads(SEEDS.read_text(encoding="utf-8")).items():
            with self.subTest(name):
                self.judge_history(history)

    def test_a_changed_price_in_the_store_is_a_difference(self):
        """The judge can fail: an edit that the model does not know of is found."""
        feed = {"format": "yml", "records": [{"id": "1", "price": "10"}]}
        step = {"do": "run", "job": "a", "config": {"missing": "mark", "dialect": "yml"}, "feed": feed, "checks": []}
        self.judge.play({"steps": [step]})
        model_store.write_edit(self.program.store, {"table": "sku", "id": "1", "set": {"price_micros": 1}})
        with self.assertRaisesRegex(model_store.Difference, "only the store: .*'1', '1'"):
            model_store.compare_tables(model_store.tables_of(self.judge.state), model_store.read_tables(self.program.store), ("the model", "the store"))

    def test_a_difference_is_made_small(self):
        """Of a history that differs by one record, that record is left."""
        records = [{"id": str(number), "price": "10", "name": "x"} for number in range(5)]
        steps = [{"do": "run", "job": "a", "config": {"missing": "mark", "dialect": "yml", "default_currency": "EUR"}, "checks": [],
                  "feed": {"format": "yml", "records": records, "categories": [{"id": "1", "name": "Things"}]}}] * 2

        class Picky:
            """A judge that minds the record 3 in any feed."""

            def play(self, history):
                for step in history["steps"]:
                    if any(record.get("id") == "3" for record in step["feed"]["records"]):
                        raise model_store.Difference("3 is there")

        small, message = model_driver.minimise(Picky(), {"steps": steps}, "3 is there")
        self.assertEqual(message, "3 is there")
        self.assertEqual([step["feed"]["records"] for step in small["steps"]], [[{"id": "3"}]])


class ConvergenceTest(unittest.TestCase):
    """Design §1.4c, of the model itself: as the program agrees with it, it holds for the program."""

    def test_what_is_there_equals_a_fresh_import(self):
        """One job, upsert, everything, mark or delete after one run: no trace of earlier feeds."""
        for seed in range(1, 400):
            state, last = model.empty_state(), None
            steps = [step for step in model_history.history(seed, set())["steps"] if step["do"] == "run" and step["job"] == "a"]
            for step in steps:
                step["config"]["missing"] = "mark" if seed % 2 else "delete"
                state, outcome = model.apply(state, "a", step["feed"], model_driver.policy_of("a", step["config"]))
                last = step, outcome
            if last is None or last[1].records["rejected"]:
                continue
            fresh, _ = model.apply(model.empty_state(), "a", last[0]["feed"], model_driver.policy_of("a", last[0]["config"]))
            with self.subTest(seed=seed):
                for kind in model.KINDS:
                    present = {identifier: row for identifier, row in state[kind].items() if model.is_present(row)}
                    self.assertEqual(present, fresh[kind])


if __name__ == "__main__":
    unittest.main()
