/* A store in a folder of its own, a clock that a case may push, and children that are readers. */
#pragma once

#include "run/reader.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct world {
	char folder[64];
	char location[128];
	struct store *store;
	struct run_ticket ticket; /* of a run of 'acme' in 'main' */
	int64_t steady_ms;
	int64_t step_ms; /* how far the clock goes with each look at it */
};

void world_init(struct world *world);
void world_release(struct world *world);
struct clock world_clock(struct world *world);

/* Run `body` in a child that has the pipe's write end, as a reader has. */
struct reader_process world_start_reader(void (*body)(int fd, const void *context), const void *context);

/* In that child: a reader's first word, what it lacks of its cage. */
void world_write_caged(int fd, uint32_t missing);
