/* Command line arguments that name a source. */
#include "cli/source_argument.h"

#include <string.h>
#include <sys/stat.h>

bool argument_is_source(const char *argument)
{
	return strstr(argument, "://") || strcmp(argument, "-") == 0;
}

bool argument_names_file(const char *argument)
{
	struct stat status;

	return strchr(argument, '/') || stat(argument, &status) == 0;
}
