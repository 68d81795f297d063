/* feedmill notify: look for runs that did not come, and tell people what is to be told. */
#include "cli/setting.h"
#include "cli/signals.h"
#include "store/store.h"

/* From now on it is known which jobs there are, and runs that never come are missed. */
static int make_store(const char *location, struct error *err)
{
	struct store *store = NULL;
	const int result = store_open(location, STORE_CREATE, &store, err);

	store_close(store);
	return result;
}

static int notify(const struct invocation *invocation)
{
	struct setting setting;
	struct error err = ERROR_INIT;
	int status = setting_load(invocation, &setting);

	if (status != EXIT_DONE)
		return status;
	if (make_store(setting.store, &err) < 0)
		status = command_fail(invocation, &err);
	else if (signals_notify(invocation, &setting, NULL) < 0)
		status = EXIT_FAILED;
	/* Behind the look, so that they have what it found. */
	if (status == EXIT_DONE && signals_write_metrics(invocation, &setting) < 0)
		status = EXIT_FAILED;
	setting_release(&setting);
	return status;
}

static const enum option_id options[] = {OPTION_CONFIG, OPTION_STORE};

const struct command command_notify = {
	.name = "notify",
	.arguments = "",
	.summary = "look for runs that have not come, and tell people what is to be told",
	.details =
		"Every run does this when it has ended; this does it where none ends: when all hang, or nothing starts them. The daemon calls it every\n"
		"five minutes, and under systemd the timer feedmill-notify.timer does each hour, which 'feedmill systemd install' brings. Of each problem\n"
		"there is one notice, whoever looks, and runs that have not come are looked for at most once in five minutes. Afterwards the 'metrics'\n"
		"file is written anew. A notice whose hook fails stays to be given, and is no failure here.\n"
		"\n"
		"Exit status: 0 done; 1 failed; 2 usage or configuration; 75 the store is busy.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.writes_state = true,
	.handles_signals = true,
	.run = notify,
};
