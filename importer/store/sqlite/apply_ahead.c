/* Products that are derived while the feed is still read, group by group. */
#include "store/sqlite/apply_private.h"

#include <stdlib.h>
#include <string.h>

#define PRODUCT_ID_MAX ((size_t)64 * 1024) /* far beyond any id: fields are limited where they are read */

/* A feed of another order shows itself soon; what was made by then is looked at again. */
#define SCATTERED_MIN 32
#define SCATTERED_SHARE 32 /* one of so many groups may be of a product that had one before */

void ahead_init(struct ahead *ahead)
{
	*ahead = (struct ahead){.state = AHEAD_OFF};
	buffer_init(&ahead->product_id, PRODUCT_ID_MAX);
	arena_init(&ahead->text, AHEAD_TEXT_MAX);
}

void ahead_release(struct ahead *ahead)
{
	buffer_release(&ahead->product_id);
	arena_release(&ahead->text);
	free(ahead->skus);
	ahead_init(ahead);
}

void ahead_begin(struct apply *apply)
{
	if (!apply->catalog_has_skus && !apply->catalog_has_products && apply->policy.scope == APPLY_SCOPE_ALL &&
	    apply->policy.categories == APPLY_CATEGORIES_OVERWRITE)
		apply->ahead.state = AHEAD_ON;
}

static void drop_skus(struct ahead *ahead)
{
	ahead->sku_count = 0;
	arena_reset(&ahead->text);
}

static void give_up(struct ahead *ahead)
{
	ahead->state = AHEAD_GIVEN_UP;
	ahead->group = AHEAD_GROUP_NONE;
	drop_skus(ahead);
}

static bool is_of_group(const struct ahead *ahead, struct slice product_id)
{
	return ahead->group != AHEAD_GROUP_NONE && slice_equal(buffer_slice(&ahead->product_id), product_id);
}

/* The group's product is looked at in the end. */
static int leave_group(struct apply *apply, struct error *err)
{
	struct ahead *ahead = &apply->ahead;

	ahead->group = AHEAD_GROUP_LEFT;
	drop_skus(ahead);
	return product_note(apply, buffer_slice(&ahead->product_id), err);
}

/* Making the product */

static int compare_skus(const void *left, const void *right)
{
	return slice_compare(((const struct derivation_sku *)left)->sku_id, ((const struct derivation_sku *)right)->sku_id);
}

static int make_product(struct apply *apply, struct error *err)
{
	struct ahead *ahead = &apply->ahead;
	const struct slice product_id = buffer_slice(&ahead->product_id);
	struct cell cells[PRODUCT_COLUMN_COUNT];
	int64_t key;

	qsort(ahead->skus, ahead->sku_count, sizeof(*ahead->skus), compare_skus);
	derivation_clear(&apply->derivation);
	for (size_t index = 0; index < ahead->sku_count; index++)
		if (derivation_add(&apply->derivation, product_id, &ahead->skus[index], err) < 0)
			return -1;
	if (derivation_finish(&apply->derivation, cells, err) < 0)
		return -1;
	return product_create(apply, product_id, cells, &key, err);
}

static int close_group(struct apply *apply, struct error *err)
{
	struct ahead *ahead = &apply->ahead;
	const bool is_open = ahead->group == AHEAD_GROUP_OPEN;

	ahead->group = AHEAD_GROUP_NONE;
	if (is_open && make_product(apply, err) < 0)
		return -1;
	drop_skus(ahead);
	return 0;
}

static int open_group(struct apply *apply, struct slice product_id, struct error *err)
{
	struct ahead *ahead = &apply->ahead;
	const int was_seen = id_filter_add(&apply->seen[ITEM_PRODUCT], product_id);

	if (was_seen < 0)
		return error_set_memory(err);
	ahead->groups++;
	ahead->scattered += was_seen;
	if (ahead->scattered > SCATTERED_MIN + ahead->groups / SCATTERED_SHARE) {
		give_up(ahead);
		return 0;
	}
	buffer_clear(&ahead->product_id);
	if (buffer_append_slice(&ahead->product_id, product_id) < 0)
		return error_set_memory(err);
	ahead->group = AHEAD_GROUP_OPEN;
	return was_seen != 0 ? leave_group(apply, err) : 0;
}

/* Gathering its SKUs */

/* Moves the text to `place`, and `place` behind it. */
static void move_text(char **place, struct slice *text)
{
	if (text->size == 0)
		return;
	memcpy(*place, text->data, text->size);
	text->data = *place;
	*place += text->size;
}

