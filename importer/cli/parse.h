/* The command line: options in any order with the arguments, GNU style. */
#pragma once

#include "cli/command.h"

/*
 * Fill command, options and arguments of `invocation` from argv (argv[1] is
 * the command). `arguments` has room for argc pointers. Understands --name
 * value, --name=value, -n value, -nvalue, switches together (-nv), and '--'.
 * Returns EXIT_DONE, or EXIT_USAGE after it has printed what is wrong.
 */
must_use int parse_command_line(int argc, char **argv, const char **arguments, struct invocation *invocation);
