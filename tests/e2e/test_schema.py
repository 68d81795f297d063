"""The JSON Schemas beside the program say what the program accepts."""

import importlib.util
import json
import unittest

from support import ROOT, Case

SCHEMAS = {"feedmill": ROOT / "schema/feedmill.schema.json", "job": ROOT / "schema/job.schema.json",
           "connection": ROOT / "schema/connection.schema.json"}

# A job's keys as YAML would give them, and whether both program and schema take them.
JOBS = (
    ({}, True),
    ({"catalog": "staging"}, True),
    ({"catalog": "no blanks"}, False),
    ({"missing": "delete"}, True),
    ({"missing": "purge"}, False),
    ({"missing": {"action": "mark", "after": 1}}, True),
    ({"missing": {"action": "mark", "runs": 1}}, False),
    ({"default_currency": "EUR"}, True),
    ({"default_currency": "euro"}, False),
    ({"decimal_sign": ","}, True),
    ({"decimal_sign": ";"}, False),
    ({"timezone": "+02:00"}, True),
    ({"timezone": "+2"}, False),
    ({"timezone": "Europe/Warsaw"}, True),
    ({"timezone": "Europe//Warsaw"}, False),
    ({"schedule": "30 2 * * *"}, True),
    ({"schedule": {"every": "15m"}}, True),
    ({"schedule": {"every": "often"}}, False),
    ({"schedule": {"plan": {"hours": [2, 3], "weekdays": "mon", "nth": ["first", 3]}}}, True),
    ({"schedule": {"plan": {"hours": 24}}}, False),
    ({"schedule": {"plan": {"days": 2}}}, False),
    ({"schedule": {"cron": "0 4 * * *", "every": "1h"}}, False),
    ({"retry": {"attempts": 5, "delay": "30s"}}, True),
    ({"retry": {"attempts": 0}}, False),
    ({"on_failure": ["notify", "acme"]}, True),
    ({"on_failure": "notify"}, False),
    ({"overlap": "queue", "catch_up": "none", "jitter": "10m", "after": ["other"]}, True),
    ({"overlap": "kill"}, False),
    ({"max_bytes": "4GiB"}, True),
    ({"max_bytes": 1000}, True),
    ({"max_bytes": "4 apples"}, False),
    ({"timeout": "1h 30m"}, True),
    ({"timeout": "soon"}, False),
    ({"network": "private"}, True),
    ({"network": "any"}, False),
    ({"dialect": {"name": "yml", "group_id": "parent"}}, True),
    ({"dialect": {"group_id": "parent"}}, False),
    ({"mode": "add", "scope": "skus", "duplicates": "last", "categories": "ignore", "unknown_fields": "drop"}, True),
    ({"mode": "merge"}, False),
    ({"on_absent": "keep", "on_empty": {"default": "clear", "description": "keep"}}, True),
    ({"on_absent": {"description": "maybe"}}, False),
    ({"take_over": "other"}, True),
    ({"take_over": ["other", "third"]}, True),
    ({"take_over": {"job": "other"}}, False),
    ({"lenient": True}, True),
    ({"lenient": "often"}, False),
    ({"language": "pt-BR", "scope": "texts"}, True),
    ({"language": "Portuguese of Brazil"}, False),
    ({"guards": "off"}, True),
    ({"guards": "some"}, False),
    ({"guards": {"removed": {"percent": 2.5, "count": 10, "max": 100, "below_high": "off", "action": "fail"}, "prices": "off"}}, True),
    ({"guards": {"rejected": {"action": "report"}}}, True),
    ({"guards": {"rejected": {"action": "ignore"}}}, False),
    ({"guards": {"removed": {"percent": "many"}}}, False),
    ({"guards": {"removed": {"count": 0}}}, False),
    ({"guards": {"removed": {"percent": "off"}}}, False),
    ({"guards": {"removed": {"min": 1}}}, False),
    ({"guards": {"remove": {"percent": 10}}}, False),
    ({"guards": {"records": {"min": 1}, "prices": {"change": 120}}}, True),
    ({"whole": "length"}, True),
    ({"whole": ["length", "end_of_document"]}, True),
    ({"whole": "checksum"}, False),
    ({"mising": "mark"}, False),
)


