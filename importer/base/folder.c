/* Folders, made with those above them. */
#include "base/folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int folder_make_all(const char *path)
{
	char *part = strdup(path);
	int result = 0;

	if (part == NULL)
		return -1;
	for (size_t i = 1; result == 0 && path[0] != '\0' && path[i - 1] != '\0'; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		part[i] = '\0';
		/* A folder on a read-only file system fails otherwise than with EEXIST, although it is there. */
		if (mkdir(part, 0700) < 0 && errno != EEXIST) {
			const int number = errno;
			result = access(part, F_OK);
			errno = number;
		}
		part[i] = path[i];
	}
	free(part);
	return result;
}
