/* Files of connections: what is taken, and each mistake with its place and without what may be a secret. */
#include "connection_tests.h"
#include "support/allocation.h"

#include "connection/kind.h"
#include "connection/load.h"

#include <stdlib.h>
#include <string.h>

struct loaded {
	struct arena arena;
	struct connection connection;
	struct config_problems problems;
	int outcome;
};

static void load(const char *yaml, struct loaded *loaded)
{
	struct error err = ERROR_INIT;
	const struct connection_text text = {.name = "acme", .file = "connections/acme.yaml", .text = slice_from(yaml)};
	arena_init(&loaded->arena, (size_t)1 << 24);
	config_problems_init(&loaded->problems);
	loaded->outcome = connection_read(&text, &loaded->arena, &loaded->connection, &loaded->problems, &err);
	if (loaded->outcome < 0)
		fail_msg("%s: %s", yaml, err.message);
}

static void unload(struct loaded *loaded)
{
	if (loaded->outcome == 1 && loaded->connection.has_allowed_url)
		allowed_url_release(&loaded->connection.allowed_url);
	config_problems_release(&loaded->problems);
	arena_release(&loaded->arena);
}

static void connections_of_every_kind_are_read(void **state)
{
	static const struct {
		const char *yaml;
		const char *kind;
	} rows[] = {
		{"kind: none\n", "none"},
		{"kind: none\nallowed_url: https://a.example/\n", "none"},
		{"kind: basic\ndescription: Acme's feed host\nallowed_url: https://feeds.acme.example/\nuser: shop-17\npassword: vault:acme\n",
	         "basic"},
		{"kind: basic\nuser: \"J\xc3\xbcrgen\"\npassword: {command: [pass, \"a b\"]}\n", "basic"},
		{"kind: basic\nuser_secret: credential:key\n", "basic"},
		{"kind: bearer\ntoken: env:TOKEN\n", "bearer"},
		{"kind: api_key\nin: header\nname: X-Api-Key\nvalue: file:key\n", "api_key"},
		{"kind: api_key\nin: query\nname: \"key of mine\"\nvalue: file:key\n", "api_key"},
		{"kind: headers\nheaders:\n  Authorization: vault:a\n  X-Shop: {text: 17}\n  X-Empty: {text: \"\"}\n  X-Run: {command: [a, b]}\n",
	         "headers"},
		{"kind: headers\nlatin1: true\nheaders: {X-Name: {text: \"caf\xc3\xa9\"}}\n", "headers"},
		{"kind: hmac\nheader: X-Signature\nsecret: vault:a\n", "hmac"},
		{"kind: hmac\npreset: github\nsecret: vault:a\n", "hmac"},
		{"kind: hmac\npreset: standard\nsecret: vault:a\nprevious_secret: vault:b\nprevious_until: 2027-01-31\n", "hmac"},
		{"kind: hmac\nheader: X-S\nseparator: \" \"\nsecret: vault:a\nprevious_secret: vault:b\n", "hmac"},
		{"kind: hmac\npreset: rfc9421\nsecret: vault:a\n", "hmac"},
		{"kind: hmac\npreset: rfc9421\nsecret: vault:a\nkey_id: one\nprevious_secret: vault:b\nprevious_key_id: two\n"
	         "previous_until: 2027-01-31T12:00:00+01:00\nsecret_encoding: base64\nsecret_prefix: x_\n",
	         "hmac"},
		{"kind: hmac\npreset: timestamp-target\nheader: X-Sign\nencoding: base64\nextra_headers: {X-Time: \"{timestamp}\"}\nsecret: vault:a\n",
	         "hmac"},
		{"kind: jwt\nkey: vault:a\nissuer: us\n", "jwt"},
		{"kind: jwt\nkey: vault:a\npassphrase: vault:p\nissuer: us\nalgorithm: RS256\nkey_id: 1\nlifetime: 1h\nissued_at: true\n"
	         "role_token: vault:r\nmatching: '{\"db_id\":2,\"email\":\"a@b\",\"matching\":\"email_profile\"}'\n"
	         "claims: {aud: x}\nheader: X-Token\nscheme: JWT\n",
	         "jwt"},
		{"kind: role_token\ntoken: vault:a\nprovider: android-firebase\nsubscription_id: device-1\n", "role_token"},
		{"kind: aws_sigv4\naccess_key_id: AKIDEXAMPLE\nsecret_access_key: vault:a\nsession_token: vault:b\nregion: eu-central-1\n"
	         "service: s3\ns3_rules: true\n",
	         "aws_sigv4"},
		{"kind: digest\nuser: shop\npassword: vault:a\n", "digest"},
		{"kind: mtls\ncertificate: acme.pem\nkey: file:acme.key\npassphrase: vault:acme\n", "mtls"},
		{"kind: bearer\ntoken: vault:a\nclient_certificate: acme.pem\nclient_key: file:acme.key\nclient_key_passphrase: vault:b\n",
	         "bearer"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct loaded loaded;
		load(rows[i].yaml, &loaded);
		if (loaded.outcome != 1)
			fail_msg("%s: %s", rows[i].yaml, loaded.problems.first->message);
		assert_string_equal(loaded.connection.kind->name, rows[i].kind);
		assert_int_equal(strlen(loaded.connection.revision), CONNECTION_REVISION_SIZE - 1);
		unload(&loaded);
	}
}

static void what_is_written_is_what_is_read(void **state)
{
	struct loaded loaded;
	(void)state;
	load("kind: headers\nallowed_url: http://a.example/feeds\nallow_upgrade: false\nredirect_outside: deny\ninsecure_http: true\n"
	     "headers: {X-Two: {text: \"2\"}, X-One: vault:one}\n",
	     &loaded);
	assert_int_equal(loaded.outcome, 1);
	assert_true(loaded.connection.has_allowed_url);
	assert_string_equal(loaded.connection.allowed_url.path, "/feeds");
	assert_false(loaded.connection.allowed_url.allows_upgrade);
	assert_true(loaded.connection.denies_outside);
	assert_true(loaded.connection.allows_insecure_http);
	assert_int_equal(loaded.connection.header_count, 2);
	assert_true(slice_equal_text(loaded.connection.headers[0].name, "X-Two"));
	assert_string_equal(loaded.connection.headers[0].text, "2");
	assert_null(loaded.connection.headers[1].text);
	assert_string_equal(loaded.connection.headers[1].reference.name, "one");
	unload(&loaded);
	load("kind: mtls\ncertificate: acme.pem\nkey: file:acme.key\n", &loaded);
	assert_string_equal(loaded.connection.texts[0], "connections/acme.pem");
	assert_string_equal(loaded.connection.references[1].name, "connections/acme.key");
	assert_false(loaded.connection.has_allowed_url);
	assert_true(loaded.connection.allows_upgrade);
	assert_false(loaded.connection.denies_outside);
	assert_false(loaded.connection.allows_insecure_http);
	unload(&loaded);
}

struct mistake {
	const char *rule;
	const char *yaml;
	uint32_t line; /* 0 = the whole file */
	uint32_t column;
	const char *part;
};

static const struct mistake mistakes[] = {
	{"nothing", "", 0, 0, "expected keys"},
	{"a list", "- kind\n", 0, 0, "expected keys"},
	{"no kind", "user: a\n", 0, 0, "'kind' is missing"},
	{"no such kind", "kind: CANARYCANARY\n", 1, 7, "connection kinds"},
	{"nearly a kind", "kind: bearr\n", 1, 7, "did you mean 'bearer'"},
	{"a certificate without its key", "kind: none\nclient_certificate: a.pem\n", 0, 0, "'client_key' is missing"},
	{"a key without its certificate", "kind: none\nclient_key: vault:a\n", 2, 1, "there is no 'client_certificate'"},
	{"a literal key of a certificate", "kind: none\nclient_certificate: a.pem\nclient_key: CANARY\n", 3, 13,
         "feedmill secret set acme"},
	{"a passphrase without a key", "kind: none\nclient_key_passphrase: vault:a\n", 2, 1, "there is no 'client_key'"},
	{"two certificates", "kind: mtls\ncertificate: a.pem\nkey: vault:a\nclient_certificate: b.pem\nclient_key: vault:b\n", 2,
         14, "leave out 'client_certificate'"},
	{"J20 no key", "kind: jwt\nissuer: a\n", 0, 0, "'key' is missing"},
	{"J20 a literal key", "kind: jwt\nissuer: a\nkey: CANARY\n", 3, 6, "feedmill secret set acme"},
	{"J20 algorithm", "kind: jwt\nissuer: a\nkey: vault:a\nalgorithm: HS256\n", 4, 12, "algorithm"},
	{"J20 no algorithm", "kind: jwt\nissuer: a\nkey: vault:a\nalgorithm: none\n", 4, 12, "algorithm"},
	{"J24 no issuer", "kind: jwt\nkey: vault:a\n", 0, 0, "'issuer' is missing"},
	{"J24 an empty issuer", "kind: jwt\nissuer: \"\"\nkey: vault:a\n", 2, 9, "issuer: it is empty"},
	{"an empty kid", "kind: jwt\nissuer: a\nkey: vault:a\nkey_id: \"\"\n", 4, 9, "key_id: it is empty"},
	{"J23 too long", "kind: jwt\nissuer: a\nkey: vault:a\nlifetime: 25h\n", 4, 11, "lifetime"},
	{"J23 too short", "kind: jwt\nissuer: a\nkey: vault:a\nlifetime: 0s\n", 4, 11, "lifetime"},
	{"J23 no unit", "kind: jwt\nissuer: a\nkey: vault:a\nlifetime: 300\n", 4, 11, "lifetime"},
	{"J23 fractions", "kind: jwt\nissuer: a\nkey: vault:a\nlifetime: 1500ms\n", 4, 11, "whole seconds"},
	{"J22 no role token", "kind: jwt\nissuer: a\nkey: vault:a\nmatching: '{}'\n", 4, 11, "go together"},
	{"J22 no matching", "kind: jwt\nissuer: a\nkey: vault:a\nrole_token: vault:b\n", 4, 13, "go together"},
	{"J22 matching as an object", "kind: jwt\nissuer: a\nkey: vault:a\nrole_token: vault:b\nmatching: {db_id: 2}\n", 5, 11,
         "not a mapping"},
	{"J27 no JSON", "kind: jwt\nissuer: a\nkey: vault:a\nrole_token: vault:b\nmatching: CANARY\n", 5, 11, "an object of JSON"},
	{"J27 a list", "kind: jwt\nissuer: a\nkey: vault:a\nrole_token: vault:b\nmatching: '[1]'\n", 5, 11, "an object of JSON"},
	{"J27 twice", "kind: jwt\nissuer: a\nkey: vault:a\nrole_token: vault:b\nmatching: '{\"db_id\":1,\"db_id\":2}'\n", 5, 11,
         "each name once"},
	{"J27 no db_id",
         "kind: jwt\nissuer: a\nkey: vault:a\nrole_token: vault:b\nmatching: '{\"matching\":\"x\",\"email\":\"a\"}'\n", 5, 11,
         "no 'db_id'"},
	{"J27 db_id as text",
         "kind: jwt\nissuer: a\nkey: vault:a\nrole_token: vault:b\nmatching: '{\"db_id\":\"2\",\"matching\":\"x\",\"email\":\"a\"}'\n",
         5, 11, "no 'db_id'"},
	{"J27 no rule", "kind: jwt\nissuer: a\nkey: vault:a\nrole_token: vault:b\nmatching: '{\"db_id\":2,\"email\":\"a\"}'\n", 5,
         11, "names a rule"},
	{"J27 an empty rule",
         "kind: jwt\nissuer: a\nkey: vault:a\nrole_token: vault:b\nmatching: '{\"db_id\":2,\"matching\":\"\",\"email\":\"a\"}'\n",
         5, 11, "names a rule"},
	{"J27 no identifier",
         "kind: jwt\nissuer: a\nkey: vault:a\nrole_token: vault:b\nmatching: '{\"db_id\":2,\"matching\":\"x\"}'\n", 5, 11,
         "names nothing"},
	{"J27 an identifier that is none",
         "kind: jwt\nissuer: a\nkey: vault:a\nrole_token: vault:b\nmatching: '{\"db_id\":2,\"matching\":\"x\",\"email\":[\"CANARY\"]}'\n",
         5, 11, "'email' is neither"},
	{"J5 no instant", "kind: role_token\ntoken: vault:a\nprovider: a\nsubscription_id: b\nexpires: soon\n", 5, 10,
         "expires: no instant"},
	{"J5 no instant",
         "kind: jwt\nissuer: a\nkey: vault:a\nrole_token: vault:b\nrole_token_expires: 12\nmatching: '{\"db_id\":2,\"matching\":\"x\",\"email\":\"a\"}'\n",
         5, 21, "role_token_expires: no instant"},
	{"J5 no role token", "kind: jwt\nissuer: a\nkey: vault:a\nrole_token_expires: 2027-01-31\n", 4, 21, "no 'role_token'"},
	{"a claim of ours", "kind: jwt\nissuer: a\nkey: vault:a\nclaims: {exp: 1}\n", 4, 9, "'exp' is no further claim"},
	{"claims twice", "kind: jwt\nissuer: a\nkey: vault:a\nclaims: {a: 1, a: 2}\n", 4, 16, "a"},
	{"claims as a list", "kind: jwt\nissuer: a\nkey: vault:a\nclaims: [a]\n", 4, 9, "expected names"},
	{"a claim as a list", "kind: jwt\nissuer: a\nkey: vault:a\nclaims: {aud: [a]}\n", 4, 15, "expected one value"},
	{"a claim without name", "kind: jwt\nissuer: a\nkey: vault:a\nclaims: {\"\": a}\n", 4, 10, "a key is missing"},
	{"C3", "kind: jwt\nissuer: a\nkey: vault:a\nheader: Host\n", 4, 9, "forbidden"},
	{"a scheme of two words", "kind: jwt\nissuer: a\nkey: vault:a\nscheme: A B\n", 4, 9, "scheme: one word"},
	{"SigV4 no region", "kind: aws_sigv4\naccess_key_id: A\nsecret_access_key: vault:a\nservice: s3\n", 0, 0,
         "'region' is missing"},
	{"SigV4 region", "kind: aws_sigv4\naccess_key_id: A\nsecret_access_key: vault:a\nservice: s3\nregion: eu/1\n", 5, 9,
         "region: 1 to 128"},
	{"SigV4 service", "kind: aws_sigv4\naccess_key_id: A\nsecret_access_key: vault:a\nservice: \"\"\nregion: eu\n", 4, 10,
         "service: 1 to 128"},
	{"SigV4 key id", "kind: aws_sigv4\naccess_key_id: \"A,B\"\nsecret_access_key: vault:a\nservice: s3\nregion: eu\n", 2, 16,
         "access_key_id: 1 to 128"},
	{"SigV4 literal", "kind: aws_sigv4\naccess_key_id: A\nsecret_access_key: CANARY\nservice: s3\nregion: eu\n", 3, 20,
         "feedmill secret set acme"},
	{"J7 no provider", "kind: role_token\ntoken: vault:a\nsubscription_id: b\n", 0, 0, "'provider' is missing"},
	{"J7 no subscription", "kind: role_token\ntoken: vault:a\nprovider: b\n", 0, 0, "'subscription_id' is missing"},
	{"J7 an empty provider", "kind: role_token\ntoken: vault:a\nprovider: \"\"\nsubscription_id: b\n", 3, 11,
         "provider: it is empty"},
	{"J7 two providers", "kind: role_token\ntoken: vault:a\nprovider: [a, b]\nsubscription_id: b\n", 3, 11,
         "expected one value"},
	{"J4 C3", "kind: role_token\ntoken: vault:a\nprovider: a\nsubscription_id: b\nheader: Date\n", 5, 9, "forbidden"},
	{"J31 a key beside the token", "kind: role_token\ntoken: vault:a\nprovider: a\nsubscription_id: b\nkey: vault:b\n", 5, 1,
         "belongs to the kind 'jwt'"},
	{"kind of kinds", "kind: [basic]\n", 1, 7, "expected one value"},
	{"twice", "kind: none\nkind: none\n", 2, 1, "kind"},
	{"misspelt", "kind: basic\nuser: a\npasword: vault:a\npassword: vault:a\n", 3, 1, "did you mean 'password'"},
	{"of another kind", "kind: basic\nuser: a\npassword: vault:a\ntoken: CANARY\n", 4, 1, "belongs to the kind 'bearer'"},
	{"unknown", "kind: none\nelephant: CANARY\n", 2, 1, "unknown key 'elephant'"},
	{"missing", "kind: bearer\n", 0, 0, "'token' is missing"},
	{"missing value", "kind: bearer\ntoken:\n", 2, 1, "missing"},
	{"a literal secret", "kind: bearer\ntoken: CANARY\n", 2, 8, "feedmill secret set acme"},
	{"a literal secret with colon", "kind: bearer\ntoken: \"CANARY:CANARY\"\n", 2, 8, "feedmill secret set acme"},
	{"a literal header", "kind: headers\nheaders: {X-Key: CANARY}\n", 2, 18, "feedmill secret set acme"},
	{"a list of secrets", "kind: bearer\ntoken: [CANARY]\n", 2, 8, "not a list"},
	{"basic without user", "kind: basic\npassword: vault:a\n", 0, 0, "'user' is missing"},
	{"basic without password", "kind: basic\nuser: a\n", 2, 7, "'password' is missing"},
	{"basic with two users", "kind: basic\nuser: a\nuser_secret: vault:a\npassword: vault:a\n", 2, 7, "not both"},
	{"D6 colon", "kind: basic\nuser: \"CANARY:b\"\npassword: vault:a\n", 2, 7, "':'"},
	{"D6 colon", "kind: digest\nuser: \"CANARY:b\"\npassword: vault:a\n", 2, 7, "':'"},
	{"D6 empty", "kind: basic\nuser: \"\"\npassword: vault:a\n", 2, 7, "empty"},
	{"U2 query", "kind: none\nallowed_url: https://a.example/?CANARY\n", 2, 14, "no query"},
	{"U2 relative", "kind: none\nallowed_url: a.example\n", 2, 14, "allowed_url"},
	{"U2 user", "kind: none\nallowed_url: https://CANARY:CANARY@a.example/\n", 2, 14, "user name or password"},
	{"a switch", "kind: none\ninsecure_http: maybe\n", 2, 16, "insecure_http"},
	{"a choice", "kind: none\nredirect_outside: follow\n", 2, 19, "redirect_outside"},
	{"C3", "kind: headers\nheaders: {hOST: vault:a}\n", 2, 11, "forbidden"},
	{"C3", "kind: api_key\nin: header\nname: Content-Length\nvalue: vault:a\n", 3, 7, "forbidden"},
	{"C3", "kind: hmac\nheader: Date\nsecret: vault:a\n", 2, 9, "forbidden"},
	{"C3", "kind: hmac\nheader: X-S\nextra_headers: {Date: \"{timestamp}\"}\nsecret: vault:a\n", 3, 17, "forbidden"},
	{"C4", "kind: headers\nheaders: {\"X Key\": vault:a}\n", 2, 11, "no name"},
	{"C4", "kind: headers\nheaders: {\"Host \": vault:a}\n", 2, 11, "no name"},
	{"C4 value", "kind: headers\nheaders: {X-Key: {text: \"CANARY\\nX: 1\"}}\n", 2, 10, "line end"},
	{"C5", "kind: headers\nheaders: {X-Key: vault:a, x-key: vault:b}\n", 2, 27, "twice"},
	{"C6", "kind: headers\nheaders: {If-None-Match: vault:a}\n", 2, 11, "managed"},
	{"C1 none", "kind: headers\nheaders: {}\n", 2, 10, "no header"},
	{"C1 a list", "kind: headers\nheaders: [vault:a]\n", 2, 10, "expected names"},
	{"C1 nothing", "kind: headers\n", 0, 0, "'headers' is missing"},
	{"text of a header", "kind: headers\nheaders: {X-Key: {text: [CANARY]}}\n", 2, 25, "expected one value"},
	{"api_key nowhere", "kind: api_key\nname: k\nvalue: vault:a\n", 0, 0, "'in' is missing"},
	{"api_key elsewhere", "kind: api_key\nin: body\nname: k\nvalue: vault:a\n", 2, 5, "in"},
	{"api_key without name", "kind: api_key\nin: query\nname: \"\"\nvalue: vault:a\n", 3, 7, "no name"},
	{"hmac without header", "kind: hmac\nsecret: vault:a\n", 0, 0, "'header' is missing"},
	{"hmac preset", "kind: hmac\npreset: gitlab\nsecret: vault:a\n", 2, 9, "preset"},
	{"hmac field", "kind: hmac\nheader: X-S\ncontent: \"{bodyy}\"\nsecret: vault:a\n", 3, 10, "template"},
	{"hmac brace", "kind: hmac\nheader: X-S\ncontent: \"{body\"\nsecret: vault:a\n", 3, 10, "template"},
	{"hmac signatures in content", "kind: hmac\nheader: X-S\ncontent: \"{signatures}\"\nsecret: vault:a\n", 3, 10,
         "'value' only"},
	{"hmac no signatures", "kind: hmac\nheader: X-S\nvalue: \"{body}\"\nsecret: vault:a\n", 3, 8, "no {signatures}"},
	{"hmac one header twice", "kind: hmac\npreset: slack\nheader: x-slack-request-timestamp\nsecret: vault:a\n", 3, 9, "twice"},
	{"hmac one signature", "kind: hmac\npreset: github\nsecret: vault:a\nprevious_secret: vault:b\n", 4, 18,
         "room for one signature"},
	{"hmac until nothing", "kind: hmac\npreset: standard\nsecret: vault:a\nprevious_until: 2027-01-31\n", 4, 17,
         "no 'previous_secret'"},
	{"hmac until never", "kind: hmac\npreset: standard\nsecret: vault:a\nprevious_secret: vault:b\nprevious_until: soon\n", 5,
         17, "no instant"},
	{"rfc9421 template", "kind: hmac\npreset: rfc9421\nsecret: vault:a\ncontent: \"{body}\"\n", 4, 10, "says that itself"},
	{"rfc9421 header", "kind: hmac\npreset: rfc9421\nsecret: vault:a\nheader: X-S\n", 4, 9, "says that itself"},
	{"rfc9421 headers", "kind: hmac\npreset: rfc9421\nsecret: vault:a\nextra_headers: {X-A: b}\n", 4, 16, "has none"},
	{"rfc9421 key id", "kind: hmac\npreset: rfc9421\nsecret: vault:a\nkey_id: 'a\"b'\n", 4, 9, "key_id: printable ASCII"},
	{"rfc9421 empty key id", "kind: hmac\npreset: rfc9421\nsecret: vault:a\nkey_id: \"\"\n", 4, 9, "key_id: it is empty"},
	{"rfc9421 second key id", "kind: hmac\npreset: rfc9421\nsecret: vault:a\nprevious_key_id: b\n", 4, 18,
         "no 'previous_secret'"},
	{"key id elsewhere", "kind: hmac\npreset: slack\nsecret: vault:a\nkey_id: b\n", 4, 9, "only the preset 'rfc9421'"},
	{"YAML", "kind: [\n", 2, 1, ""},
	{"YAML with a secret", "kind: bearer\ntoken: \"CANARY\n", 3, 1, ""},
};

static void mistakes_have_a_place_and_no_secret(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(mistakes); i++) {
		const struct mistake *mistake = &mistakes[i];
		struct loaded loaded;
		load(mistake->yaml, &loaded);
		const struct config_problem *problem = loaded.problems.first;
		if (loaded.outcome != 0 || problem == NULL)
			fail_msg("%s: '%s' was taken", mistake->rule, mistake->yaml);
		if (problem->line != mistake->line || problem->column != mistake->column ||
		    strstr(problem->message, mistake->part) == NULL)
			fail_msg("%s: '%s' gives %u:%u: %s", mistake->rule, mistake->yaml, problem->line, problem->column,
			         problem->message);
		for (; problem != NULL; problem = problem->next) {
			assert_null(problem->source_line);
			if (strstr(problem->message, "CANARY") != NULL)
				fail_msg("%s: %s", mistake->rule, problem->message);
		}
		unload(&loaded);
	}
}

