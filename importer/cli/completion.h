/* Completion of the command line in shells. */
#pragma once

#include <stdio.h>

/* The script for bash. Write errors are the stream's. */
void completion_print_bash(FILE *out);
