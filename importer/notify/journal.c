/* Entries for the journal, by libsystemd. */
#include "notify/journal.h"

#include "base/number.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define SD_JOURNAL_SUPPRESS_LOCATION /* of our source: it tells nobody anything */
#include <systemd/sd-journal.h>

bool journal_is_behind(int fd, const char *stream)
{
	struct stat status;
	int64_t device, inode;

	if (stream == NULL)
		return false;
	const size_t colon = strcspn(stream, ":");
	if (stream[colon] == '\0' || !number_parse_integer(slice_make(stream, colon), 0, INT64_MAX, &device) ||
	    !number_parse_integer(slice_from(stream + colon + 1), 0, INT64_MAX, &inode))
		return false;
	return fstat(fd, &status) == 0 && (int64_t)status.st_dev == device && (int64_t)status.st_ino == inode;
}

int journal_send(const struct iovec *fields, size_t count, struct error *err)
{
	const int result = sd_journal_sendv(fields, (int)count);

	return result < 0 ? error_set_system(err, -result, "the journal takes nothing") : 0;
}
