/* The parts that need no store: marks, JSON lists, and the product that is made from its SKUs. */
#include "apply_random.h"
#include "apply_tests.h"

#include "store/sqlite/apply_derivation.h"
#include "store/sqlite/apply_list.h"
#include "store/sqlite/apply_marks.h"

#include <stdio.h>

static void marks_remember_every_key_apart(void **state)
{
	static const int64_t keys[] = {0, 1, 2, 3, 4, 16383, 16384, 16385, 1000000, INT64_MAX, INT64_MAX - 1, INT64_MIN, -1};
	const size_t count = sizeof(keys) / sizeof(keys[0]);
	struct marks marks;

	(void)state;
	marks_init(&marks);
	for (size_t index = 0; index < count; index++) {
		assert_int_equal(marks_get(&marks, keys[index]), MARK_NONE);
		assert_true(marks_set(&marks, keys[index], (enum mark)(1 + index % 3)));
	}
	for (size_t index = 0; index < count; index++)
		assert_int_equal(marks_get(&marks, keys[index]), 1 + index % 3);
	assert_true(marks_set(&marks, 2, MARK_NONE));
	assert_int_equal(marks_get(&marks, 2), MARK_NONE);
	assert_int_equal(marks_get(&marks, 1), 2);
	assert_int_equal(marks_get(&marks, 3), 1);
	assert_int_equal(marks_get(&marks, 5), MARK_NONE);
	assert_int_equal(marks_get(&marks, 20000000), MARK_NONE);
	marks_release(&marks);
}

static void marks_of_dense_keys_take_a_quarter_byte_each(void **state)
{
	struct marks marks;

	(void)state;
	marks_init(&marks);
	for (int64_t key = 1; key <= 1000000; key++)
		assert_true(marks_set(&marks, key, MARK_STATED));
	assert_int_equal(marks.count, 1000000 / 16384 + 1);
	for (int64_t key = 1; key <= 1000000; key++)
		assert_int_equal(marks_get(&marks, key), MARK_STATED);
	marks_release(&marks);
}

struct list_case {
	const char *json;
	const char *elements; /* parted by ' ~ ' */
	const char *strings;  /* those that are strings, by ' ~ ' */
};

static const struct list_case list_cases[] = {
	{"", "", ""},
	{"[]", "", ""},
	{"[ ]", "", ""},
	{"{}", "", ""},
	{"null", "", ""},
	{"[\"a\"]", "\"a\"", "a"},
	{" [ \"a\" , \"b\" ] ", "\"a\" ~ \"b\"", "a ~ b"},
	{"[\"a,]\",\"b\\\"]\"]", "\"a,]\" ~ \"b\\\"]\"", "a,] ~ b\"]"},
	{"[{\"n\":[1,2],\"m\":\"]\"},3,null]", "{\"n\":[1,2],\"m\":\"]\"} ~ 3 ~ null", ""},
	{"[\"\\u0041\\n\\/\\\\\",\"\\u00e9\\ud83d\\ude00\"]", "\"\\u0041\\n\\/\\\\\" ~ \"\\u00e9\\ud83d\\ude00\"",
         "A\n/\\ ~ \xC3\xA9\xF0\x9F\x98\x80"},
	{"[\"\\ud800x\",\"\\u0000\"]", "\"\\ud800x\" ~ \"\\u0000\"", "\xEF\xBF\xBDx ~ \xEF\xBF\xBD"},
	/* No JSON: what is there is walked as far as it goes. */
	{"[\"a", "", ""},
	{"[\"a\" \"b\"]", "\"a\" \"b\"", "a\" \"b"},
	{"[1,", "1", ""},
	{"[,]", "", ""},
	{"[\"\\u12\"]", "\"\\u12\"", "\xEF\xBF\xBD"},
};

static void append_piece(struct buffer *text, struct slice piece)
{
	if (text->size > 0)
		(void)buffer_append_text(text, " ~ ");
	(void)buffer_append_slice(text, piece);
}

