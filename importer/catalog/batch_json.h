/*
 * What JSON has to look like where a field is more than any array or object.
 * For the decoder of batches: all but the last take JSON that was found
 * valid, and look at its form only.
 */
#pragma once

#include "base/slice.h"

/* Does it spell a NUL? */
bool batch_json_has_nul(struct slice json);

/* An array of at most `max` ids. */
bool batch_json_is_id_list(struct slice json, size_t max);

/* An array of objects of just 'field', 'language' and 'value', each a text, the first two words without white space around them. */
bool batch_json_is_text_list(struct slice json);

/* An object of at most LIMIT_LIST_ITEMS ids, each with a text, a number, true or false. */
bool batch_json_is_field_bag(struct slice json);

/* Any text: is it a JSON text, number, true or false, without NUL? */
bool batch_json_is_scalar(struct slice text);
