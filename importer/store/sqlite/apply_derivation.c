/*
 * What the SKUs of a product have in common: the prefix of their names, the
 * brand and description they share, the attributes that every one has.
 */
#include "store/sqlite/apply_derivation.h"

#include "base/hash.h"
#include "base/json.h"
#include "base/utf8.h"
#include "store/sqlite/apply_list.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)256 * 1024 * 1024) /* far beyond any column: fields are limited where they are read */
#define NAME_CHARACTERS_MIN 3                /* a shorter common prefix is chance */

column_mask derivation_columns(void)
{
	return COLUMN_BIT(SKU_COLUMN_PRODUCT_ID) | COLUMN_BIT(SKU_COLUMN_PRODUCT_LINK) | COLUMN_BIT(SKU_COLUMN_NAME) |
	       COLUMN_BIT(SKU_COLUMN_DESCRIPTION) | COLUMN_BIT(SKU_COLUMN_URL) | COLUMN_BIT(SKU_COLUMN_BRAND) |
	       COLUMN_BIT(SKU_COLUMN_IMAGES) | COLUMN_BIT(SKU_COLUMN_ATTRIBUTES) | COLUMN_BIT(SKU_COLUMN_TAGS) |
	       COLUMN_BIT(SKU_COLUMN_STATUS) | COLUMN_BIT(SKU_COLUMN_CATEGORIES);
}

void derivation_sku_from_cells(struct slice id, const struct cell *cells, struct derivation_sku *ret_sku)
{
	*ret_sku = (struct derivation_sku){
		.sku_id = id,
		.product_link = cells[SKU_COLUMN_PRODUCT_LINK].integer,
		.name = cell_slice(&cells[SKU_COLUMN_NAME]),
		.description = cell_slice(&cells[SKU_COLUMN_DESCRIPTION]),
		.url = cell_slice(&cells[SKU_COLUMN_URL]),
		.brand = cell_slice(&cells[SKU_COLUMN_BRAND]),
		.images = cell_slice(&cells[SKU_COLUMN_IMAGES]),
		.attributes = cell_slice(&cells[SKU_COLUMN_ATTRIBUTES]),
		.tags = cell_slice(&cells[SKU_COLUMN_TAGS]),
		.categories = cell_slice(&cells[SKU_COLUMN_CATEGORIES]),
		.is_active = cell_is_text(&cells[SKU_COLUMN_STATUS], "active"),
	};
}

/* Calls `visit` for every buffer. */
static void each_buffer(struct derivation *derivation, void (*visit)(struct buffer *buffer))
{
	struct buffer *const buffers[] = {
		&derivation->name,       &derivation->prefix,         &derivation->url,        &derivation->images,
		&derivation->attributes, &derivation->tags,           &derivation->categories, &derivation->description.text,
		&derivation->brand.text, &derivation->representative, &derivation->scratch,
	};

	for (size_t index = 0; index < sizeof(buffers) / sizeof(buffers[0]); index++)
		visit(buffers[index]);
}

static void init_buffer(struct buffer *buffer)
{
	buffer_init(buffer, TEXT_MAX);
}

void derivation_init(struct derivation *derivation)
{
	*derivation = (struct derivation){.skus = 0};
	each_buffer(derivation, init_buffer);
}

void derivation_release(struct derivation *derivation)
{
	each_buffer(derivation, buffer_release);
	free(derivation->others.slots);
	derivation->others.slots = NULL;
}

void derivation_clear(struct derivation *derivation)
{
	each_buffer(derivation, buffer_clear);
	derivation->skus = 0;
	derivation->has_active = false;
	derivation->is_self = false;
	derivation->prefix_is_whole = true;
	derivation->description.differs = false;
	derivation->brand.differs = false;
	derivation->others.count = 0;
}

/* Names */

static const char narrow_separators[] = " \t\r\n,;:-|/\\([{";
static const char *const wide_separators[] = {"\xC2\xA0", "\xC2\xB7", "\xE2\x80\x93", "\xE2\x80\x94",
                                              "\xE2\x80\xAF"}; /* NBSP, middle dot, dashes, narrow NBSP */
#define WIDE_COUNT (sizeof(wide_separators) / sizeof(wide_separators[0]))

static bool is_narrow_separator(char byte)
{
	return memchr(narrow_separators, byte, sizeof(narrow_separators) - 1) != NULL;
}

