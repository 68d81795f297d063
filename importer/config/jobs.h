/* The jobs of a configuration, from the files of its folder. */
#pragma once

#include "config/config.h"

/*
 * Read every file of config->jobs_folder, if that is set, into config->jobs. Many files are read by several threads, which end
 * before this returns; jobs and problems come in the order of the files' names all the same. -1 without memory.
 */
must_use int config_jobs_read(struct config *config, struct config_problems *problems, struct error *err);
