/* What a program prints, as a secret: with limits, without a shell. */
#pragma once

#include "secret/resolver.h"

/* As secret_resolve() has it for commands; the message does not name the reference. */
must_use int secret_command_run(const struct secret_resolver *resolver, const char *const *arguments, struct secret *ret_secret,
                                struct error *err);