/* Does `text` begin with white space or punctuation that parts words? */
static bool begins_with_separator(struct slice text)
{
	if (text.size == 0 || is_narrow_separator(text.data[0]))
		return text.size > 0;
	for (size_t index = 0; index < WIDE_COUNT; index++)
		if (slice_starts_with(text, wide_separators[index]))
			return true;
	return false;
}

/* Bytes of the separator that `text` ends with, or 0. */
static size_t separator_at_end(struct slice text)
{
	if (text.size > 0 && is_narrow_separator(text.data[text.size - 1]))
		return 1;
	for (size_t index = 0; index < WIDE_COUNT; index++) {
		const size_t size = strlen(wide_separators[index]);

		if (text.size >= size && memcmp(text.data + text.size - size, wide_separators[index], size) == 0)
			return size;
	}
	return 0;
}

static struct slice behind(struct slice text, size_t offset)
{
	return slice_make(text.data + offset, text.size - offset);
}

static bool ends_word_at(struct slice text, size_t offset)
{
	return offset == text.size || begins_with_separator(behind(text, offset));
}

static bool is_continuation(struct slice text, size_t offset)
{
	return offset < text.size && utf8_is_continuation(text.data[offset]);
}

/* Bytes that both begin with, without a cut character. */
static size_t common_size(struct slice left, struct slice right)
{
	const size_t most = left.size < right.size ? left.size : right.size;
	size_t size = 0;

	while (size < most && left.data[size] == right.data[size])
		size++;
	while (size > 0 && (is_continuation(left, size) || is_continuation(right, size)))
		size--;
	return size;
}

static void add_name(struct derivation *derivation, struct slice name)
{
	const struct slice prefix = buffer_slice(&derivation->prefix);
	size_t size;

	if (slice_is_empty(name))
		return;
	if (slice_is_empty(buffer_slice(&derivation->name))) {
		(void)buffer_append_slice(&derivation->name, name);
		(void)buffer_append_slice(&derivation->prefix, name);
		return;
	}
	size = common_size(prefix, name);
	/* All earlier names go on alike behind a prefix that gets shorter. */
	if (size < prefix.size)
		derivation->prefix_is_whole = ends_word_at(prefix, size);
	derivation->prefix_is_whole = derivation->prefix_is_whole && ends_word_at(name, size);
	derivation->prefix.size = size;
}

static struct slice product_name(const struct derivation *derivation)
{
	struct slice prefix = buffer_slice(&derivation->prefix);
	size_t size;

	if (derivation->skus == 1)
		return prefix;
	/* Back to the end of the last whole word, then without what parted it from the next. */
	while (!derivation->prefix_is_whole && prefix.size > 0 && separator_at_end(prefix) == 0)
		prefix.size--;
	while ((size = separator_at_end(prefix)) > 0)
		prefix.size -= size;
	return utf8_length(prefix) >= NAME_CHARACTERS_MIN ? prefix : buffer_slice(&derivation->name);
}

/* Values */

static void add_shared(struct derivation_shared *shared, struct slice text)
{
	if (slice_is_empty(text))
		return;
	if (slice_is_empty(buffer_slice(&shared->text)))
		(void)buffer_append_slice(&shared->text, text);
	else if (!slice_equal(buffer_slice(&shared->text), text))
		shared->differs = true;
}

static struct slice shared_text(const struct derivation_shared *shared)
{
	return shared->differs ? slice_make(NULL, 0) : buffer_slice(&shared->text);
}

static void add_first(struct buffer *first, struct slice text)
{
	if (first->size == 0)
		(void)buffer_append_slice(first, text);
}

/* Lists */

#define ELEMENTS_MAX 128 /* compared one by one; the elements of longer lists are hashed */

struct element_list {
	struct slice elements[ELEMENTS_MAX];
	size_t count;
	bool is_long; /* there are more */
};

static void list_split(struct slice list, struct element_list *ret_list)
{
	struct list_walk walk = list_walk_begin(list);
	struct slice element;

	ret_list->count = 0;
	while (ret_list->count < ELEMENTS_MAX && list_walk_next(&walk, &ret_list->elements[ret_list->count]))
		ret_list->count++;
	ret_list->is_long = ret_list->count == ELEMENTS_MAX && list_walk_next(&walk, &element);
}

