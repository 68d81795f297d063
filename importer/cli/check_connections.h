/* What 'feedmill check' says of connections and their secrets. */
#pragma once

#include "base/json.h"
#include "cli/setting.h"

/*
 * Has every job the connection that it names, and can every secret of every connection be had and sent? Mistakes become
 * problems. -1 only without memory, without a state folder, or when stopped.
 */
must_use int check_connections(const struct invocation *invocation, struct setting *setting, struct config_problems *problems,
                               struct error *err);

/* The member 'connections': each with its kind and the jobs that use it. */
void check_connections_append(const struct setting *setting, struct json_writer *json);

/* References and settings that work, and are not as safe as others. */
void check_connections_warn(const struct setting *setting, FILE *stream);