static void list_walk_gives_elements_and_strings(void **state)
{
	(void)state;
	for (size_t index = 0; index < sizeof(list_cases) / sizeof(list_cases[0]); index++) {
		const struct list_case *expected = &list_cases[index];
		struct list_walk walk = list_walk_begin(slice_from(expected->json));
		struct buffer elements;
		struct buffer strings;
		struct buffer scratch;
		struct slice element;
		struct slice text;

		buffer_init(&elements, 4096);
		buffer_init(&strings, 4096);
		buffer_init(&scratch, 4096);
		while (list_walk_next(&walk, &element)) {
			append_piece(&elements, element);
			if (list_string(element, &scratch, &text))
				append_piece(&strings, text);
		}
		assert_string_equal(buffer_text(&elements), expected->elements);
		assert_string_equal(buffer_text(&strings), expected->strings);
		buffer_release(&elements);
		buffer_release(&strings);
		buffer_release(&scratch);
	}
}

/* A SKU of the product 'p', and what its product is like. */
struct derived_sku {
	const char *id;
	enum product_link link;
	const char *name;
	const char *description;
	const char *brand;
	const char *url;
	const char *images;
	const char *attributes;
	const char *tags;
	const char *categories;
	bool is_hidden;
};

struct derived_case {
	const char *what;
	struct derived_sku skus[4]; /* in the order of ids */
	const char *columns[PRODUCT_COLUMN_COUNT];
};

#define ORIGIN [PRODUCT_COLUMN_ORIGIN]
#define STATUS [PRODUCT_COLUMN_STATUS]
#define NAME [PRODUCT_COLUMN_NAME]

static const struct derived_case derived_cases[] = {
	{"one SKU gives its product all it has",
         {{.id = "p",
           .link = PRODUCT_LINK_SELF,
           .name = "Lamp -",
           .description = "d",
           .brand = "b",
           .url = "u",
           .images = "[\"i\"]",
           .attributes = "[1]",
           .tags = "[\"t\"]",
           .categories = "[\"c\"]"}},
         {ORIGIN = "self",
          NAME = "Lamp -", [PRODUCT_COLUMN_DESCRIPTION] = "d", [PRODUCT_COLUMN_BRAND] = "b", [PRODUCT_COLUMN_URL] = "u",
          [PRODUCT_COLUMN_IMAGES] = "[\"i\"]", [PRODUCT_COLUMN_ATTRIBUTES] = "[1]", [PRODUCT_COLUMN_TAGS] = "[\"t\"]",
          STATUS = "active", [PRODUCT_COLUMN_CATEGORIES] = "[\"c\"]"}},
	{"a SKU that stands alone is its own product",
         {{.id = "p", .link = PRODUCT_LINK_ALONE}},
         {ORIGIN = "self", STATUS = "active"}},
	{"a group of one is a group", {{.id = "p", .link = PRODUCT_LINK_GROUP}}, {ORIGIN = "synthesised", STATUS = "active"}},
	{"another id is a group", {{.id = "q", .link = PRODUCT_LINK_SELF}}, {ORIGIN = "synthesised", STATUS = "active"}},
	{"two SKUs are a group",
         {{.id = "p", .link = PRODUCT_LINK_SELF}, {.id = "q", .link = PRODUCT_LINK_GROUP}},
         {ORIGIN = "synthesised", STATUS = "active"}},
	{"a hidden SKU hides its product", {{.id = "a", .is_hidden = true}}, {ORIGIN = "synthesised", STATUS = "hidden"}},
	{"one active SKU shows it", {{.id = "a", .is_hidden = true}, {.id = "b"}}, {ORIGIN = "synthesised", STATUS = "active"}},
	{"a value that all agree on",
         {{.id = "a", .brand = "x", .description = "same"}, {.id = "b"}, {.id = "c", .brand = "x", .description = "same"}},
         {ORIGIN = "synthesised", STATUS = "active", [PRODUCT_COLUMN_BRAND] = "x", [PRODUCT_COLUMN_DESCRIPTION] = "same"}},
	{"a value they do not agree on",
         {{.id = "a", .brand = "x", .description = "one"},
          {.id = "b", .brand = "y", .description = "two"},
          {.id = "c", .brand = "x"}},
         {ORIGIN = "synthesised", STATUS = "active"}},
	{"page and pictures of the first that has them",
         {{.id = "a"}, {.id = "b", .url = "ub", .images = "[\"b\"]"}, {.id = "c", .url = "uc", .images = "[\"c\"]"}},
         {ORIGIN = "synthesised", STATUS = "active", [PRODUCT_COLUMN_URL] = "ub", [PRODUCT_COLUMN_IMAGES] = "[\"b\"]"}},
	{"attributes and tags that every one has, in the order of the first",
         {{.id = "a", .attributes = "[{\"n\":1}, {\"n\":2},{\"n\":3}]", .tags = "[\"x\",\"y\"]"},
          {.id = "b", .attributes = "[{\"n\":3},{\"n\":1}]", .tags = "[\"x\",\"y\"]"},
          {.id = "c", .attributes = "[{\"n\":4},{\"n\":3},{\"n\":1}]", .tags = "[\"y\",\"x\"]"}},
         {ORIGIN = "synthesised",
          STATUS = "active", [PRODUCT_COLUMN_ATTRIBUTES] = "[{\"n\":1},{\"n\":3}]", [PRODUCT_COLUMN_TAGS] = "[\"x\",\"y\"]"}},
	{"a SKU without any leaves none",
         {{.id = "a", .attributes = "[1]", .tags = "[\"x\"]"}, {.id = "b", .attributes = "[2]"}},
         {ORIGIN = "synthesised", STATUS = "active"}},
	{"the first without any leaves none",
         {{.id = "a"}, {.id = "b", .tags = "[\"x\"]"}},
         {ORIGIN = "synthesised", STATUS = "active"}},
	{"categories of the first, then the others by id",
         {{.id = "a", .categories = "[\"m\",\"a\"]"},
          {.id = "b", .categories = "[\"z\",\"a\",\"b\"]"},
          {.id = "c", .categories = "[\"b\",\"m\"]"}},
         {ORIGIN = "synthesised", STATUS = "active", [PRODUCT_COLUMN_CATEGORIES] = "[\"m\",\"a\",\"b\",\"z\"]"}},
	{"categories where the first has none",
         {{.id = "a"}, {.id = "b", .categories = "[\"z\",\"b\"]"}},
         {ORIGIN = "synthesised", STATUS = "active", [PRODUCT_COLUMN_CATEGORIES] = "[\"b\",\"z\"]"}},
	{"equal categories",
         {{.id = "a", .categories = "[\"z\", \"b\"]"}, {.id = "b", .categories = "[\"b\"]"}},
         {ORIGIN = "synthesised", STATUS = "active", [PRODUCT_COLUMN_CATEGORIES] = "[\"z\", \"b\"]"}},
};