static void each_change_is_another_revision(void **state)
{
	struct loaded one;
	struct loaded two;
	(void)state;
	load("kind: bearer\ntoken: vault:a\n", &one);
	load("kind: bearer\ntoken: vault:b\n", &two);
	assert_string_not_equal(one.connection.revision, two.connection.revision);
	unload(&two);
	load("kind: bearer\ntoken: vault:a\n", &two);
	assert_string_equal(one.connection.revision, two.connection.revision);
	unload(&two);
	unload(&one);
}

static void a_job_finds_its_connection(void **state)
{
	static const struct {
		const char *connection;
		const char *source;
		const char *part; /* NULL: taken */
	} rows[] = {
		{NULL, "feed.xml", NULL},
		{"none", "feed.xml", NULL},
		{"acme", "https://feeds.acme.example/x?k=CANARY", NULL},
		{"acme", "HTTPS://FEEDS.acme.example/x", NULL},
		{"acme", "https://other.example/CANARY", "outside of the Allowed URL"},
		{"acme", "http://feeds.acme.example/x", "scheme"},
		{"acme", "feed.xml", "only sources of http and https"},
		{"acme", "-", "only sources of http and https"},
		{"acme", "file:///feed.xml", "only sources of http and https"},
		{"acmee", "https://feeds.acme.example/x", "did you mean 'acme'"},
		{"elephant", "https://feeds.acme.example/x", "no connection 'elephant'"},
	};
	struct loaded loaded;
	(void)state;
	load("kind: bearer\ntoken: vault:a\nallowed_url: https://feeds.acme.example/\n", &loaded);
	const struct connections connections = {.items = &loaded.connection, .count = 1};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct job_config job = {.connection = rows[i].connection, .source = rows[i].source};
		const struct connection *connection = NULL;
		struct error err = ERROR_INIT;
		const int outcome = connections_for_job(&connections, &job, &connection, &err);
		if ((outcome < 0) != (rows[i].part != NULL))
			fail_msg("%s: %s", rows[i].source, outcome < 0 ? err.message : "was taken");
		if (outcome < 0) {
			assert_int_equal(err.code, ERROR_CONFIG);
			if (strstr(err.message, rows[i].part) == NULL || strstr(err.message, "CANARY") != NULL)
				fail_msg("%s: %s", rows[i].source, err.message);
		} else {
			const bool has_one = rows[i].connection != NULL && strcmp(rows[i].connection, "acme") == 0;
			assert_ptr_equal(connection, has_one ? &loaded.connection : NULL);
		}
	}
	unload(&loaded);
}

