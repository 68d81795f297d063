/* feedmill categories, products, skus: look at the catalogue. */
#include "cli/explain.h"
#include "cli/listing.h"

#include <string.h>

static int print_items(const struct invocation *invocation, enum store_list list, enum item_kind kind)
{
	struct setting setting;
	struct store *store;
	struct store_selection selection;
	const char *verb = invocation->argument_count > 0 ? invocation->arguments[0] : "list";
	bool is_get = strcmp(verb, "get") == 0;
	int status = listing_filters(invocation, list, &selection);

	if (status != EXIT_DONE)
		return status;
	if (!is_get && strcmp(verb, "list") != 0)
		return command_usage(invocation, "'%s' is neither 'list' nor 'get'", verb);
	if (is_get && invocation->argument_count != 2)
		return command_usage(invocation, "'get' needs an id");
	if (!is_get && invocation->argument_count > 1)
		return command_usage(invocation, "'list' takes no argument '%s'; 'get' takes an id", invocation->arguments[1]);
	if (!is_get && option_given(invocation, OPTION_EXPLAIN))
		return command_usage(invocation, "'--explain' is for one item: 'get ID --explain'");
	if (is_get)
		selection.id = invocation->arguments[1];
	status = listing_open(invocation, &setting, &store);
	if (status != EXIT_DONE)
		return status;
	status = option_given(invocation, OPTION_EXPLAIN) ? explain_item(invocation, &setting, store, kind, &selection)
	                                                  : listing_print(invocation, store, &selection);
	listing_close(&setting, store);
	return status;
}

static int categories(const struct invocation *invocation)
{
	return print_items(invocation, STORE_LIST_CATEGORIES, ITEM_CATEGORY);
}

static int products(const struct invocation *invocation)
{
	return print_items(invocation, STORE_LIST_PRODUCTS, ITEM_PRODUCT);
}

static int skus(const struct invocation *invocation)
{
	return print_items(invocation, STORE_LIST_SKUS, ITEM_SKU);
}

static const char explain_details[] =
	"'get ID --explain' says where each field came from: the feed that the item's job applied last is read again from the spool, and\n"
	"shows for each field the record, where its texts stood there, what was done to them, and the rule of the dialect that says so.";

static const enum option_id category_options[] = {
	OPTION_CONFIG, OPTION_STORE, OPTION_CATALOG, OPTION_JOB, OPTION_STATUS, OPTION_LIMIT, OPTION_EXPLAIN, OPTION_JSON,
};
static const enum option_id product_options[] = {
	OPTION_CONFIG,   OPTION_STORE, OPTION_CATALOG, OPTION_JOB,  OPTION_STATUS,
	OPTION_CATEGORY, OPTION_LIMIT, OPTION_EXPLAIN, OPTION_JSON,
};
static const enum option_id sku_options[] = {
	OPTION_CONFIG,  OPTION_STORE,    OPTION_CATALOG, OPTION_JOB,     OPTION_STATUS,
	OPTION_PRODUCT, OPTION_CATEGORY, OPTION_LIMIT,   OPTION_EXPLAIN, OPTION_JSON,
};

const struct command command_categories = {
	.name = "categories",
	.arguments = "list | get ID",
	.details = explain_details,
	.summary = "list the categories of the store, or show one",
	.arguments_max = 2,
	.options = category_options,
	.option_count = sizeof(category_options) / sizeof(category_options[0]),
	.run = categories,
};

const struct command command_products = {
	.name = "products",
	.arguments = "list | get ID",
	.details = explain_details,
	.summary = "list the products of the store, or show one",
	.arguments_max = 2,
	.options = product_options,
	.option_count = sizeof(product_options) / sizeof(product_options[0]),
	.run = products,
};

const struct command command_skus = {
	.name = "skus",
	.arguments = "list | get ID",
	.details = explain_details,
	.summary = "list the SKUs of the store, or show one with all it has",
	.arguments_max = 2,
	.options = sku_options,
	.option_count = sizeof(sku_options) / sizeof(sku_options[0]),
	.run = skus,
};