static bool list_has(const struct element_list *list, struct slice wanted)
{
	for (size_t index = 0; index < list->count; index++)
		if (slice_equal(list->elements[index], wanted))
			return true;
	return false;
}

/* The elements of `list`, hashed; false when memory is exhausted. */
static bool list_hash(struct slice list, struct hash_table *table)
{
	struct list_walk walk = list_walk_begin(list);
	struct slice element;

	while (list_walk_next(&walk, &element))
		if (hash_table_put(table, hash_bytes(element, 0), NULL) == NULL)
			return false;
	return true;
}

/* Keep in `list` what `other` has too; a list that gets empty is no list. */
static int intersect(struct buffer *list, struct slice other, struct buffer *scratch, struct error *err)
{
	struct list_walk walk = list_walk_begin(buffer_slice(list));
	struct element_list others;
	struct hash_table table;
	struct slice element;
	struct buffer swap;

	hash_table_init(&table);
	buffer_clear(scratch);
	list_split(other, &others);
	if (others.is_long && !list_hash(other, &table)) {
		hash_table_release(&table);
		return error_set_memory(err);
	}
	while (list_walk_next(&walk, &element)) {
		if (others.is_long ? hash_table_find(&table, hash_bytes(element, 0)) == NULL : !list_has(&others, element))
			continue;
		(void)buffer_append_byte(scratch, scratch->size == 0 ? '[' : ',');
		(void)buffer_append_slice(scratch, element);
	}
	if (scratch->size > 0)
		(void)buffer_append_byte(scratch, ']');
	hash_table_release(&table);
	swap = *list;
	*list = *scratch;
	*scratch = swap;
	return 0;
}

/* `is_first`: of the representative. */
static int add_common(struct buffer *list, struct slice other, bool is_first, struct buffer *scratch, struct error *err)
{
	if (is_first)
		(void)buffer_append_slice(list, other);
	else if (list->size > 0 && !slice_equal(buffer_slice(list), other))
		return intersect(list, other, scratch, err);
	return 0;
}

/* Categories */

static struct slice id_at(const struct derivation_ids *ids, size_t place)
{
	return slice_make(ids->slots[ids->order[place]], ids->sizes[ids->order[place]]);
}

