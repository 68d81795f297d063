/* HTML to plain text. Input is valid UTF-8, so is the result, which lives in the arena. */
#pragma once

#include "base/arena.h"

/* Without tags and comments, with the content of script and style dropped, entities resolved, white space single. */
must_use bool html_strip(struct arena *arena, struct slice text, struct slice *ret_text);

/*
 * As a person would read it: as html_strip(), but block elements and <br> become line breaks (at most one empty line in a
 * row), list items begin with '- ', cells of tables are parted by a blank, no-break spaces are blanks. A text without any tag
 * keeps its own line breaks.
 */
must_use bool html_to_text(struct arena *arena, struct slice text, struct slice *ret_text);