static void each_allocation_that_fails_is_an_error(void **state)
{
	static const char yaml[] = "kind: headers\ndescription: d\nallowed_url: https://a.example/b\n"
				   "headers: {X-One: vault:a, X-Two: {text: t}, X-Three: {command: [a, b]}}\n";
	const struct connection_text text = {.name = "acme", .file = "connections/acme.yaml", .text = slice_from(yaml)};
	(void)state;
	for (size_t number = 1;; number++) {
		struct arena arena;
		struct connection connection;
		struct config_problems problems;
		struct error err = ERROR_INIT;
		arena_init(&arena, (size_t)1 << 24);
		config_problems_init(&problems);
		allocation_fail_at(number);
		const int outcome = connection_read(&text, &arena, &connection, &problems, &err);
		const bool has_failed = allocation_stop();
		if (outcome == 1)
			allowed_url_release(&connection.allowed_url);
		config_problems_release(&problems);
		arena_release(&arena);
		if (!has_failed) {
			assert_int_equal(outcome, 1);
			assert_true(number > 5);
			return;
		}
		assert_int_equal(outcome, -1);
		assert_int_equal(err.code, ERROR_MEMORY);
	}
}

int load_tests(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_of_every_kind_are_read),  cmocka_unit_test(what_is_written_is_what_is_read),
		cmocka_unit_test(mistakes_have_a_place_and_no_secret), cmocka_unit_test(each_change_is_another_revision),
		cmocka_unit_test(a_job_finds_its_connection),          cmocka_unit_test(each_allocation_that_fails_is_an_error),
	};
	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
