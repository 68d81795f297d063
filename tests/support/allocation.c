/* malloc, calloc, realloc and mmap behind the linker's --wrap. */
#include "support/allocation.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset);

/* Threads ask for memory too. */
static struct {
	atomic_size_t fails_at; /* 0 = none does */
	atomic_size_t count;
	atomic_bool has_failed;
	void (*watch)(size_t number);
} allocation;

void allocation_fail_at(size_t number)
{
	allocation.fails_at = number;
	allocation.count = 0;
	allocation.has_failed = false;
}

bool allocation_stop(void)
{
	allocation.fails_at = 0;
	return allocation.has_failed;
}

size_t allocation_count(void)
{
	return allocation.count;
}

void allocation_watch(void (*watch)(size_t number))
{
	allocation.watch = watch;
}

bool allocation_fails_now(void)
{
	const size_t number = atomic_fetch_add(&allocation.count, 1) + 1;

	if (allocation.watch != NULL)
		allocation.watch(number);
	/* One failure only: what is done about it must work. */
	if (number != allocation.fails_at)
		return false;
	allocation.has_failed = true;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return allocation_fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return allocation_fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	return allocation_fails_now() ? NULL : __real_realloc(memory, size);
}

/* Files that are mapped are no requests for memory. */
void *__wrap_mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	if ((flags & MAP_ANONYMOUS) == 0 || !allocation_fails_now())
		return __real_mmap64(address, size, protection, flags, fd, offset);
	errno = ENOMEM;
	return MAP_FAILED;
}
