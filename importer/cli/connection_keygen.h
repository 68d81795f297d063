/* Making a pair of keys for connections that sign. */
#pragma once

#include "cli/command.h"

/*
 * The private key goes where the second argument says ('vault:NAME',
 * 'file:PATH'), and nowhere else; then the public one is printed. What is
 * there already is replaced with --force only. Returns an exit status.
 */
int connection_keygen(const struct invocation *invocation);