/* Where `id` stands or belongs. */
static size_t id_place(const struct derivation_ids *ids, struct slice id, bool *ret_is_there)
{
	size_t low = 0;
	size_t high = ids->count;

	*ret_is_there = false;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order = slice_compare(id_at(ids, middle), id);

		if (order == 0) {
			*ret_is_there = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int id_add(struct derivation_ids *ids, struct slice id, struct error *err)
{
	bool is_there;
	const size_t place = id_place(ids, id, &is_there);
	uint16_t slot;

	if (is_there || place >= LIMIT_LIST_ITEMS || id.size == 0 || id.size > LIMIT_ID_BYTES)
		return 0;
	if (ids->slots == NULL)
		ids->slots = malloc(LIMIT_LIST_ITEMS * sizeof(*ids->slots));
	if (ids->slots == NULL)
		return error_set_memory(err);
	/* A full list gives up its greatest. */
	if (ids->count == LIMIT_LIST_ITEMS)
		slot = ids->order[--ids->count];
	else
		slot = (uint16_t)ids->count;
	memmove(&ids->order[place + 1], &ids->order[place], (ids->count - place) * sizeof(ids->order[0]));
	ids->order[place] = slot;
	ids->sizes[slot] = (uint16_t)id.size;
	memcpy(ids->slots[slot], id.data, id.size);
	ids->count++;
	return 0;
}

/* `id` is an element of another SKU's list. */
static int add_category(struct derivation *derivation, struct slice element, struct error *err)
{
	struct slice id;

	if (list_string(element, &derivation->scratch, &id))
		return id_add(&derivation->others, id, err);
	return derivation->scratch.failed ? error_set_memory(err) : 0;
}

/* What the representative has not: as `known` where its list is long, which it is only with many parts. */
static int add_other_categories(struct derivation *derivation, struct slice list, struct hash_table *known, struct error *err)
{
	const struct slice representative = buffer_slice(&derivation->representative);
	struct list_walk walk = list_walk_begin(list);
	struct element_list first;
	struct slice element;

	list_split(representative, &first);
	if (first.is_long && !list_hash(representative, known))
		return error_set_memory(err);
	while (list_walk_next(&walk, &element)) {
		if (first.is_long ? hash_table_find(known, hash_bytes(element, 0)) != NULL : list_has(&first, element))
			continue;
		if (add_category(derivation, element, err) < 0)
			return -1;
	}
	return 0;
}

static int add_categories(struct derivation *derivation, struct slice list, bool is_first, struct error *err)
{
	struct hash_table known;
	int result;

	if (is_first) {
		(void)buffer_append_slice(&derivation->representative, list);
		return 0;
	}
	if (slice_equal(buffer_slice(&derivation->representative), list))
		return 0;
	hash_table_init(&known);
	result = add_other_categories(derivation, list, &known, err);
	hash_table_release(&known);
	return result;
}

/* The representative's in its order, then the others by id. */
static struct slice product_categories(struct derivation *derivation)
{
	const struct slice representative = buffer_slice(&derivation->representative);
	struct list_walk walk = list_walk_begin(representative);
	struct json_writer json;
	struct slice element;

	if (derivation->others.count == 0)
		return representative;
	json_writer_init(&json, &derivation->categories);
	json_array_begin(&json);
	while (list_walk_next(&walk, &element))
		json_raw(&json, element);
	for (size_t place = 0; place < derivation->others.count; place++)
		json_string(&json, id_at(&derivation->others, place));
	json_array_end(&json);
	return buffer_slice(&derivation->categories);
}

static bool any_failed(struct derivation *derivation)
{
	return derivation->name.failed || derivation->prefix.failed || derivation->url.failed || derivation->images.failed ||
	       derivation->attributes.failed || derivation->tags.failed || derivation->categories.failed ||
	       derivation->description.text.failed || derivation->brand.text.failed || derivation->representative.failed ||
	       derivation->scratch.failed;
}

int derivation_add(struct derivation *derivation, struct slice product_id, const struct derivation_sku *sku, struct error *err)
{
	const bool is_first = derivation->skus == 0;

	derivation->skus++;
	derivation->has_active = derivation->has_active || sku->is_active;
	derivation->is_self = is_first && slice_equal(sku->sku_id, product_id) &&
	                      (sku->product_link == PRODUCT_LINK_SELF || sku->product_link == PRODUCT_LINK_ALONE ||
	                       sku->product_link == PRODUCT_LINK_LISTED);
	add_name(derivation, sku->name);
	add_shared(&derivation->description, sku->description);
	add_shared(&derivation->brand, sku->brand);
	add_first(&derivation->url, sku->url);
	add_first(&derivation->images, sku->images);
	if (add_common(&derivation->attributes, sku->attributes, is_first, &derivation->scratch, err) < 0 ||
	    add_common(&derivation->tags, sku->tags, is_first, &derivation->scratch, err) < 0 ||
	    add_categories(derivation, sku->categories, is_first, err) < 0)
		return -1;
	return any_failed(derivation) ? error_set_memory(err) : 0;
}

int derivation_finish(struct derivation *derivation, struct cell *ret_cells, struct error *err)
{
	for (size_t index = 0; index < PRODUCT_COLUMN_COUNT; index++)
		ret_cells[index] = (struct cell){.type = CELL_NULL};
	ret_cells[PRODUCT_COLUMN_ORIGIN] = cell_text(slice_from(derivation->is_self ? "self" : "synthesised"));
	ret_cells[PRODUCT_COLUMN_NAME] = cell_text(product_name(derivation));
	ret_cells[PRODUCT_COLUMN_DESCRIPTION] = cell_text(shared_text(&derivation->description));
	ret_cells[PRODUCT_COLUMN_BRAND] = cell_text(shared_text(&derivation->brand));
	ret_cells[PRODUCT_COLUMN_URL] = cell_text(buffer_slice(&derivation->url));
	ret_cells[PRODUCT_COLUMN_IMAGES] = cell_text(buffer_slice(&derivation->images));
	ret_cells[PRODUCT_COLUMN_ATTRIBUTES] = cell_text(buffer_slice(&derivation->attributes));
	ret_cells[PRODUCT_COLUMN_TAGS] = cell_text(buffer_slice(&derivation->tags));
	ret_cells[PRODUCT_COLUMN_STATUS] = cell_text(slice_from(derivation->has_active ? "active" : "hidden"));
	ret_cells[PRODUCT_COLUMN_CATEGORIES] = cell_text(product_categories(derivation));
	return any_failed(derivation) ? error_set_memory(err) : 0;
}
