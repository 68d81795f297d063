/* A YAML mapping of options, read into the struct they belong to. */
#pragma once

#include "config/option.h"
#include "config/yaml.h"

struct settings {
	const struct yaml_document *document;
	struct config_problems *problems;
	enum option_place place;
	struct option_context context;
	void *target; /* a struct config or job_config with its defaults */
};

/* Read the document's root (or draft); mistakes become problems. -1 only without memory. */
must_use int settings_read(const struct settings *settings, struct error *err);
