/* Trying a connection out: one fetch that ends with its first bytes. */
#pragma once

#include "cli/setting.h"

/*
 * Ask for the URL that the command line names, or else the source of the
 * first job that uses the connection, and print what came of it. EXIT_DONE,
 * or -1 as of connection_open() and fetch_source().
 */
must_use int connection_test(const struct invocation *invocation, struct setting *setting, const struct connection *connection,
                             struct error *err);
