/* Names of fields in many languages and spellings. */
#include "probe_tests.h"

#include "probe/field_names.h"

#include <string.h>

static void names_are_folded_to_plain_letters(void **state)
{
	static const struct {
		const char *name;
		const char *folded;
	} table[] = {
		{"PRICE_VAT", "pricevat"},
		{"priceVat", "pricevat"},
		{"Název", "nazev"},
		{"Größe", "grosse"},
		{"Τιμή", "τιμη"},
		{"Ναι", "ναι"},
		{"Цена", "цена"},
		{"Ціна", "ціна"},
		{"Ürün Adı", "urunadi"},
		{"  name  ", "name"},
		{"@_#", ""},
		{"Zdjęcie 1", "zdjecie1"},
		{"ΟΝΟΜΑ", "ονομα"},
		{"Наименование", "наименование"},
		{"Preț", "pret"},
	};
	char bytes[FIELD_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct slice folded = field_name_fold(slice_from(table[i].name), bytes);
		if (!slice_equal_text(folded, table[i].folded))
			fail_msg("'%s' is folded to '%.*s'", table[i].name, (int)folded.size, folded.data);
	}
}

static void names_of_many_languages_mean_fields(void **state)
{
	static const struct {
		const char *name;
		enum probe_target target;
		int least;
	} table[] = {
		{"id", PROBE_TARGET_ID, 90},
		{"offerId", PROBE_TARGET_ID, 90},
		{"ITEM_ID", PROBE_TARGET_ID, 90},
		{"sku", PROBE_TARGET_ID, 60},
		{"Артикул", PROBE_TARGET_ID, 50},
		{"item_group_id", PROBE_TARGET_PRODUCT_ID, 90},
		{"ITEMGROUP_ID", PROBE_TARGET_PRODUCT_ID, 90},
		{"title", PROBE_TARGET_NAME, 90},
		{"PRODUCTNAME", PROBE_TARGET_NAME, 90},
		{"název", PROBE_TARGET_NAME, 90},
		{"nazwa", PROBE_TARGET_NAME, 90},
		{"titolo", PROBE_TARGET_NAME, 90},
		{"nom", PROBE_TARGET_NAME, 90},
		{"Bezeichnung", PROBE_TARGET_NAME, 90},
		{"наименование", PROBE_TARGET_NAME, 90},
		{"название товара", PROBE_TARGET_NAME, 60},
		{"ürün adı", PROBE_TARGET_NAME, 90},
		{"name_de", PROBE_TARGET_NAME, 60},
		{"price", PROBE_TARGET_PRICE, 90},
		{"cena", PROBE_TARGET_PRICE, 90},
		{"Preis", PROBE_TARGET_PRICE, 90},
		{"prix", PROBE_TARGET_PRICE, 90},
		{"prezzo", PROBE_TARGET_PRICE, 90},
		{"τιμή", PROBE_TARGET_PRICE, 90},
		{"PRICE_VAT", PROBE_TARGET_PRICE, 90},
		{"Variant Price", PROBE_TARGET_PRICE, 70},
		{"compare_at_price", PROBE_TARGET_OLD_PRICE, 80},
		{"oldprice", PROBE_TARGET_OLD_PRICE, 80},
		{"sale price", PROBE_TARGET_SALE_PRICE, 80},
		{"currencyId", PROBE_TARGET_CURRENCY, 90},
		{"availability", PROBE_TARGET_AVAILABILITY, 85},
		{"dostępność", PROBE_TARGET_AVAILABILITY, 85},
		{"stock_quantity", PROBE_TARGET_QUANTITY, 80},
		{"ilość", PROBE_TARGET_QUANTITY, 80},
		{"Остаток", PROBE_TARGET_QUANTITY, 80},
		{"EAN", PROBE_TARGET_GTIN, 90},
		{"ean13", PROBE_TARGET_GTIN, 90},
		{"штрихкод", PROBE_TARGET_GTIN, 90},
		{"vendorCode", PROBE_TARGET_MPN, 85},
		{"producent", PROBE_TARGET_BRAND, 90},
		{"Hersteller", PROBE_TARGET_BRAND, 90},
		{"image_link", PROBE_TARGET_IMAGES, 85},
		{"image_link_3", PROBE_TARGET_IMAGES, 80},
		{"IMGURL_ALTERNATIVE", PROBE_TARGET_IMAGES, 85},
		{"zdjęcie", PROBE_TARGET_IMAGES, 85},
		{"CATEGORYTEXT", PROBE_TARGET_CATEGORIES, 85},
		{"kategoria", PROBE_TARGET_CATEGORIES, 85},
		{"Warengruppe", PROBE_TARGET_CATEGORIES, 85},
		{"deeplink", PROBE_TARGET_URL, 90},
		{"Gewicht", PROBE_TARGET_WEIGHT, 80},
		{"tags", PROBE_TARGET_TAGS, 80},
		{"colour", PROBE_TARGET_ATTRIBUTES, 60},
	};
	struct field_meaning meanings[FIELD_MEANINGS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const size_t count = field_name_meanings(slice_from(table[i].name), meanings);
		if (count == 0 || meanings[0].target != table[i].target || meanings[0].weight < table[i].least)
			fail_msg("'%s' means %s with %d", table[i].name,
			         count > 0 ? probe_target_name(meanings[0].target) : "nothing", count > 0 ? meanings[0].weight : 0);
	}
}

static void meanings_come_with_the_surest_first(void **state)
{
	static const char *const names[] = {"sku", "handle", "status", "cost", "parent", "stan", "code", "amount"};
	struct field_meaning meanings[FIELD_MEANINGS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const size_t count = field_name_meanings(slice_from(names[i]), meanings);
		assert_true(count > 0 && count <= FIELD_MEANINGS_MAX);
		for (size_t k = 1; k < count; k++) {
			assert_true(meanings[k - 1].weight >= meanings[k].weight);
			assert_int_not_equal(meanings[k - 1].target, meanings[k].target);
		}
	}
}

static void other_names_mean_nothing(void **state)
{
	static const char *const names[] = {"", "xyzzy", "foo_bar", "ga:x", "§", "a", "1"};
	struct field_meaning meanings[FIELD_MEANINGS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(field_name_meanings(slice_from(names[i]), meanings), 0);
}

static void lists_of_attributes_are_known_by_their_names(void **state)
{
	(void)state;
	assert_true(field_name_is_label(slice_from("PARAM_NAME")));
	assert_true(field_name_is_label(slice_from("name")));
	assert_true(field_name_is_value(slice_from("VAL")));
	assert_true(field_name_is_value(slice_from("attribute_value")));
	assert_false(field_name_is_value(slice_from("id")));
}

int run_field_names_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_folded_to_plain_letters),
		cmocka_unit_test(names_of_many_languages_mean_fields),
		cmocka_unit_test(meanings_come_with_the_surest_first),
		cmocka_unit_test(other_names_mean_nothing),
		cmocka_unit_test(lists_of_attributes_are_known_by_their_names),
	};

	return cmocka_run_group_tests_name("field_names", tests, NULL, NULL);
}