static struct derivation_sku derivation_sku(const struct derived_sku *sku)
{
	return (struct derivation_sku){.sku_id = slice_from(sku->id),
	                               .product_link = sku->link,
	                               .name = slice_from(sku->name),
	                               .description = slice_from(sku->description),
	                               .url = slice_from(sku->url),
	                               .brand = slice_from(sku->brand),
	                               .images = slice_from(sku->images),
	                               .attributes = slice_from(sku->attributes),
	                               .tags = slice_from(sku->tags),
	                               .categories = slice_from(sku->categories),
	                               .is_active = !sku->is_hidden};
}

static void product_is_made_from_its_skus(void **state)
{
	struct derivation derivation;

	(void)state;
	derivation_init(&derivation);
	for (size_t index = 0; index < sizeof(derived_cases) / sizeof(derived_cases[0]); index++) {
		const struct derived_case *expected = &derived_cases[index];
		struct cell cells[PRODUCT_COLUMN_COUNT];
		struct error err = ERROR_INIT;

		derivation_clear(&derivation);
		for (size_t sku = 0; sku < 4 && expected->skus[sku].id != NULL; sku++) {
			const struct derivation_sku added = derivation_sku(&expected->skus[sku]);

			assert_int_equal(derivation_add(&derivation, slice_from("p"), &added, &err), 0);
		}
		assert_int_equal(derivation_finish(&derivation, cells, &err), 0);
		for (size_t column = 0; column < PRODUCT_COLUMN_COUNT; column++)
			if (!slice_equal_text(cell_slice(&cells[column]), expected->columns[column]))
				fail_msg("%s: %s is '%.*s', not '%s'", expected->what,
				         row_shape(ITEM_PRODUCT)->columns[column].name, (int)cell_slice(&cells[column]).size,
				         cell_slice(&cells[column]).data, expected->columns[column]);
	}
	derivation_release(&derivation);
}

