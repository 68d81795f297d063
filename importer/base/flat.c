/* Flat text between processes. */
#include "base/flat.h"

#include <string.h>

struct flat flat_writer(struct buffer *out)
{
	return (struct flat){.out = out};
}

struct flat flat_reader(struct slice in, struct arena *arena)
{
	return (struct flat){.in = in, .arena = arena};
}

void flat_u64(struct flat *flat, uint64_t *value)
{
	if (flat->out) {
		(void)buffer_append(flat->out, value, sizeof(*value)); /* failure sticks and is seen at the end */
		return;
	}
	if (flat->failed || flat->in.size < sizeof(*value)) {
		flat->failed = true;
		*value = 0;
		return;
	}
	memcpy(value, flat->in.data, sizeof(*value));
	flat->in = slice_make(flat->in.data + sizeof(*value), flat->in.size - sizeof(*value));
}

void flat_i64(struct flat *flat, int64_t *value)
{
	uint64_t bits;

	memcpy(&bits, value, sizeof(bits));
	flat_u64(flat, &bits);
	memcpy(value, &bits, sizeof(bits));
}

void flat_u32(struct flat *flat, uint32_t *value, uint32_t end)
{
	uint64_t wide = *value;

	flat_u64(flat, &wide);
	if (wide >= end) {
		flat->failed = true;
		wide = 0;
	}
	*value = (uint32_t)wide;
}

void flat_bool(struct flat *flat, bool *value)
{
	uint32_t number = *value ? 1 : 0;

	flat_u32(flat, &number, 2);
	*value = number != 0;
}

void flat_text(struct flat *flat, struct slice *text)
{
	uint64_t size = text->size;

	flat_u64(flat, &size);
	if (flat->out) {
		(void)buffer_append_slice(flat->out, *text); /* as above */
		return;
	}
	if (flat->failed || size > flat->in.size) {
		flat->failed = true;
		*text = (struct slice){NULL, 0};
		return;
	}
	*text = slice_make(flat->in.data, (size_t)size);
	flat->in = slice_make(flat->in.data + size, flat->in.size - (size_t)size);
}

void *flat_array(struct flat *flat, void *items, uint32_t *count, uint32_t max, size_t item_size)
{
	flat_u32(flat, count, max + 1);
	if (flat->out)
		return items;
	items = arena_alloc(flat->arena, (*count + (size_t)1) * item_size);
	if (items == NULL) {
		flat->failed = true;
		flat->is_out_of_memory = true;
		*count = 0;
	}
	return items;
}

bool flat_is_done(const struct flat *flat)
{
	return flat->out ? !flat->out->failed : !flat->failed && flat->in.size == 0;
}
