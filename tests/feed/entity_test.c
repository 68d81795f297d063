/* References in text and in attribute values. */
#include "feed/entity.h"

#include "base/limits.h"

#include "feed_tests.h"

#include <stdio.h>
#include <string.h>

static void entities_are_sorted_and_each_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENTITY_COUNT; i++) {
		if (i > 0)
			assert_true(strcmp(entity_table[i - 1].name, entity_table[i].name) < 0);
		assert_ptr_equal(entity_find(slice_from(entity_table[i].name)), &entity_table[i]);
	}
	assert_string_equal(entity_find(slice_from("nbsp"))->text, "\xC2\xA0");
	assert_string_equal(entity_find(slice_from("Eacute"))->text, "\xC3\x89");
	assert_string_equal(entity_find(slice_from("eacute"))->text, "\xC3\xA9");
	assert_string_equal(entity_find(slice_from("thetasym"))->text, "\xCF\x91");
	assert_string_equal(entity_find(slice_from("yuml"))->text, "\xC3\xBF");
	assert_string_equal(entity_find(slice_from("euro"))->text, "\xE2\x82\xAC");
	assert_null(entity_find(slice_from("Nbsp")));
	assert_null(entity_find(slice_from("")));
	assert_null(entity_find(slice_from("nbspx")));
}

static const struct {
	const char *written;
	const char *read; /* printable */
} references[] = {
	{"&amp;", "&"},
	{"&lt;b&gt;", "<b>"},
	{"&quot;&apos;", "\"'"},
	{"&#1234;", "\xD3\x92"},
	{"&#x4D2;", "\xD3\x92"},
	{"&#38;", "&"},
	{"&#x26;", "&"},
	{"&#60;", "<"},
	{"&nbsp;", "\xC2\xA0"},
	{"&eacute;t&eacute;", "\xC3\xA9t\xC3\xA9"},
	{"a&nbsp;&amp;&nbsp;b", "a\xC2\xA0&\xC2\xA0"
                                "b"},
	{"&amp;nbsp;", "&nbsp;"},
	{"&#38;nbsp;", "&nbsp;"},
	{"&amp;#38;", "&#38;"},
	{"&amp;amp;lt;", "&amp;lt;"},
	{"&euro;&mdash;&hellip;", "\xE2\x82\xAC\xE2\x80\x94\xE2\x80\xA6"},
	{"x&thetasym;y", "x\xCF\x91y"},
	{"a;b&amp;c;d", "a;b&c;d"},
};

static void references_mean_the_same_in_text_and_in_attributes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
		const char *written = references[i].written;
		char document[256];
		char expected[512];
		const int size = snprintf(document, sizeof(document), "<r a=\"%s\" b='x%sx'>%s<c>%s</c></r>", written, written,
		                          written, written);

		snprintf(expected, sizeof(expected),
		         "root r\nrecord 0 0+%d (r @a=%s @b=x%sx \"%s\" (c \"%s\"))\ndone UTF-8 by default %d\n", size,
		         references[i].read, references[i].read, references[i].read, references[i].read, size);
		assert_told(slice_make(document, (size_t)size), "/r", expected);
	}
}

static void a_doctype_changes_nothing_about_html_entities(void **state)
{
	(void)state;
	assert_told((struct slice)SLICE("<!DOCTYPE r SYSTEM \"shops.dtd\"><r a='&nbsp;'>&laquo;&amp;&raquo;</r>"), "/r",
	            "root r\nrecord 0 31+37 (r @a=\xC2\xA0 \"\xC2\xAB&\xC2\xBB\")\ndone UTF-8 by default 68\n");
}

static void an_unknown_entity_is_named(void **state)
{
	(void)state;
	assert_refused((struct slice)SLICE("<r>&foo;</r>"), "/r", ERROR_FEED, "entity '&foo;' is not known");
	assert_refused((struct slice)SLICE("<r a='x &foo; y' b='&bar;'/>"), "/r", ERROR_FEED, "entity '&foo;' is not known");
	assert_refused((struct slice)SLICE("<r><s a='&Nbsp;'/></r>"), "/x", ERROR_FEED, "entity '&Nbsp;' is not known");
	assert_refused((struct slice)SLICE("<!DOCTYPE r SYSTEM 'x.dtd'><r><s a='&foo;'/>&foo;</r>"), "/r", ERROR_FEED, "'&foo;'");
	assert_refused((struct slice)SLICE("<!DOCTYPE r [<!ATTLIST r a CDATA '&foo;'>]><r/>"), "/r", ERROR_FEED, "'&foo;'");
}

