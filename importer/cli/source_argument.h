/* Command line arguments that name a source: a URL, a file, standard input. */
#pragma once

#include <stdbool.h>

/* A URL, or '-'. */
bool argument_is_source(const char *argument);

/* Has it a '/', or is there a file of that name? */
bool argument_names_file(const char *argument);
