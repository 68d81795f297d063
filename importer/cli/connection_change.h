/* Adding, editing and removing connections. Each returns an exit status; the argument behind the verb is the name. */
#pragma once

#include "cli/command.h"

/*
 * Write a new connection from --kind and --set, and from answers at the
 * terminal where there is one. A secret's value is typed, or standard input;
 * it goes to the vault, and the file gets the reference.
 */
int connection_add(const struct invocation *invocation);

/* Open a copy in the editor, and put it in the place of the file if it is a connection; else the copy stays. */
int connection_edit(const struct invocation *invocation);

/* Remove the file; while jobs use it, with --force only. */
int connection_remove(const struct invocation *invocation);