static const struct {
	struct slice document;
	const char *name;
} declarations[] = {
	{SLICE("<!DOCTYPE r [<!ENTITY x 'y'>]><r>&x;</r>"), "'x'"},
	{SLICE("<!DOCTYPE r [<!ENTITY x 'y'>]><r/>"), "'x'"},
	{SLICE("<!DOCTYPE r [<!ENTITY nbsp '&#160;'>]><r>&nbsp;</r>"), "'nbsp'"},
	{SLICE("<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r>&x;</r>"), "'x'"},
	{SLICE("<!DOCTYPE r [<!ENTITY x PUBLIC 'a' 'http://example.com/'>]><r>&x;</r>"), "'x'"},
	{SLICE("<!DOCTYPE r [<!ENTITY % p SYSTEM 'http://example.com/'> %p;]><r/>"), "'p'"},
	{SLICE("<!DOCTYPE r [<!NOTATION n SYSTEM 'n'><!ENTITY x SYSTEM 'y' NDATA n>]><r/>"), "'x'"},
	{SLICE("<!DOCTYPE r [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'><!ENTITY c '&b;&b;&b;'>]><r>&c;</r>"), "'a'"},
	{SLICE("<!DOCTYPE r SYSTEM 'x.dtd' [ <!ELEMENT r ANY> <!ENTITY x \"<a>\"> ]><r a='&x;'/>"), "'x'"},
};

static void an_entity_declaration_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(declarations) / sizeof(declarations[0]); i++) {
		assert_refused(declarations[i].document, "/r", ERROR_FEED, "entity declarations are refused");
		assert_refused(declarations[i].document, "/r", ERROR_FEED, declarations[i].name);
	}
}

static void a_parameter_entity_nobody_declared_is_not_looked_for(void **state)
{
	(void)state;
	assert_told((struct slice)SLICE("<!DOCTYPE r SYSTEM 'x.dtd' [ %p; ]><r/>"), "/r",
	            "root r\nrecord 0 35+4 (r)\ndone UTF-8 by default 39\n");
}

static void a_parameter_entity_is_passed_over_and_stands_for_nothing(void **state)
{
	(void)state;
	assert_told((struct slice)SLICE("<!DOCTYPE r [<!ENTITY % p '<!ELEMENT s ANY>'>]><r/>"), "/r",
	            "root r\nrecord 0 47+4 (r)\ndone UTF-8 by default 51\n");
	assert_told((struct slice)SLICE("<!DOCTYPE r SYSTEM 'x.dtd' [<!ENTITY % p '<!ELEMENT s ANY>'>%p;]><r/>"), "/r",
	            "root r\nrecord 0 65+4 (r)\ndone UTF-8 by default 69\n");
	assert_refused((struct slice)SLICE("<!DOCTYPE r [<!ENTITY % p 'y'>%p;]><r/>"), "/r", ERROR_FEED,
	               "PEReference: %p; not found");
	assert_refused((struct slice)SLICE("<!DOCTYPE r SYSTEM 'x' [<!ENTITY % p '<!ENTITY x \"y\">'>%p;]><r>&x;</r>"), "/r",
	               ERROR_FEED, "entity '&x;' is not known");
	assert_refused((struct slice)SLICE("<!DOCTYPE r [<!ENTITY % p 'y'><!ENTITY x '%p;'>]><r>&x;</r>"), "/r", ERROR_FEED,
	               "PEReferences");
}

static void parameter_entities_have_a_limit(void **state)
{
	char document[8192] = "<!DOCTYPE r [";
	size_t size = strlen(document);

	(void)state;
	for (int i = 0; i <= LIMIT_XML_PARAMETER_ENTITIES; i++)
		size += (size_t)snprintf(document + size, sizeof(document) - size, "<!ENTITY %% p%d 'y'>", i);
	size += (size_t)snprintf(document + size, sizeof(document) - size, "]><r/>");
	assert_refused(slice_make(document, size), "/r", ERROR_LIMIT, "more than 100 parameter entities, the last 'p100'");
}

int entity_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entities_are_sorted_and_each_is_found),
		cmocka_unit_test(references_mean_the_same_in_text_and_in_attributes),
		cmocka_unit_test(a_doctype_changes_nothing_about_html_entities),
		cmocka_unit_test(an_unknown_entity_is_named),
		cmocka_unit_test(an_entity_declaration_is_refused),
		cmocka_unit_test(a_parameter_entity_nobody_declared_is_not_looked_for),
		cmocka_unit_test(a_parameter_entity_is_passed_over_and_stands_for_nothing),
		cmocka_unit_test(parameter_entities_have_a_limit),
	};

	return cmocka_run_group_tests_name("entity", tests, NULL, NULL);
}
