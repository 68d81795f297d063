/* Mappings of figures, by their tables: retry: {attempts: 3, delay: 1m}, daemon: {concurrency: 4}. */
#pragma once

#include "base/json.h"
#include "config/settings.h"

void figures_set_defaults(const struct option *option, void *target);

/* The figures of the mapping, put over those that the target has; mistakes become problems. */
void figures_read(const struct settings *settings, const struct yaml_node *mapping, const struct option *option);

/* 'attempts=3,delay=1m,max_delay=1h' */
void figures_append(const struct option *option, const void *target, struct buffer *buffer);

/* "a mapping of 'attempts' (3), 'delay' (1m), 'max_delay' (1h)": the names with their defaults. */
void figures_append_values(const struct option *option, struct buffer *buffer);

/* Members of a JSON Schema; durations have the pattern `duration_pattern`. */
void figures_append_schema(const struct option *option, const char *duration_pattern, struct json_writer *json);
