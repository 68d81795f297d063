/*
 * A made-up catalogue that can be written as a feed in several formats and
 * versions. Everything follows from the seed: the same arguments give the
 * same bytes on every machine.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Which version of the catalogue: shares of version 0's offers, in millionths. */
struct catalogue_version {
	uint64_t offers; /* of version 0 */
	uint64_t seed;
	uint64_t number;  /* 0: the first; versions with other numbers change other offers */
	uint32_t changed; /* have another price, availability or name */
	uint32_t added;
	uint32_t removed;
	bool shuffled; /* in another order */
	bool touched;  /* every record's bytes differ from version 0, no item does */
};

#define OFFER_PICTURES 2
#define OFFER_PARAMS 4
#define OFFERS_PER_PRODUCT 4
#define CATALOGUE_CATEGORIES 500

struct offer_param {
	const char *name;
	char value[48];
};

/* Texts are UTF-8, without anything that a format would have to escape but '&' in the description. */
struct offer {
	uint64_t number;
	char id[24];
	char product_id[24];
	unsigned category;
	char name[128];
	char brand[32];
	char url[128];
	char description[512];
	char pictures[OFFER_PICTURES][128];
	struct offer_param params[OFFER_PARAMS];
	char barcode[16];
	char part_number[24];
	unsigned price_cents;
	unsigned old_price_cents; /* 0 = none */
	bool is_available;
	unsigned quantity;
};

/* How many places version's feed has; some may be empty (a removed offer). */
uint64_t catalogue_places(const struct catalogue_version *version);

/* The offer at `place`, or false where it was removed. */
bool catalogue_offer(const struct catalogue_version *version, uint64_t place, struct offer *ret_offer);

/* Category `number` from 1; the parent is 0 for those at the top. */
void catalogue_category(unsigned number, unsigned *ret_parent, char *ret_name, size_t size);

/* What a format does with the catalogue. */
struct feed_format {
	const char *name;
	void (*begin)(FILE *out, const struct catalogue_version *version);
	void (*offer)(FILE *out, const struct catalogue_version *version, const struct offer *offer, bool is_first);
	void (*end)(FILE *out);
};

extern const struct feed_format feed_formats[];
extern const size_t feed_format_count;
