/* Where a command works: configuration, state folder, store, connections, and the known dialects. */
#pragma once

#include "cli/command.h"
#include "config/config.h"
#include "connection/connection.h"
#include "run/dialects.h"

struct setting {
	struct config config;
	struct arena arena;
	const char *state_folder;
	const char *store;               /* 'sqlite:PATH' */
	struct connections connections;  /* empty until setting_load_connections */
	struct dialect_files dialects;   /* empty until setting_find_dialects or setting_load_dialects */
	struct dialect_set *dialect_set; /* all of them compiled; NULL until that was asked for */
};

/*
 * Load the configuration (its mistakes are printed, then EXIT_USAGE) and find
 * state folder and store. Returns an exit status; with EXIT_DONE the setting
 * is to be released.
 */
must_use int setting_load(const struct invocation *invocation, struct setting *ret_setting);

/* Find and read the shipped and own dialects, without a look at what they say; mistakes are printed. An exit status. */
must_use int setting_find_dialects(const struct invocation *invocation, struct setting *setting);

/* The same, and compile all of them. */
must_use int setting_load_dialects(const struct invocation *invocation, struct setting *setting);

/* Find the state folder of a setting that was not made by setting_load. -1: ERROR_USAGE, ERROR_MEMORY. */
must_use int setting_find_state(struct setting *setting, struct error *err);

/* Read the connections; mistakes are printed. An exit status. */
must_use int setting_load_connections(const struct invocation *invocation, struct setting *setting);

void setting_release(struct setting *setting);

/* As setting_load_dialects, with the mistakes collected and not printed; -1 with `err`. */
must_use int setting_compile_dialects(struct setting *setting, struct config_problems *problems, struct error *err);

/* As setting_load_connections, in the same way. */
must_use int setting_read_connections(struct setting *setting, struct config_problems *problems, struct error *err);
