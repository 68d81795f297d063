/* Two bits a row, in blocks found by their number. */
#include "store/sqlite/apply_marks.h"

#include <stdlib.h>

#define BLOCK_KEYS 16384u /* keys of one block */
#define KEYS_PER_BYTE 4u

void marks_init(struct marks *marks)
{
	*marks = (struct marks){.bytes = NULL};
	hash_table_init(&marks->blocks);
}

void marks_release(struct marks *marks)
{
	for (size_t index = 0; index < marks->count; index++)
		free(marks->bytes[index]);
	free(marks->bytes);
	hash_table_release(&marks->blocks);
	marks_init(marks);
}

static struct hash128 block_key(uint64_t number)
{
	return (struct hash128){.low = number, .high = 0};
}

static unsigned char *block_find(struct marks *marks, uint64_t number)
{
	const uint32_t *index;

	if (marks->last_bytes != NULL && marks->last_number == number)
		return marks->last_bytes;
	index = hash_table_find(&marks->blocks, block_key(number));
	if (index == NULL || *index == 0)
		return NULL;
	marks->last_number = number;
	marks->last_bytes = marks->bytes[*index - 1];
	return marks->last_bytes;
}

static bool room_for_one(struct marks *marks)
{
	const size_t capacity = marks->capacity > 0 ? marks->capacity * 2 : 16;
	unsigned char **bytes;

	if (marks->count < marks->capacity)
		return true;
	if (capacity >= UINT32_MAX)
		return false;
	bytes = realloc(marks->bytes, capacity * sizeof(*bytes));
	if (bytes == NULL)
		return false;
	marks->bytes = bytes;
	marks->capacity = capacity;
	return true;
}

static unsigned char *block_add(struct marks *marks, uint64_t number)
{
	unsigned char *bytes;
	uint32_t *index;

	if (!room_for_one(marks))
		return NULL;
	bytes = calloc(BLOCK_KEYS / KEYS_PER_BYTE, 1);
	if (bytes == NULL)
		return NULL;
	index = hash_table_put(&marks->blocks, block_key(number), NULL);
	if (index == NULL) {
		free(bytes);
		return NULL;
	}
	marks->bytes[marks->count++] = bytes;
	*index = (uint32_t)marks->count;
	marks->last_number = number;
	marks->last_bytes = bytes;
	return bytes;
}

enum mark marks_get(struct marks *marks, int64_t key)
{
	const uint64_t place = (uint64_t)key;
	const unsigned char *bytes = block_find(marks, place / BLOCK_KEYS);
	const unsigned shift = (unsigned)(place % KEYS_PER_BYTE) * 2;

	if (bytes == NULL)
		return MARK_NONE;
	return (enum mark)((bytes[place % BLOCK_KEYS / KEYS_PER_BYTE] >> shift) & 3u);
}

bool marks_set(struct marks *marks, int64_t key, enum mark mark)
{
	const uint64_t place = (uint64_t)key;
	const unsigned shift = (unsigned)(place % KEYS_PER_BYTE) * 2;
	unsigned char *bytes = block_find(marks, place / BLOCK_KEYS);
	unsigned char *byte;

	if (bytes == NULL)
		bytes = block_add(marks, place / BLOCK_KEYS);
	if (bytes == NULL)
		return false;
	byte = &bytes[place % BLOCK_KEYS / KEYS_PER_BYTE];
	*byte = (unsigned char)((*byte & ~(3u << shift)) | ((unsigned)mark << shift));
	return true;
}