# The same of connections.
CONNECTIONS = (
    ({"kind": "none"}, True),
    ({"kind": "none", "allowed_url": "https://feeds.example/", "redirect_outside": "deny", "insecure_http": True, "allow_upgrade": "false"}, True),
    ({"kind": "none", "user": "shop"}, False),
    ({"kind": "elephant"}, False),
    ({}, False),
    ({"kind": "none", "insecure_http": "maybe"}, False),
    ({"kind": "basic", "user": "shop", "password": "env:FEEDMILL_SECRET"}, True),
    ({"kind": "basic", "user": 17, "password": {"command": ["printf", "secret"]}}, True),
    ({"kind": "basic", "user": "shop", "password": "secret"}, False),
    ({"kind": "basic", "user": "shop", "password": {"command": []}}, False),
    ({"kind": "bearer", "token": "env:FEEDMILL_SECRET"}, True),
    ({"kind": "bearer"}, False),
    ({"kind": "api_key", "in": "query", "name": "key", "value": "env:FEEDMILL_SECRET"}, True),
    ({"kind": "api_key", "in": "body", "name": "key", "value": "env:FEEDMILL_SECRET"}, False),
    ({"kind": "headers", "headers": {"X-Key": "env:FEEDMILL_SECRET", "Accept": {"text": "text/xml"}}, "latin1": True}, True),
    ({"kind": "headers", "headers": {"X-Key": {"value": "x"}}}, False),
    ({"kind": "headers", "headers": {}}, False),
    ({"kind": "hmac", "preset": "timestamp-target", "header": "X-Sign", "extra_headers": {"X-Time": "{timestamp}"}, "secret": "env:FEEDMILL_SECRET"}, True),
    ({"kind": "hmac", "preset": "gitlab", "secret": "env:FEEDMILL_SECRET"}, False),
    ({"kind": "hmac", "preset": "rfc9421", "key_id": "a", "secret": "env:FEEDMILL_SECRET", "previous_secret": "env:FEEDMILL_SECRET", "previous_key_id": 17,
      "previous_until": "2027-01-31"}, True),
    ({"kind": "jwt", "issuer": "us", "key": {"command": ["openssl", "ecparam", "-name", "secp384r1", "-genkey"]}, "claims": {"aud": "x", "level": 3},
      "lifetime": "1h", "issued_at": True, "scheme": ""}, True),
    ({"kind": "jwt", "issuer": "us", "key": "env:FEEDMILL_SECRET", "algorithm": "HS256"}, False),
    ({"kind": "jwt", "issuer": "us", "key": "env:FEEDMILL_SECRET", "claims": ["aud"]}, False),
    ({"kind": "jwt", "key": "env:FEEDMILL_SECRET"}, False),
    ({"kind": "role_token", "token": "env:FEEDMILL_SECRET", "provider": "p", "subscription_id": 17, "header": "X-Role"}, True),
    ({"kind": "role_token", "token": "env:FEEDMILL_SECRET", "provider": "p"}, False),
    ({"kind": "aws_sigv4", "access_key_id": "A", "secret_access_key": "env:FEEDMILL_SECRET", "region": "eu-central-1", "service": "s3", "s3_rules": True}, True),
    ({"kind": "aws_sigv4", "access_key_id": "A", "secret_access_key": "env:FEEDMILL_SECRET", "region": "eu-central-1"}, False),
    ({"kind": "digest", "user": "shop", "password": "env:FEEDMILL_SECRET"}, True),
    ({"kind": "mtls", "certificate": "a.pem"}, False),
)


