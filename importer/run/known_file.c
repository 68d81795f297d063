/* A sealed memory file and its mappings. */
#include "run/known_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static int map(int fd, size_t size, struct slice *ret_bytes, struct error *err)
{
	const char *bytes = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

	if (bytes == MAP_FAILED)
		return error_set_system(err, errno, "cannot map the table of known records");
	*ret_bytes = slice_make(bytes, size);
	return 0;
}

static int fill(int fd, const struct hash128 *fingerprints, uint32_t count, struct error *err)
{
	const size_t size = known_table_size(count);
	void *memory;
	const int number = posix_fallocate(fd, 0, (off_t)size); /* what is not there when it is written would kill us */

	if (number != 0)
		return error_set_system(err, number, "cannot make the table of known records");
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return error_set_system(err, errno, "cannot map the table of known records");
	known_table_build(memory, fingerprints, count);
	/* While it is mapped to be written, it cannot be sealed. */
	if (munmap(memory, size) != 0 || fcntl(fd, F_ADD_SEALS, SEALS) != 0)
		return error_set_system(err, errno, "cannot seal the table of known records");
	return 0;
}

int known_file_make(const struct hash128 *fingerprints, uint32_t count, struct known_file *ret_file, struct error *err)
{
	struct known_file file = {.fd = memfd_create("feedmill-known", MFD_CLOEXEC | MFD_ALLOW_SEALING)};

	if (file.fd < 0)
		return error_set_system(err, errno, "cannot make the table of known records");
	if (fill(file.fd, fingerprints, count, err) < 0 || map(file.fd, known_table_size(count), &file.bytes, err) < 0) {
		(void)close(file.fd); /* nothing to lose */
		return -1;
	}
	*ret_file = file;
	return 0;
}

int known_file_open(int fd, struct known_file *ret_file, struct error *err)
{
	struct stat status;
	int result = -1;

	*ret_file = (struct known_file)KNOWN_FILE_INIT;
	if (fstat(fd, &status) != 0)
		return error_set_system(err, errno, "cannot see the table of known records");
	if (fcntl(fd, F_GET_SEALS) != SEALS || status.st_size <= 0)
		(void)error_set(err, ERROR_READER, "the reader was given a table of known records that is not sealed");
	else
		result = map(fd, (size_t)status.st_size, &ret_file->bytes, err);
	(void)close(fd); /* the mapping stays */
	return result;
}

const struct hash128 *known_file_fingerprints(const struct known_file *file)
{
	struct known_table table;
	struct error ignored = ERROR_INIT;

	return known_table_open(file->bytes, &table, &ignored) == 0 ? table.fingerprints : NULL;
}

void known_file_release(struct known_file *file)
{
	if (file->bytes.size > 0)
		(void)munmap((void *)(uintptr_t)file->bytes.data, file->bytes.size); /* it was mapped so */
	if (file->fd >= 0)
		(void)close(file->fd); /* nothing to lose */
	*file = (struct known_file)KNOWN_FILE_INIT;
}