struct name_case {
	const char *names[4];
	const char *product;
};

static const struct name_case name_cases[] = {
	{{"Shirt Red S", "Shirt Red M"}, "Shirt Red"},
	{{"Shirt Red S", "Shirt Red M", "Shirt Blue M"}, "Shirt"},
	{{"Shirt", "Shirt Red"}, "Shirt"},
	{{"Shirt Red", "Shirt"}, "Shirt"},
	{{"Shirts", "Shirt"}, "Shirts"}, /* no word in common: the representative's */
	{{"Blue Shirts", "Blue Shirt"}, "Blue"},
	{{"Shirt", "Shirt"}, "Shirt"},
	{{"Shirt (red)", "Shirt (blue)"}, "Shirt"},
	{{"Shirt (red) S", "Shirt (red) M"}, "Shirt (red)"},
	{{"Shirt, red", "Shirt, blue"}, "Shirt"},
	{{"Shirt - red", "Shirt - blue"}, "Shirt"},
	{{"Shirt | red", "Shirt / blue"}, "Shirt"},
	{{"Shirt: red", "Shirt: blue"}, "Shirt"},
	{{"Lamp \xE2\x80\x93 tall", "Lamp \xE2\x80\x94 small"}, "Lamp"}, /* an en dash and an em dash begin alike */
	{{"Lamp\xC2\xA0tall", "Lamp\xC2\xA0small"}, "Lamp"},
	{{"Lamp 1.5", "Lamp 1.7"}, "Lamp"},
	{{"TV 55", "TV 65"}, "TV 55"}, /* two characters are too few */
	{{"\xC3\x84rm L", "\xC3\x84rm M"}, "\xC3\x84rm"},
	{{"\xC3\x84", "\xC3\x96"}, "\xC3\x84"}, /* the first byte is common, the character is not */
	{{"ab \xC3\x84", "ab \xC3\x96"}, "ab \xC3\x84"},
	{{"abc \xC3\x84", "abc \xC3\x96"}, "abc"},
	{{NULL, "Lamp tall", "Lamp small"}, "Lamp"}, /* who has no name says nothing */
	{{"", "Lamp tall"}, "Lamp tall"},
	{{"Cup", "Mug"}, "Cup"},
	{{"Cup red", "Cup, red", "Cupboard"}, "Cup red"},
	{{"Big cup red", "Big cup, red", "Big cupboard"}, "Big"},
	{{"- - a", "- - b"}, "- - a"}, /* nothing but separators */
};

static void product_name_is_what_names_have_in_common(void **state)
{
	static const char ids[] = "abcd";
	struct derivation derivation;

	(void)state;
	derivation_init(&derivation);
	for (size_t index = 0; index < sizeof(name_cases) / sizeof(name_cases[0]); index++) {
		const struct name_case *expected = &name_cases[index];
		struct cell cells[PRODUCT_COLUMN_COUNT];
		struct error err = ERROR_INIT;

		derivation_clear(&derivation);
		for (size_t sku = 0; sku < 4 && (sku == 0 || expected->names[sku] != NULL); sku++) {
			const struct derivation_sku added = {.sku_id = slice_make(&ids[sku], 1),
			                                     .name = slice_from(expected->names[sku])};

			assert_int_equal(derivation_add(&derivation, slice_from("p"), &added, &err), 0);
		}
		assert_int_equal(derivation_finish(&derivation, cells, &err), 0);
		if (!slice_equal_text(cell_slice(&cells[PRODUCT_COLUMN_NAME]), expected->product))
			fail_msg("'%s' and '%s' give '%.*s', not '%s'", expected->names[0], expected->names[1],
			         (int)cell_slice(&cells[PRODUCT_COLUMN_NAME]).size, cell_slice(&cells[PRODUCT_COLUMN_NAME]).data,
			         expected->product);
	}
	derivation_release(&derivation);
}

