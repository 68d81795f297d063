/* feedmill notify: look for runs that did not come, and tell people what is to be told. */
#include "cli/setting.h"
#include "cli/signals.h"
#include "store/store.h"

static int give_notices(const struct invocation *invocation, const struct setting *setting)
{
	struct store *store = NULL;
	struct error err = ERROR_INIT;

	/* Made where there is none: from now on it is known which jobs there are, and runs that never come are missed. */
	if (store_open(setting->store, STORE_CREATE, &store, &err) < 0)
		return command_fail(invocation, &err);
	const int result = signals_notify(invocation, setting, store, NULL);
	store_close(store);
	return result < 0 ? EXIT_FAILED : EXIT_DONE;
}

static int notify(const struct invocation *invocation)
{
	struct setting setting;
	int status = setting_load(invocation, &setting);

	if (status != EXIT_DONE)
		return status;
	status = give_notices(invocation, &setting);
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
