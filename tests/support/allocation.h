/*
 * Requests for memory that fail when a test says so: those of our own code, which the linker sends here (feedmill_test with
 * ALLOCATIONS), and those of libraries whose hooks ask allocation_fails_now().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The n-th request from now on fails, once: 1 is the next one; 0 = none. */
void allocation_fail_at(size_t number);

/* No request fails any more; did one? */
bool allocation_stop(void);

/* How many requests there have been since allocation_fail_at. */
size_t allocation_count(void);

/* Called at every request with its number, counted since allocation_fail_at; NULL: nobody is. */
void allocation_watch(void (*watch)(size_t number));

/* One more request: does it fail? */
bool allocation_fails_now(void);