/* Long lists take another way than short ones: both must agree. */
static void lists_in_common_are_the_same_however_long(void **state)
{
	struct chance chance = {.state = 42};
	struct derivation derivation;
	struct buffer left;
	struct buffer right;
	struct buffer both;

	(void)state;
	derivation_init(&derivation);
	buffer_init(&left, 1 << 20);
	buffer_init(&right, 1 << 20);
	buffer_init(&both, 1 << 20);
	for (unsigned size = 1; size < 300; size += 13) {
		const struct derivation_sku skus[] = {{.sku_id = slice_from("a")}, {.sku_id = slice_from("b")}};
		struct derivation_sku sku;
		struct cell cells[PRODUCT_COLUMN_COUNT];
		struct error err = ERROR_INIT;

		buffer_clear(&left);
		buffer_clear(&right);
		buffer_clear(&both);
		for (unsigned element = 0; element < size; element++) {
			const unsigned where = 1 + chance_below(&chance, 3);

			if ((where & 1) != 0)
				(void)buffer_append_format(&left, "%c\"%u\"", left.size > 0 ? ',' : '[', element);
			if ((where & 2) != 0)
				(void)buffer_append_format(&right, "%c\"%u\"", right.size > 0 ? ',' : '[', element);
			if (where == 3)
				(void)buffer_append_format(&both, "%c\"%u\"", both.size > 0 ? ',' : '[', element);
		}
		(void)buffer_append_text(&left, "]");
		(void)buffer_append_text(&right, "]");
		if (both.size > 0)
			(void)buffer_append_text(&both, "]");
		derivation_clear(&derivation);
		sku = skus[0];
		sku.tags = buffer_slice(&left);
		assert_int_equal(derivation_add(&derivation, slice_from("p"), &sku, &err), 0);
		sku = skus[1];
		sku.tags = buffer_slice(&right);
		assert_int_equal(derivation_add(&derivation, slice_from("p"), &sku, &err), 0);
		assert_int_equal(derivation_finish(&derivation, cells, &err), 0);
		assert_true(slice_equal(cell_slice(&cells[PRODUCT_COLUMN_TAGS]), buffer_slice(&both)));
	}
	derivation_release(&derivation);
	buffer_release(&left);
	buffer_release(&right);
	buffer_release(&both);
}

/* However many SKUs there are, no more categories are remembered than a list may have: the smallest. */
static void categories_of_many_skus_are_bounded(void **state)
{
	struct derivation derivation;
	struct cell cells[PRODUCT_COLUMN_COUNT];
	struct error err = ERROR_INIT;
	struct list_walk walk;
	struct slice element;
	size_t count = 0;

	(void)state;
	derivation_init(&derivation);
	derivation_clear(&derivation);
	for (unsigned sku = 0; sku < 3000; sku++) {
		struct buffer list;
		struct derivation_sku added = {.sku_id = slice_from("x")};

		buffer_init(&list, 64);
		(void)buffer_append_format(&list, "[\"%05u\"]", 99999 - sku * 7 % 3001);
		added.categories = sku == 0 ? slice_from("[\"first\"]") : buffer_slice(&list);
		assert_int_equal(derivation_add(&derivation, slice_from("p"), &added, &err), 0);
		buffer_release(&list);
	}
	assert_int_equal(derivation_finish(&derivation, cells, &err), 0);
	/* The ids were 96999 to 99998 but 97005, in no order. */
	walk = list_walk_begin(cell_slice(&cells[PRODUCT_COLUMN_CATEGORIES]));
	assert_true(list_walk_next(&walk, &element));
	assert_true(slice_equal_text(element, "\"first\""));
	for (count = 0; list_walk_next(&walk, &element); count++) {
		char expected[16];

		(void)snprintf(expected, sizeof(expected), "\"%05zu\"", 96999 + count + (count >= 6));
		assert_true(slice_equal_text(element, expected));
	}
	assert_int_equal(count, LIMIT_LIST_ITEMS);
	derivation_release(&derivation);
}

int apply_parts_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_remember_every_key_apart),
		cmocka_unit_test(marks_of_dense_keys_take_a_quarter_byte_each),
		cmocka_unit_test(list_walk_gives_elements_and_strings),
		cmocka_unit_test(product_is_made_from_its_skus),
		cmocka_unit_test(product_name_is_what_names_have_in_common),
		cmocka_unit_test(lists_in_common_are_the_same_however_long),
		cmocka_unit_test(categories_of_many_skus_are_bounded),
	};

	return cmocka_run_group_tests_name("apply_parts", tests, NULL, NULL);
}
