/* The units of a configuration: which are meant, where they are, and what systemctl is told. */
#pragma once

#include "base/zone.h"
#include "cli/setting.h"
#include "schedule/unit_set.h"

struct units {
	const struct invocation *invocation;
	struct setting *work;
	struct unit_setting setting;
	struct zones zones;
	const char *folder;       /* of the units */
	const char *state_folder; /* of their services */
	struct unit_set set;
};

/* For the options of `invocation`; release it in any case. Lives in the arena of `work`. -1: ERROR_USAGE, ERROR_CONFIG, ERROR_SYSTEM, ERROR_MEMORY. */
must_use int units_open(const struct invocation *invocation, struct setting *work, struct units *ret_units, struct error *err);
void units_release(struct units *units);

/* The units of the jobs that the command line names, or of all; what makes them of no use is warned of. -1 as unit_set_make(), or ERROR_USAGE. */
must_use int units_make(struct units *units, struct error *err);

/* Names of units in the folder that are there and may be removed, without their texts: those of the jobs, or all that are feedmill's. -1: ERROR_USAGE, ERROR_SYSTEM, ERROR_MEMORY. */
must_use int units_find(struct units *units, struct error *err);

/* Has a package brought this very unit, so that systemd has it already? */
bool units_is_shipped(const struct units *units, const struct unit_text *unit);

/* -1: ERROR_LIMIT. */
must_use int units_path(const struct units *units, const char *name, char *ret_path, struct error *err);

/* Remove the links by which 'systemctl enable' has a unit started. -1: ERROR_SYSTEM, ERROR_LIMIT. */
must_use int units_forget(const struct units *units, const char *name, struct error *err);

/* Run systemctl with `words`, which end in NULL. -1: ERROR_SYSTEM. */
must_use int units_systemctl(const struct units *units, const char *const *words, struct error *err);
