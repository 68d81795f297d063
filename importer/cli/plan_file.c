/* Plans of dry runs. */
#include "cli/plan_file.h"

#include "run/run.h"

#include <stdlib.h>
#include <string.h>

FILE *plan_file_open(const struct setting *setting, const struct store *store, int64_t run_id)
{
	char path[4096];

	return run_plan_path(setting->state_folder, store_seed(store), run_id, path, sizeof(path)) ? fopen(path, "re") : NULL;
}

/* The plan's writer puts the members in this order, and the text of a feed behind them. */
static bool fits(const char *line, const struct plan_filter *filter)
{
	char start[64];
	char code[96];
	const int size = snprintf(start, sizeof(start), "{\"plan\":\"%s\"", filter->kind);

	if (size < 0 || strncmp(line, start, (size_t)size) != 0)
		return false;
	if (!filter->code)
		return true;
	(void)snprintf(code, sizeof(code), "\"code\":\"%.60s\"", filter->code); /* a longer one is no code */
	const char *found = strstr(line, "\"code\":\"");
	return found && strncmp(found, code, strlen(code)) == 0;
}

bool plan_file_next(FILE *plan, const struct plan_filter *filter, char **line, size_t *capacity, int64_t *count)
{
	while ((filter->limit == 0 || *count < filter->limit) && getline(line, capacity, plan) > 0) {
		if (!fits(*line, filter))
			continue;
		(*count)++;
		return true;
	}
	return false;
}

int plan_file_print(const struct invocation *invocation, FILE *plan, const struct plan_filter *filter)
{
	char *line = NULL;
	size_t capacity = 0;
	int64_t count = 0;

	while (plan_file_next(plan, filter, &line, &capacity, &count))
		fputs(line, invocation->out);
	free(line);
	return ferror(plan) ? EXIT_FAILED : EXIT_DONE;
}
