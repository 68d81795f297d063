/* Making pairs of keys for connections that sign, and showing their public halves. */
#pragma once

#include "cli/command.h"

/*
 * The private key goes where the argument behind the verb says ('vault:NAME',
 * 'file:PATH'), and nowhere else; then the public one is printed. What is
 * there already is replaced with --force only. Returns an exit status.
 */
int connection_keygen(const struct invocation *invocation);

/* The public key of the private one that the argument behind the verb refers to, again. Returns an exit status. */
int connection_public_key(const struct invocation *invocation);
