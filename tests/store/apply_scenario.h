/*
 * Feeds as text, and tables of runs with what each must count and leave.
 *
 * A line of a feed is a record with one statement, its fields parted by ' | ':
 *     sku ID PRODUCT self|group|named|alone | name=Red shirt | price=5000000
 *     product ID | name=Shirt | categories=["c1"]
 *     category ID PARENT | name=Shirts            (outside of records; '-' for no parent)
 *     reject sku|product|category ID              ('-' for no id)
 * A line that begins with '+' adds a statement to the record of the line before it; '+derived ID PARENT' is a category too.
 */
#pragma once

#include "apply_support.h"

void feed_parse(struct feed *feed, const char *text);

struct scenario_step {
	const char *job; /* NULL: 'acme' */
	enum apply_missing missing;
	struct apply_policy policy; /* but for `missing` */
	bool is_unproven;
	const char *by_hand; /* SQL before the run */
	const char *feed;    /* NULL ends the steps */
	/* What is NULL is not looked at. */
	const char *skus;
	const char *products;
	const char *categories;
	const char *sku_stock;
	const char *product_stock;
	const char *category_stock;
	const char *complaints;
	const char *query;
	const char *rows;
	const char *changes; /* kind|item|action|before|after, by line */
};

#define SCENARIO_STEPS 7

struct scenario {
	const char *name;
	struct scenario_step steps[SCENARIO_STEPS];
};

/* Each in a store of its own. */
void run_scenarios(const struct scenario *scenarios, size_t count);