class Schema(Case):
    def test_each_schema_is_the_programs_own(self):
        for name, path in SCHEMAS.items():
            with self.subTest(schema=name):
                printed = self.feedmill("help", "--schema", name, store=False)
                self.assertEqual(printed.status, 0, printed.err)
                self.assertEqual(json.loads(printed.out), json.loads(path.read_text()), f"run: feedmill help --schema {name} | python3 -m json.tool > {path}")

    def test_an_unknown_schema_is_a_usage_error(self):
        self.assertEqual(self.feedmill("help", "--schema", "store", store=False).status, 2)

    @unittest.skipUnless(importlib.util.find_spec("jsonschema"), "the package python3-jsonschema is not here")
    def test_program_and_schema_take_the_same_jobs(self):
        import jsonschema

        validator = jsonschema.Draft202012Validator(json.loads(SCHEMAS["job"].read_text()))
        for keys, accepted in JOBS:
            with self.subTest(job=keys):
                job = {"source": "https://feeds.example/full.xml", **keys}
                self.write("feedmill.yaml", "jobs: jobs\n")
                self.write("jobs/acme.yaml", json.dumps(job))  # JSON is YAML
                self.write("jobs/other.yaml", "source: other.xml\n")  # that 'after' can name
                self.assertEqual(validator.is_valid(job), accepted, "schema")
                checked = self.feedmill("check", store=False)
                self.assertEqual(checked.status == 0, accepted, checked.err)

    @unittest.skipUnless(importlib.util.find_spec("jsonschema"), "the package python3-jsonschema is not here")
    def test_program_and_schema_take_the_same_connections(self):
        import jsonschema

        validator = jsonschema.Draft202012Validator(json.loads(SCHEMAS["connection"].read_text()))
        self.environment["FEEDMILL_SECRET"] = "secret"
        for connection, accepted in CONNECTIONS:
            with self.subTest(connection=connection):
                self.write("feedmill.yaml", "connections: connections\n")
                self.write("connections/acme.yaml", json.dumps(connection))
                self.assertEqual(validator.is_valid(connection), accepted, "schema")
                checked = self.feedmill("check", store=False)
                self.assertEqual(checked.status == 0, accepted, checked.err)

    @unittest.skipUnless(importlib.util.find_spec("jsonschema") and importlib.util.find_spec("yaml"), "python3-jsonschema or python3-yaml is not here")
    def test_every_shipped_dialect_fits_the_schema_of_dialects(self):
        import jsonschema
        import yaml

        validator = jsonschema.Draft202012Validator(json.loads((ROOT / "schema/dialect.schema.json").read_text()))
        for path in sorted((ROOT / "schema/dialects").glob("*.yaml")):
            with self.subTest(dialect=path.name):
                self.assertEqual([error.message for error in validator.iter_errors(yaml.safe_load(path.read_text()))], [])

    @unittest.skipUnless(importlib.util.find_spec("jsonschema"), "the package python3-jsonschema is not here")
    def test_the_schema_of_dialects_refuses_what_the_program_refuses(self):
        import jsonschema

        validator = jsonschema.Draft202012Validator(json.loads((ROOT / "schema/dialect.schema.json").read_text()))
        record = {"path": "/a/b", "kind": "sku", "fields": {"id": "@id"}}
        for changed in ({"kind": "offer"}, {"feilds": {}}, {"fields": {"prize": "p"}}, {"fields": {"name": {"form": "n"}}}, {"product": {"rule": "none"}}):
            with self.subTest(record=changed):
                self.assertTrue(validator.is_valid({"format": "xml", "records": {"b": record}}))
                self.assertFalse(validator.is_valid({"format": "xml", "records": {"b": {**record, **changed}}}))
                self.write("feedmill.yaml", "dialects: dialects\n")
                self.write("dialects/mine.yaml", json.dumps({"format": "xml", "records": {"b": {**record, **changed}}}))
                self.assertEqual(self.feedmill("check", store=False).status, 2)

    def test_a_job_needs_a_source(self):
        self.assertIn("source", json.loads(SCHEMAS["job"].read_text())["required"])


if __name__ == "__main__":
    unittest.main()
