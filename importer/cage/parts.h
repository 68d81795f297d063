/* The parts of the cage that have files of their own. Private to importer/cage and its tests. */
#pragma once

#include "cage/cage.h"

/* Deny every access to files, as far as the kernel's Landlock goes. Needs no_new_privs. False where there is none. */
must_use bool cage_files_deny(void);

/* Kill the process at any system call that the cage has no use for. Needs no_new_privs. False where the kernel or we know no way. */
must_use bool cage_calls_restrict(const struct cage_options *options);
