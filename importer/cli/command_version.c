/* feedmill version. */
#include "cli/command.h"

static const enum option_id options[] = {OPTION_JSON};

static int version(const struct invocation *invocation)
{
	if (option_given(invocation, OPTION_JSON))
		fputs("{\"program\":\"feedmill\",\"version\":\"" FEEDMILL_VERSION "\"}\n", invocation->out);
	else
		fputs("feedmill " FEEDMILL_VERSION "\n", invocation->out);
	return EXIT_DONE;
}

const struct command command_version = {
	.name = "version",
	.arguments = "",
	.summary = "print the version",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = version,
};
