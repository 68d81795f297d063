/* Asking a person for a secret, at the terminal and without showing what is typed. */
#pragma once

#include "cli/command.h"
#include "secret/secret.h"

/*
 * Ask `question` at the terminal of this process, whatever standard input is.
 * -1: ERROR_SECRET (there is no terminal; nothing or too much was typed), ERROR_CANCELLED, ERROR_SYSTEM, ERROR_MEMORY.
 */
must_use int prompt_secret(const struct invocation *invocation, const char *question, struct secret *ret_secret, struct error *err);

/* Ask for a line that may be seen, and may be empty: then nothing is to be released. Failures as of prompt_secret(). */
must_use int prompt_text(const struct invocation *invocation, const char *question, struct secret *ret_text, struct error *err);

/* The same twice, until which a typing error is not found out: ERROR_SECRET where the two differ. */
must_use int prompt_secret_twice(const struct invocation *invocation, const char *question, struct secret *ret_secret,
                                 struct error *err);
