/* The manual as text and as roff, made from the tables that parser and help use. */
#pragma once

#include <stdio.h>

/* Text for roff: backslashes, and dots or quotes at the start of a line, mean something there. */
void manual_print_roff(FILE *out, const char *text);

/* feedmill(1). */
void manual_print_commands(FILE *out);

/* feedmill.yaml(5), and the same keys for a terminal. */
void manual_print_configuration(FILE *out);
void manual_print_keys(FILE *out);

/* The section about connections of feedmill.yaml(5). */
void manual_print_connections(FILE *out);

/* The section about schedules. */
void manual_print_schedules(FILE *out);

/* The JSON Schema of 'feedmill' (feedmill.yaml), of a 'job' or a 'connection'; -1 where there is none of that name. */
int manual_print_schema(const char *name, FILE *out);
