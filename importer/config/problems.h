/* Mistakes at a place for which there is no node: what YAML itself refuses. */
#pragma once

#include "config/yaml.h"

/* Note a mistake at a place of the document (line and column from 1), under the rules of config_problem_at(). */
void config_problem_place(struct config_problems *problems, const struct yaml_document *document, uint32_t line, uint32_t column,
                          const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Move the mistakes of `other`, which is empty then, behind those of `problems`: as if they had been noted there. */
void config_problems_append(struct config_problems *problems, struct config_problems *other);