/* Copies what the SKU borrows; false where there is no room. */
static bool own_texts(struct ahead *ahead, struct derivation_sku *sku)
{
	struct slice *const texts[] = {&sku->sku_id, &sku->name,       &sku->description, &sku->url,       &sku->brand,
	                               &sku->images, &sku->attributes, &sku->tags,        &sku->categories};
	size_t size = 0;
	char *place;

	for (size_t index = 0; index < sizeof(texts) / sizeof(texts[0]); index++)
		size += texts[index]->size;
	place = arena_take(&ahead->text, size);
	if (place == NULL)
		return false;
	for (size_t index = 0; index < sizeof(texts) / sizeof(texts[0]); index++)
		move_text(&place, texts[index]);
	return true;
}

static int keep_sku(struct apply *apply, struct slice id, const struct cell *cells, struct error *err)
{
	struct ahead *ahead = &apply->ahead;
	struct derivation_sku sku;

	if (ahead->group != AHEAD_GROUP_OPEN)
		return 0;
	if (ahead->skus == NULL)
		ahead->skus = malloc(AHEAD_SKUS_MAX * sizeof(*ahead->skus));
	if (ahead->skus == NULL)
		return error_set_memory(err);
	derivation_sku_from_cells(id, cells, &sku);
	/* What there is no room for here can be read back. */
	if (ahead->sku_count == AHEAD_SKUS_MAX || !own_texts(ahead, &sku))
		return leave_group(apply, err);
	ahead->skus[ahead->sku_count++] = sku;
	return 0;
}

int ahead_add_sku(struct apply *apply, struct slice id, const struct cell *cells, struct error *err)
{
	struct ahead *ahead = &apply->ahead;
	const int64_t product_link = cells[SKU_COLUMN_PRODUCT_LINK].integer;
	const struct slice product_id = cell_slice(&cells[SKU_COLUMN_PRODUCT_ID]);

	if (ahead->state != AHEAD_ON)
		return 0;
	/* Such products are stated, or found in the end. */
	if (product_link == PRODUCT_LINK_NAMED || product_link == PRODUCT_LINK_LISTED) {
		give_up(ahead);
		return 0;
	}
	if (!is_of_group(ahead, product_id) && (close_group(apply, err) < 0 || open_group(apply, product_id, err) < 0))
		return -1;
	return keep_sku(apply, id, cells, err);
}

/* What else happens */

int ahead_touch(struct apply *apply, struct slice product_id, struct error *err)
{
	struct ahead *ahead = &apply->ahead;

	if (ahead->state != AHEAD_ON)
		return 0;
	if (!is_of_group(ahead, product_id))
		return product_note(apply, product_id, err);
	return ahead->group == AHEAD_GROUP_OPEN ? leave_group(apply, err) : product_note(apply, product_id, err);
}

bool ahead_is_without_row(const struct apply *apply, struct slice product_id)
{
	return apply->ahead.group == AHEAD_GROUP_OPEN && is_of_group(&apply->ahead, product_id);
}

void ahead_note_stated(struct apply *apply, struct slice product_id)
{
	struct ahead *ahead = &apply->ahead;

	if (!is_of_group(ahead, product_id))
		return;
	ahead->group = AHEAD_GROUP_LEFT;
	drop_skus(ahead);
}

bool ahead_has_made(const struct apply *apply, const struct stored_row *row)
{
	return apply->ahead.state != AHEAD_OFF && !cell_is_text(&row->cells[PRODUCT_COLUMN_ORIGIN], "stated");
}

int ahead_take_back(struct apply *apply, struct slice product_id, const struct stored_row *row, struct error *err)
{
	const struct change change = {.kind = ITEM_PRODUCT, .action = CHANGE_CREATED, .id = product_id, .after = row->cells};

	if (change_take_back(apply, &change, err) < 0 ||
	    apply_run_with_key(apply, SQL_PRODUCT_CATEGORIES_DELETE, row->key, err) < 0)
		return -1;
	apply->counts.kinds[ITEM_PRODUCT].created--;
	apply->counts.stock[ITEM_PRODUCT].created--;
	return apply_run_with_key(apply, SQL_PRODUCT_DELETE, row->key, err);
}

int ahead_finish(struct apply *apply, struct error *err)
{
	if (close_group(apply, err) < 0)
		return -1;
	return apply->ahead.state == AHEAD_ON ? 1 : 0;
}
