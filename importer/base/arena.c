/*
 * Memory that is freed all at once: a list of blocks, the newest first.
 *
 * Blocks double from 16 KiB to 1 MiB. A request that would waste much of a
 * block gets one of its own, put behind the head so that the head is filled up.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK_MIN ((size_t)16 * 1024)
#define ARENA_BLOCK_MAX ((size_t)1024 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t capacity;
	size_t used;
	alignas(max_align_t) char data[];
};

static size_t round_up(size_t size)
{
	const size_t mask = alignof(max_align_t) - 1;

	return (size + mask) & ~mask;
}

static struct arena_block *block_new(size_t capacity)
{
	struct arena_block *block;

	if (capacity > SIZE_MAX - sizeof(*block))
		return NULL;
	block = malloc(sizeof(*block) + capacity);
	if (block == NULL)
		return NULL;
	block->next = NULL;
	block->capacity = capacity;
	block->used = 0;
	return block;
}

/* A block with room for `size` bytes, linked into the list. */
static struct arena_block *block_with_room(struct arena *arena, size_t size)
{
	struct arena_block *head;
	struct arena_block *block;
	size_t capacity;

	if (arena->blocks == NULL)
		arena->blocks = block_new(ARENA_BLOCK_MIN);
	head = arena->blocks;
	if (head == NULL || size <= head->capacity - head->used)
		return head;
	capacity = head->capacity < ARENA_BLOCK_MAX ? head->capacity * 2 : ARENA_BLOCK_MAX;
	if (size > capacity / 2) {
		block = block_new(size);
		if (block == NULL)
			return NULL;
		block->next = head->next;
		head->next = block;
		return block;
	}
	block = block_new(capacity);
	if (block == NULL)
		return NULL;
	block->next = head;
	arena->blocks = block;
	return block;
}

void *arena_take(struct arena *arena, size_t size)
{
	const size_t rounded = round_up(size);
	struct arena_block *block;
	void *memory;

	if (rounded < size || rounded > arena->max - arena->used)
		return NULL;
	block = block_with_room(arena, rounded);
	if (block == NULL)
		return NULL;
	memory = block->data + block->used;
	block->used += rounded;
	arena->used += rounded;
	return memory;
}

void arena_init(struct arena *arena, size_t max_bytes)
{
	*arena = (struct arena){.max = max_bytes};
}

void arena_release(struct arena *arena)
{
	struct arena_block *block = arena->blocks;

	while (block != NULL) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
	arena_init(arena, arena->max);
}

void arena_reset(struct arena *arena)
{
	struct arena_block *kept = NULL;
	struct arena_block *block = arena->blocks;

	while (block != NULL) {
		struct arena_block *next = block->next;

		if (kept == NULL && block->capacity == ARENA_BLOCK_MIN)
			kept = block;
		else
			free(block);
		block = next;
	}
	if (kept != NULL) {
		kept->next = NULL;
		kept->used = 0;
	}
	arena->blocks = kept;
	arena->used = 0;
}

bool arena_adopt(struct arena *arena, struct arena *other)
{
	struct arena_block **end = &arena->blocks;
	const size_t used = arena->used + other->used;

	while (*end != NULL)
		end = &(*end)->next;
	*end = other->blocks; /* behind the block that is being filled */
	arena->used = used < arena->max ? used : arena->max;
	arena_init(other, other->max);
	return used <= arena->max;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	void *memory = arena_take(arena, size);

	if (memory != NULL)
		memset(memory, 0, size);
	return memory;
}

char *arena_text(struct arena *arena, struct slice text)
{
	char *copy = text.size < SIZE_MAX ? arena_take(arena, text.size + 1) : NULL;

	if (copy == NULL)
		return NULL;
	if (text.size > 0)
		memcpy(copy, text.data, text.size);
	copy[text.size] = '\0';
	return copy;
}

bool arena_copy(struct arena *arena, struct slice text, struct slice *ret_copy)
{
	const char *copy = arena_text(arena, text);

	if (copy == NULL)
		return false;
	*ret_copy = slice_make(copy, text.size);
	return true;
}
